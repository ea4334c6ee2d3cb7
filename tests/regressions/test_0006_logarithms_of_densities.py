"""A table of log10 φ used to be taken for number densities below 0."""

import pytest

from halograd.config import parse_config
from halograd.errors import ConfigError

CONFIG = """
[catalog]
mock = {seed = 3, boxsize = 45.0}
[model]
kind = "smhm"
[data.n]
file = "n.txt"
low = 0
high = 1
value = 2
error = 3
unit = "(Mpc/h)^-3 dex^-1"
log_mstar_shift = 0
"""


@pytest.mark.parametrize("value", ["-2.5", "-1e-9"])
def test_densities_below_zero_are_refused(value, tmp_path):
    (tmp_path / "n.txt").write_text(f"10.0 10.5 1e-2 0.1\n10.5 11.0 {value} 0.1\n")
    with pytest.raises(ConfigError, match=r"0 or above, but 1 of 2 .* log10 of the density\?"):
        parse_config(CONFIG, tmp_path / "fit.toml")


def test_an_empty_bin_is_a_measurement(tmp_path):
    (tmp_path / "n.txt").write_text("10.0 10.5 1e-2 0.1\n10.5 11.0 0.0 0.1\n")
    measured = parse_config(CONFIG, tmp_path / "fit.toml").data.measured()
    assert measured.values.tolist() == [5e-3, 0.0]
