from pathlib import Path

import numpy as np
import pytest

from halograd.config.section import Section
from halograd.errors import ConfigError
from halograd.inference import SampleSettings


def parse(**content):
    return Section(Path("a.toml"), "sample", content).settings(SampleSettings)


def test_every_key_reaches_the_sampler():
    settings = parse(chains=6, warmup=80, draws=500, target_ess=900, seed=7, target_acceptance=0.9)
    assert (settings.n_chain, settings.n_warmup, settings.n_draw) == (6, 80, 500)
    assert (settings.target_ess, settings.seed, settings.target_acceptance) == (900.0, 7, 0.9)


def test_nothing_is_required():
    settings = parse()
    assert settings.n_chain == 4
    assert settings.target_ess == 400


def test_a_target_may_be_infinite():
    assert parse(target_ess=np.inf).target_ess == np.inf


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"chain": 4}, "no key 'chain'; did you mean 'chains'"),
        ({"chains": 1}, "chains must be a whole number, 2 or more"),
        ({"warmup": 5.5}, "warmup must be a whole number, 20 or more"),
        ({"draws": 0}, "draws must be a whole number, 1 or more"),
        ({"target_ess": 0}, "target_ess must be a number above 0"),
        ({"target_acceptance": 1.0}, "target_acceptance must be a number, 0.4 or more and below 1"),
        ({"seed": -1}, "seed must be a whole number, 0 or more"),
    ],
)
def test_errors_name_file_section_and_key(content, message):
    with pytest.raises(ConfigError, match=message) as error:
        parse(**content)
    assert "a.toml: [sample]" in str(error.value)
