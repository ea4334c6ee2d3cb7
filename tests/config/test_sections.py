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
def test_bad_fit_sections(text, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(TEXT + text, "c.toml")


def test_no_tables_section_is_no_table(parse):
    assert parse().tables is None


def test_an_empty_tables_section_has_defaults(parse):
    tables = parse(tables="").tables
    assert (tables.tolerance, tables.nodes, tables.draws, tables.checks) == (1e-3, None, None, 16)
    assert tables.path is None


def test_every_key_of_tables(parse, tmp_path):
    config = parse(tables='tolerance = 0.01\nnodes = 50\ndraws = 7\nseed = 3\npath = "t.h5"')
    assert (config.tables.tolerance, config.tables.nodes, config.tables.draws) == (0.01, 50, 7)
    assert config.tables.path == tmp_path / "t.h5"
    assert config.seeds["tables"] == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tolerance = 0", r"tolerance must be a number above 0"),
        ("nodes = 1", "nodes must be a whole number, 2 or more"),
        ("tolerence = 0.1", "did you mean 'tolerance'"),
    ],
)
def test_bad_tables_sections(parse, text, message):
    with pytest.raises(ConfigError, match=message):
        parse(tables=text)
