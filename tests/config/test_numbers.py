"""Numbers without end, and nesting without end: one clear line, and at once."""

import pytest

from halograd.config import parse_config
from halograd.config.train_config import parse_train_config
from halograd.errors import ConfigError, HalogradError
from halograd.inference import SampleSettings

WP = "wp = {samples = [[10.4, inf]], pi_max = 20, edges = {low = 0.1, high = 9, n = NUMBER}}"
SURVEY = "n = {samples = [[10.4, inf]]}\n[data.synthetic]\n"
BOX = '[data.n]\npublished = "li_white2009"\nh = 0.7\n[data.sample_variance]\n'


@pytest.mark.parametrize(
    ("section", "text", "largest"),
    [
        ("data", WP, "n must be a whole number, 1 or more and at most 10,000"),
        ("data", f"{SURVEY}seed = NUMBER\nvolume = 1e6", "seed must be .* at most 4,294,967,295"),
        ("data", f"{SURVEY}covariance = 'mocks'\nn_mock = NUMBER", "n_mock must be .* 1,000,000"),
        ("data", f"{BOX}n_side = NUMBER", "n_side must be .*, 2 or more and at most 64"),
        ("fit", "starts = NUMBER", "starts must be .* at most 10,000"),
        ("fit", "max_steps = NUMBER", "max_steps must be .* at most 1,000,000"),
        ("fit", "max_steps = {levenberg-marquardt = NUMBER}", "at most 1,000,000"),
        ("fit", "starts = 2\nseed = NUMBER", "seed must be .* at most 4,294,967,295"),
        ("sample", "chains = NUMBER", "chains must be .*, 2 or more and at most 10,000"),
        ("sample", "draws = NUMBER", "draws must be .* at most 10,000,000"),
        ("sample", "warmup = NUMBER", "warmup must be .* at most 1,000,000"),
        ("tables", "draws = NUMBER", "draws must be .* at most 100,000"),
        ("tables", "checks = NUMBER", "checks must be .* at most 100,000"),
        ("tables", "nodes = NUMBER", "nodes must be .* at most 10,000"),
    ],
)
@pytest.mark.parametrize("number", ["1_000_000_000_000", "9223372036854775807"])
def test_sizes_have_an_end(parse, section, text, largest, number):
    with pytest.raises(ConfigError, match=largest) as error:
        parse(**{section: text.replace("NUMBER", number)})
    assert f"got {int(number)}" in str(error.value)
    assert str(error.value).count("\n") == 0


@pytest.mark.parametrize("number", ["-1", "1e9", "true", '"3"', "nan", "[3]"])
def test_a_size_is_a_whole_number(parse, number):
    with pytest.raises(ConfigError, match=r"\[fit\] starts must be a whole number, 1 or more"):
        parse(fit=f"starts = {number}")


@pytest.mark.parametrize(
    "number",
    [
        str(2**63),
        str(-(2**63) - 1),
        str(2**64),
        "1" * 4300,
        "1" * 5000,
        f"0x{'f' * 5000}",
        f"[0, {2**70}]",
        f"{{value = {2**70}}}",
    ],
)
@pytest.mark.parametrize("section", ["fit", "report", "model.parameters"])
def test_whole_numbers_have_64_bits(parse, section, number):
    with pytest.raises(ConfigError, match="too many digits; whole numbers lie between") as error:
        parse(**{section: f"seed = {number}"})
    assert len(str(error.value)) < 250


@pytest.mark.parametrize(
    "text",
    [
        f"x = {'[' * 1000}{']' * 1000}",
        f"x = {'[' * 100}{']' * 100}",
        f"x = {'{a = ' * 1000}1{'}' * 1000}",
        f"{'.'.join(['a'] * 1000)} = 1",
        f"[{'.'.join(['a'] * 100)}]",
    ],
)
def test_nesting_has_an_end(text):
    for parse_text in (parse_config, parse_train_config):
        with pytest.raises(ConfigError, match=r"^c\.toml: tables or lists are nested more than 20"):
            parse_text(text, "c.toml")


@pytest.mark.parametrize("number", ["1e400", "-inf", "nan", "true", '"0.1"', "[0.1]"])
def test_numbers_are_finite(parse, number):
    with pytest.raises(ConfigError, match=r"\[tables\] tolerance must be a number above 0, got"):
        parse(tables=f"tolerance = {number}")


def test_long_values_are_shortened(parse):
    with pytest.raises(ConfigError, match="starts must be a whole number, 1 or more, got 'aaa"):
        parse(fit=f'starts = "{"a" * 100_000}"')
    with pytest.raises(ConfigError, match="start_sigma must be a number, got") as error:
        parse(fit=f"start_sigma = {[1] * 100_000}")
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[network]\nwidth = 10000000", r"\[network\] width must be .* at most 65,536"),
        ("[training]\ndraws = 1000000000000", r"\[training\] draws must be .* at most 100,000,000"),
        ("[training]\nlearning_rate = inf", r"\[training\] learning_rate must be a number above 0"),
        ("[validation]\nseed = 4294967296", r"\[validation\] seed must be .* at most"),
    ],
)
def test_a_training_has_the_same_ends(text, message):
    with pytest.raises(ConfigError, match=message):
        parse_train_config(text, "c.toml")


@pytest.mark.parametrize(
    "change",
    [{"n_chain": 1}, {"n_draw": 10**30}, {"seed": 2**32}, {"target_ess": 0}, {"n_warmup": 20.0}],
)
def test_python_has_the_limits_of_the_file(change):
    (name,) = change
    with pytest.raises(HalogradError, match=f"^{name} must be a (whole )?number"):
        SampleSettings(**change)
