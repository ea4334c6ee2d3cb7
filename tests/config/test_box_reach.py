import re

import numpy as np
import pytest

from halograd import HalogradError
from halograd.errors import ConfigError
from halograd.pairs import ProjectedPairs, RadialPairs, SMuPairs

BOX = (20.0, 24.0, 18.0)
N = "n = {samples = [[10.4, inf]]}\n"
SAMPLES = "samples = [[10.4, inf]]\n"


def clustering(name, furthest, more=""):
    return f"{N}[data.{name}]\n{SAMPLES}edges = [0.1, {furthest}]\n{more}"


@pytest.mark.parametrize(
    "body",
    [
        clustering("wp", 10.0, "pi_max = 9.0"),
        clustering("xi", 9.0),
        clustering("multipoles", 9.0),
        clustering("delta_sigma", 50.0),
        N,
    ],
)
def test_half_the_box_is_allowed(parse, body):
    parse(data=body).check_box(BOX)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (clustering("wp", 10.1, "pi_max = 9.0"), "[data.wp] the largest edge, 10.1 Mpc/h, exceeds"),
        (clustering("wp", 10.0, "pi_max = 9.1"), "[data.wp] pi_max must be at most half the box"),
        (clustering("xi", 9.1), "[data.xi] the largest edge, 9.1 Mpc/h, exceeds half the box (9 M"),
        (clustering("multipoles", 9.1), "[data.multipoles] the largest edge, 9.1 Mpc/h, exceeds"),
    ],
)
def test_more_is_named_with_its_place(parse, body, message):
    config = parse(data=body)
    with pytest.raises(ConfigError, match=re.escape(f"{config.path}: {message}")):
        config.check_box(BOX)


@pytest.mark.parametrize(
    "count",
    [
        lambda r: ProjectedPairs(np.ones((2, 3)), BOX, [0.1, r + 1], 9.0),
        lambda r: ProjectedPairs(np.ones((2, 3)), BOX, [0.1, 5.0], r),
        lambda r: RadialPairs(np.ones((2, 3)), BOX, [0.1, r]),
        lambda r: SMuPairs(np.ones((2, 3)), BOX, [0.1, r], [0.0, 0.5, 1.0]),
    ],
)
def test_the_limits_are_those_of_the_engine(count):
    count(9.0)
    with pytest.raises(HalogradError, match="half the box"):
        count(9.1)


def test_the_key_to_change_is_named(parse, table):
    declared = clustering("wp", 30.0, "pi_max = 5")
    with pytest.raises(ConfigError, match="end edges below that"):
        parse(data=declared).check_box(BOX)
    published = '[data.wp]\npublished = "hearin2014"\nsamples = [[10.6, inf]]\npi_max = 5'
    with pytest.raises(ConfigError, match="end range below that"):
        parse(data=published).check_box(BOX)
    deep = published.replace("pi_max = 5", "range = [1, 5]")
    with pytest.raises(ConfigError, match=r"got 40 Mpc/h: give a lower pi_max"):
        parse(data=deep).check_box(BOX)


def test_a_saved_data_vector_has_one_place(parse, tmp_path):
    from halograd.inference import DataVector, Observables

    layout = Observables(wp=[(10.4, np.inf)], rp_edges=[0.1, 30.0], pi_max=5.0)
    DataVector(layout, [1.0], [[1.0]]).save(tmp_path / "saved.hdf5")
    with pytest.raises(ConfigError, match=r"\[data\] the largest edge, .* with fewer bins"):
        parse(data='file = "saved.hdf5"').check_box(BOX)


def test_other_errors_get_the_name_of_the_file(parse):
    config = parse()

    def failing(message):
        with config.named_in_errors():
            raise HalogradError(message)

    with pytest.raises(ConfigError, match=re.escape(f"{config.path}: no matter")):
        failing("no matter")
    with pytest.raises(HalogradError, match=f"^{re.escape(str(config.path))}: once$"):
        failing(f"{config.path}: once")
