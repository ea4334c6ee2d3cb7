from pathlib import Path

import pytest

from halograd import ConfigError
from halograd.config import load_config, parse_config
from halograd.models import Normal

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_a_minimal_config_has_defaults(parse):
    config = parse()
    assert config.catalog.mock == {"seed": 3, "boxsize": 45.0}
    assert config.catalog.particles is True
    assert config.fit.methods == ("levenberg-marquardt",)
    assert config.data.measured() is None
    assert config.seeds == {"catalog": 3}


def test_missing_file_and_bad_toml_are_config_errors(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: no such file"):
        load_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[catalog\n")
    with pytest.raises(ConfigError, match=r"bad\.toml: not valid TOML: .*line 1"):
        load_config(tmp_path / "bad.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read as a text file"):
        load_config(tmp_path / "binary.toml")


def test_missing_section_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"the section \[model\] is missing"):
        parse_config('[catalog]\npath = "x"\n', tmp_path / "c.toml")


def test_unknown_section_names_the_nearest(parse):
    with pytest.raises(ConfigError, match=r"top level has no key 'modle'; did you mean 'model'"):
        parse(modle="x = 1")


@pytest.mark.parametrize(
    ("section", "body", "message"),
    [
        ("catalog", 'mock = {}\npath = "x"', r"\[catalog\] give exactly one of mock, path"),
        ("catalog", "log_mpeak_min = 11", r"exactly one of mock, path; got none"),
        ("catalog", "mock = {sed = 1}", r"\[catalog\.mock\] has no key 'sed'.*'seed'"),
        ("catalog", "mock = {seed = 1.5}", r"seed must be a whole number, 0 or more, got 1\.5"),
        ("catalog", 'mock = {boxsize = "big"}', r"boxsize must be a number, got 'big'"),
        ("catalog", "mock = {boxsize = nan}", "boxsize must be a number, got nan"),
        ("catalog", 'path = "x"\nparticles = 3', "particles must be true or false, got 3"),
        ("catalog", 'mock = {}\nformat = "fits"', "format goes with path"),
        ("catalog", 'path = "x"\ncolumns = {mas = "m"}', r"has no key 'mas'.*'mass'"),
        ("catalog", "path = 3", "path must be a text in quotes, got 3"),
        ("catalog", "mock = {}\nparticles = {path = 'x'}", "makes its own particles"),
        (
            "model",
            'kind = "shem"',
            r"kind must be one of sham, smhm, .*got 'shem'; did you mean 'sh",
        ),
        ("model", 'kernel = "normal"', r"\[model\] kind is missing: add it"),
        ("model", 'kind = "smhm"\nmethod = "fitted"', r"\[model\] the model has no key 'method'"),
        ("model", 'kind = "sham"\nredshift = 0.0', 'redshift goes with abundance = "bolshoi'),
        ("model", 'kind = "sham"\nabundance = "bolshoi"', "did you mean 'bolshoi_planck'"),
        ("model", 'kind = "sham"\nmethod = "fited"', "there is no method 'fited'"),
        ("fit", 'methods = ["adm"]', r"methods must be one of .*got 'adm'; did you mean 'adam'"),
        ("fit", 'methods = ["adam", "adam"]', "name each method once"),
        ("fit", "methods = 3", "methods must be a list of texts"),
        ("fit", "max_steps = 0", "max_steps must be a whole number, 1 or more, got 0"),
        ("fit", 'methods="adam"\nmax_steps = {l-bfgs = 2}', r"max_steps\] has no key 'l-bfgs'"),
        ("fit", "start = {scater_low = 0.3}", "unknown parameter 'scater_low'.*'scatter_low'"),
        ("fit", "start_sigma = 5", r"needs \[data\.synthetic\]"),
        ("report", "titel = 'x'", r"\[report\] has no key 'titel'; did you mean 'title'"),
        ("report", "notes = [1]", "notes must be a list of texts"),
    ],
)
def test_bad_values_say_where_what_and_what_else(parse, section, body, message):
    with pytest.raises(ConfigError, match=message) as caught:
        parse(**{section: body})
    assert "run.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("scatter_lo = {free = false}", "unknown parameter 'scatter_lo'.*'scatter_low'"),
        ("scatter_low = {valeu = 0.3}", r"\[model\.parameters\.scatter_low\] has no key 'valeu'"),
        ("scatter_low = {value = 2.0}", "lies outside its bounds"),
        ("scatter_low = 0.3", "scatter_low must be a table of keys, got 0.3"),
        ("scatter_low = {free = 1}", "free must be true or false, got 1"),
        ("scatter_low = {prior = 3}", "prior must be a table of keys, got 3"),
        ("scatter_low = {prior = {mean = 0.2}}", r"scatter_low\.prior\] kind is missing"),
        ("scatter_low = {prior = {kind = 'norm'}}", "uniform, normal, got 'norm'; did you mean"),
        ("scatter_low = {prior = {kind = 'normal', mean = 0.2}}", "sd is missing"),
        (
            "scatter_low = {prior = {kind = 'normal', mean = 0.2, sd = 0}}",
            "sd must be a number above 0, got 0",
        ),
        ("scatter_low = {prior = {kind = 'uniform', low = 0}}", r"prior\] has no key 'low'"),
        (
            "scatter_low = {prior = {kind = 'normal', mean = 0.6, sd = 0.01}}",
            r"\[fit\] the prior of scatter_low, normal 0\.6 ± 0\.01, excludes its start 0\.3",
        ),
        (
            "scatter_low = {prior = {kind = 'normal', mean = 9.0, sd = 0.01}}",
            "has nothing within the bounds",
        ),
        ("scatter_low = {tied = 'scatter_hihg'}", "does not have; did you mean 'scatter_high'"),
        ("scatter_low = {tied = 'scatter_low'}", "tied to itself"),
        ("scatter_low = {tied = 'scatter_high', free = true}", "follows another: remove free"),
        ("scatter_low = {offset = 0.1}", "offset goes with tied"),
    ],
)
def test_bad_parameters(parse, body, message):
    with pytest.raises(ConfigError, match=message):
        parse(model=f'kind = "smhm"\n[model.parameters]\n{body}')


