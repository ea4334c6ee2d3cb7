import pytest

from halograd import ConfigError


def test_no_section_is_no_table(parse):
    assert parse().tables is None


def test_an_empty_section_has_defaults(parse):
    tables = parse(tables="").tables
    assert (tables.tolerance, tables.nodes, tables.draws, tables.checks) == (1e-3, None, 100, 16)
    assert tables.path is None


def test_every_key(parse, tmp_path):
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
def test_bad_values(parse, text, message):
    with pytest.raises(ConfigError, match=message):
        parse(tables=text)
