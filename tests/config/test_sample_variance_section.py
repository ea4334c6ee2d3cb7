import pytest

from halograd.errors import ConfigError

DATA = '[data.n]\npublished = "li_white2009"\nh = 0.7\n'


def data(section):
    return {"data": f"{DATA}{section}"}


def test_left_out(parse):
    assert parse(**data("")).data.sample_variance is None


def test_defaults(parse):
    found = parse(**data("[data.sample_variance]")).data.sample_variance
    assert (found.n_side, found.statistics) == (4, None)


def test_keys(parse):
    text = '[data.sample_variance]\nn_side = 3\nstatistics = ["n"]'
    found = parse(**data(text)).data.sample_variance
    assert (found.n_side, found.statistics) == (3, ("n",))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("n_side = 1", "n_side must be a whole number, 2 or more"),
        ('statistics = ["wp"]', r"list of some of n, got \['wp'\]"),
        ('statistics = "n"', "list of some of n"),
        ("statistics = []", "list of some of n"),
        ("sides = 4", "sides"),
    ],
)
def test_bad_keys(parse, keys, message):
    with pytest.raises(ConfigError, match=message):
        parse(**data(f"[data.sample_variance]\n{keys}"))


def test_synthetic_data_have_none(parse):
    text = "n = {samples = [[10.4, inf]]}\n[data.synthetic]\nvolume = 1e6\n[data.sample_variance]\n"
    with pytest.raises(ConfigError, match="synthetic data come from the box itself"):
        parse(data=text)
