import json

import numpy as np
import pytest

from halograd.config import parse_config
from halograd.errors import ConfigError
from halograd.models import SmhmModel

TEXT = """
[catalog]
mock = {seed = 1}
[model]
kind = "smhm"
[data]
n = {samples = [[10.6, inf]]}
wp = {samples = [[10.6, inf]], edges = [0.3, 1.0, 3.0], pi_max = 20.0}
delta_sigma = {samples = [[10.6, inf]], edges = [0.3, 1.0, 3.0]}
"""


def section(text="", path="c.toml"):
    return parse_config(TEXT + text, path).forecast


def test_growing_unions_where_no_subset_is_named():
    config = parse_config(TEXT, "c.toml")
    subsets = config.forecast.chosen(config.data.observables())
    assert [subset.name for subset in subsets] == ["n", "n + wp", "n + wp + ΔΣ"]
    assert list(subsets[1].ranges) == ["n", "wp"]


def test_named_subsets():
    found = section(
        """
        [forecast]
        fixed = ["low_end"]
        priors = false
        parameters = {log_m_crit = 11.7}
        [forecast.subsets."large scales"]
        n = true
        wp = [1.0, inf]
        delta_sigma = false
        fixed = ["high_start"]
        """
    )
    (subset,) = found.subsets
    assert subset.name == "large scales"
    assert subset.ranges == {"n": (-np.inf, np.inf), "wp": (1.0, np.inf)}
    assert subset.fixed == ("high_start",)
    assert (found.fixed, found.priors) == (("low_end",), False)
    assert found.fiducial(SmhmModel().space) == {"log_m_crit": 11.7}


def test_the_best_fit_is_the_fiducial(tmp_path):
    best = {"theta": {"log_m_crit": 11.9, "low_end": 2.0}}
    (tmp_path / "result.json").write_text(json.dumps(best))
    text = '[forecast]\nbest_fit = "result.json"\nparameters = {low_end = 2.5}'
    found = section(text, tmp_path / "c.toml").fiducial(SmhmModel().space)
    assert found == {"log_m_crit": 11.9, "low_end": 2.5}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        ("{", "holds no parameters"),
        ("[1]", "holds no parameters"),
        ('{"theta": {"low_end": "two"}}', "holds no parameters"),
        ('{"theta": {"alpha": -1.0}}', "of another model: it has alpha"),
    ],
)
def test_unusable_best_fits(tmp_path, content, message):
    if content is not None:
        (tmp_path / "result.json").write_text(content)
    found = section('[forecast]\nbest_fit = "result.json"', tmp_path / "c.toml")
    with pytest.raises(ConfigError, match=message):
        found.fiducial(SmhmModel().space)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[forecast]\nsubset = 1", r"\[forecast\] has no key 'subset'; did you mean 'subsets'"),
        ("[forecast]\nfixed = ['mass']", "unknown parameter 'mass'"),
        ("[forecast]\nparameters = {mass = 1}", "unknown parameter 'mass'"),
        ("[forecast.subsets.a]\nshear = true", r"\[forecast.subsets.a\] has no key 'shear'"),
        ("[forecast.subsets.a]\nn = false", "name at least one of n, wp, delta_sigma"),
        ("[forecast.subsets.a]\nwp = [2.0, 1.0]", "wp must be true, false, or"),
        ("[forecast.subsets.a]\nwp = 1.0", "wp must be true, false, or"),
        ("[forecast.subsets.a]\nn = true\nfixed = ['mass']", "unknown parameter 'mass'"),
    ],
)
def test_bad_sections(text, message):
    with pytest.raises(ConfigError, match=message):
        section(text)


def test_subsets_of_statistics_that_are_not_there():
    text = TEXT.replace("wp = {", "#").replace("delta_sigma = {", "#")
    with pytest.raises(ConfigError, match="'a' uses wp, which \\[data\\] does not have"):
        parse_config(text + "[forecast.subsets.a]\nwp = true", "c.toml")
