import tomllib
from pathlib import Path

import pytest

from halograd.config.train_config import load_train_config, parse_train_config
from halograd.errors import ConfigError, HalogradError
from halograd.network_training.settings import OptimiserSettings, TrainSettings

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def parse(text):
    return parse_train_config(text, "c.toml").settings


def test_an_empty_file_gives_the_defaults():
    assert parse("") == TrainSettings()


def test_the_shipped_configuration_leaves_nothing_to_defaults_but_the_domain():
    config = load_train_config()
    given = tomllib.loads(config.text)
    for section in ("network", "training", "validation"):
        assert given[section] == vars(getattr(config.settings, section))


def test_what_is_given_is_taken_and_the_rest_stays():
    settings = parse(
        '[network]\nwidth = 8\nkernel = "normal"\n[domain]\nlog_mstar = [10.7, 11]\n'
        "[training]\nlearning_rate = 1e-3\nseed = 5\n[validation]\ndraws = 7"
    )
    assert (settings.network.width, settings.network.depth) == (8, 3)
    assert settings.network.kernel == "normal"
    assert settings.domain.log_mstar == (10.7, 11.0)
    assert settings.domain.alpha == TrainSettings().domain.alpha
    assert settings.training == OptimiserSettings(seed=5, learning_rate=1e-3)
    assert settings.validation.draws == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[trainig]", "no key 'trainig'; did you mean 'training'?"),
        ("[training]\nstep = 5", r"\[training\] has no key 'step'; did you mean 'steps'?"),
        ("[domain]\nlog_mstr = [10, 11]", "did you mean 'log_mstar'"),
        ("[domain]\nalpha = [1, -1]", "alpha must be two or more increasing numbers"),
        ("[domain]\nalpha = [-1, 0, 1]", "alpha must be a list of 2 numbers"),
        ("[domain]\nscatter_low = [-0.1, 0.3]", "scatter_low must be 0 dex or more"),
        ("[training]\nsteps = 1.5", "steps must be a whole number, 1 or more, got 1.5"),
        ("[training]\nsteps = 0", "steps must be a whole number, 1 or more, got 0"),
        ("[training]\nbatch = true", "batch must be a whole number"),
        ("[training]\nlearning_rate = 0", "learning_rate must be a number above 0"),
        ("[training]\ngradient_weight = -1", "gradient_weight must be a number, 0 or more"),
        ("[training]\nclip = inf", "clip must be a number above 0, got inf"),
        ("[training]\nbatch = 9\ndraws = 8", "batch must be at most draws"),
        ("[training]\nwarmup = 9\nsteps = 9", "warmup must be shorter than steps"),
        ("[training]\nseed = 1", "must not share a seed, got 1"),
        ('[network]\nkernel = "normla"', "did you mean 'normal'?"),
        ("[network]\nkernel = 3", "kernel must be a text in quotes"),
        ("network = 3", "network must be a table of keys"),
        ("[network", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_said(text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        parse(text)
    assert str(caught.value).startswith("c.toml:")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(HalogradError, match="no such file"):
        load_train_config(tmp_path / "none.toml")


def test_the_quick_example_is_valid():
    settings = load_train_config(EXAMPLES / "train_quick.toml").settings
    assert settings.training.steps < 1000


def test_settings_that_do_not_change_the_weights_are_not_among_the_decisive():
    usual = parse("").decisive
    assert parse("[training]\ncheckpoint_every = 3\n[validation]\ndraws = 3").decisive == usual
    for text in ("[training]\nsteps = 3000", "[network]\nwidth = 3", "[domain]\nalpha = [-1, 0]"):
        assert parse(text).decisive != usual


def test_what_the_draws_depend_on():
    usual = parse("").drawn
    assert parse("[training]\nsteps = 3000\n[network]\nwidth = 3").drawn == usual
    for text in ("draws = 3000", "seed = 7"):
        assert parse(f"[training]\n{text}").drawn != usual
    assert parse('[network]\nkernel = "normal"').drawn != usual
    assert parse("[domain]\nredshift = [0, 1]").drawn != usual
