import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.pairs import Nodes

GRID = [11.0, 11.5, 13.0, 15.0]


def test_hats_reproduce_what_is_linear_between_nodes():
    rng = np.random.default_rng(0)
    mass, share = rng.uniform(11, 15, 200), rng.random(200)
    satellite = rng.random(200) < 0.3
    properties = {"log_mpeak": mass, "share": share, "is_satellite": satellite}
    nodes = Nodes({"log_mpeak": GRID, "share": [0.0, 0.4, 1.0]}, {"is_satellite": (False, True)})
    assert nodes.shape == (4, 3, 2)
    hats = nodes.hats(properties)
    assert hats.nodes.shape == (200, 4)
    np.testing.assert_allclose(hats.values.sum(axis=1), 1.0, rtol=1e-14)

    def product(mass, share, satellite):
        return (mass - 10) * (2 - share) * np.where(satellite, 3.0, 1.0)

    at_nodes = product(nodes["log_mpeak"], nodes["share"], nodes["is_satellite"])
    np.testing.assert_allclose(hats.matrix @ at_nodes, product(mass, share, satellite), rtol=1e-13)


def test_halos_at_nodes_and_at_the_ends():
    hats = Nodes({"log_mpeak": GRID}).hats({"log_mpeak": GRID})
    np.testing.assert_array_equal(hats.matrix.toarray(), np.eye(4))


def test_a_category_alone():
    hats = Nodes({}, {"kind": ("red", "blue")}).hats({"kind": np.array(["blue", "red", "blue"])})
    np.testing.assert_array_equal(hats.matrix.toarray(), [[0, 1], [1, 0], [0, 1]])


def test_nodes_as_a_description_and_back():
    nodes = Nodes({"log_mpeak": GRID}, {"is_satellite": (False, True)})
    again = Nodes.from_description(nodes.described())
    assert again == nodes
    assert hash(again) == hash(nodes)
    assert again != Nodes({"log_mpeak": GRID})
    assert repr(nodes) == "Nodes(4 log_mpeak x 2 is_satellite)"


@pytest.mark.parametrize(
    ("positions", "categories", "message"),
    [
        ({}, {}, "no property"),
        ({"m": GRID}, {"m": (0, 1)}, "as both"),
        ({"m": [1.0, 1.0]}, {}, "increase strictly"),
        ({"m": [1.0]}, {}, "at least two"),
        ({"m": [1.0, np.nan]}, {}, "finite"),
        ({}, {"kind": (1, 1)}, "distinct"),
    ],
)
def test_nodes_that_cannot_be(positions, categories, message):
    with pytest.raises(HalogradError, match=message):
        Nodes(positions, categories)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"m": [1.0]}, "give these properties"),
        ({"m": [1.0], "sat": [0], "other": [1]}, "give these properties"),
        ({"m": [1.0, 2.0], "sat": [0]}, "must all be"),
        ({"m": [np.nan], "sat": [0]}, "finite"),
        ({"m": [0.5], "sat": [0]}, "1 of 1 halos lie outside"),
        ({"m": [1.5], "sat": [2]}, "another value, such as 2"),
    ],
)
def test_halos_that_do_not_fit(properties, message):
    with pytest.raises(HalogradError, match=message):
        Nodes({"m": [1.0, 2.0]}, {"sat": (0, 1)}).hats(properties)


def test_unknown_property():
    with pytest.raises(HalogradError, match="did you mean 'log_mpeak'"):
        Nodes({"log_mpeak": GRID})["log_mpaek"]


def test_splines_reproduce_cubics():
    mass = np.random.default_rng(0).uniform(11, 15, 100)
    nodes = Nodes({"log_mpeak": GRID}, {"is_satellite": (False, True)}, degree=3)
    assert nodes.shape == (6, 2)
    hats = nodes.hats({"log_mpeak": mass, "is_satellite": mass > 13})
    assert hats.nodes.shape == (100, 4)
    np.testing.assert_allclose(hats.matrix @ nodes["log_mpeak"], mass, rtol=1e-14)
    cubic = mass**3 - 30 * mass**2 + mass
    fitted = np.linalg.lstsq(hats.matrix.toarray(), cubic, rcond=None)[0]
    np.testing.assert_allclose(hats.matrix @ fitted, cubic, rtol=1e-12)
    assert Nodes.from_description(nodes.described()) == nodes
    assert nodes != Nodes({"log_mpeak": GRID}, {"is_satellite": (False, True)})


def test_degree_zero():
    with pytest.raises(HalogradError, match="degree"):
        Nodes({"log_mpeak": GRID}, degree=0)
