import pytest

from halograd.config import parse_config
from halograd.errors import ConfigError

TEXT = """
[catalog]
mock = {seed = 1}
[model]
kind = "smhm"
[data]
n = {samples = [[10.6, inf]]}
[fit]
"""


def test_starts_and_their_seed():
    config = parse_config(TEXT + "starts = 5\nseed = 3", "c.toml")
    assert (config.fit.starts, config.fit.seed) == (5, 3)
    assert config.seeds == {"catalog": 1, "starts": 3}
    alone = parse_config(TEXT + 'methods = ["l-bfgs"]', "c.toml")
    assert (alone.fit.starts, alone.fit.methods) == (1, ("l-bfgs",))
    assert "starts" not in alone.seeds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("starts = 0", "starts must be a whole number, 1 or more"),
        ("seed = 1", "give starts = 2 or more"),
        ('methods = "bfgs"', "methods must be one of .*; did you mean 'l-bfgs'"),
        (
            "starts = 2\n[model.parameters]\nlog_m_crit = {high = inf}",
            r"\[fit\] the uniform prior of log_m_crit has an infinite bound",
        ),
    ],
)
def test_bad_sections(text, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(TEXT + text, "c.toml")