def test_parameters_change_value_bounds_and_freedom(parse):
    config = parse(
        model='kind = "smhm"\n[model.parameters]\n'
        "scatter_low = {value = 0.4, low = 0.1, high = 0.9, free = false}"
    )
    changed = {p.name: p for p in config.model.space().parameters}["scatter_low"]
    assert (changed.value, changed.low, changed.high, changed.free) == (0.4, 0.1, 0.9, False)


def test_parameters_have_priors_and_ties(parse):
    config = parse(
        model='kind = "smhm"\n[model.parameters]\n'
        "scatter_low = {tied = 'scatter_high', offset = 0.1}\n"
        "scatter_high = {value = 0.25, prior = {kind = 'normal', mean = 0.2, sd = 0.05}}"
    )
    changed = {p.name: p for p in config.model.space().parameters}
    assert changed["scatter_high"].prior == Normal(0.2, 0.05)
    assert changed["scatter_low"].tied == "scatter_high"
    assert changed["scatter_low"].value == pytest.approx(0.35)
    assert not changed["scatter_low"].free


def test_a_start_that_contradicts_a_tie(parse):
    with pytest.raises(ConfigError, match=r"\[fit\] scatter_low = 0.5 contradicts its tie"):
        parse(
            model='kind = "smhm"\n[model.parameters]\nscatter_low = {tied = "scatter_high"}',
            fit="start = {scatter_low = 0.5}",
        )


def test_paths_start_at_the_config_file(parse, tmp_path):
    config = parse(catalog='path = "sub/halos.hdf5"\ncolumns = "map.toml"')
    assert config.catalog.file.path == tmp_path / "sub" / "halos.hdf5"
    assert config.catalog.file.columns == tmp_path / "map.toml"


def test_particles_may_come_from_another_file(parse, tmp_path):
    config = parse(
        catalog='path = "h.csv"\n[catalog.particles]\npath = "p.npz"\ncolumns = {mass = 1e9}'
    )
    assert config.catalog.particles.path == tmp_path / "p.npz"
    assert config.catalog.particles.columns == {"mass": 1e9}


def test_light_halos_are_cut(parse):
    catalog = parse(
        catalog="mock = {boxsize = 45.0, log_mpeak_min = 12.0, grid = 32}\n"
        "particles = false\nlog_mpeak_min = 12.5"
    ).catalog
    halos = catalog.build()
    assert len(halos) > 0
    assert halos.log_mpeak.min() >= 12.5
    assert halos.particles is None


@pytest.mark.parametrize("name", ["demo.toml"])
def test_examples_parse(name):
    assert load_config(EXAMPLES / name).report.title
