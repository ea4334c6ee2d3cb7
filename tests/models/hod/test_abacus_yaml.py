"""Configuration files of AbacusHOD."""

import pytest
import yaml

from halograd import models
from halograd.config.config import parse_config
from halograd.errors import ConfigError
from halograd.registries import MODELS

LRG = {
    "logM_cut": 13.3, "logM1": 14.3, "sigma": 0.3, "alpha": 1.0, "kappa": 0.4, "alpha_c": 0,
    "alpha_s": 1, "s": 0.1, "s_v": 0, "s_p": 0, "s_r": 0, "Acent": 0.05, "Asat": 0, "Bcent": 0,
    "Bsat": 0, "ic": 0.97,
}  # fmt: skip
ELG = {
    "p_max": 0.33, "Q": 100.0, "logM_cut": 11.75, "kappa": 1.0, "sigma": 0.58, "logM1": 13.53,
    "alpha": 1, "gamma": 4.12, "A_s": 1.0, "ic": 1.0,
}  # fmt: skip


def file_of(tmp_path, lrg=LRG, elg=ELG, **changes):
    section = {
        "want_ranks": False, "want_AB": False, "want_rsd": True, "write_to_disk": False,
        "tracer_flags": {"LRG": True, "ELG": False, "QSO": False},
        "LRG_params": lrg, "ELG_params": elg,
    }  # fmt: skip
    path = tmp_path / "abacus_hod.yaml"
    content = {"sim_params": {"sim_name": "Mini_N64_L32"}, "HOD_params": section | changes}
    path.write_text(yaml.safe_dump(content))
    return path


BOTH = {"tracer_flags": {"LRG": True, "ELG": True, "QSO": False}}


def test_values_of_the_file_are_the_defaults(tmp_path):
    model = models.read_abacus_yaml(file_of(tmp_path))
    assert type(model) is models.AbacusLRG
    assert model.space.defaults == {
        "logM_cut": 13.3, "logM1": 14.3, "sigma": 0.3, "alpha": 1.0, "kappa": 0.4, "ic": 0.97,
    }  # fmt: skip
    free = [p.name for p in model.space.free]
    assert free == ["logM_cut", "logM1", "sigma", "alpha", "kappa"]


def test_assembly_bias_and_ranks_are_turned_on(tmp_path):
    model = models.read_abacus_yaml(file_of(tmp_path, want_AB=True, want_ranks=True))
    assert {"host_concentration_rank", "host_environment_rank", "rank_v"} <= set(model.needs)
    assert model.space.defaults["Acent"] == 0.05
    assert model.space.defaults["s"] == 0.1


def test_several_tracers(tmp_path):
    model = models.read_abacus_yaml(file_of(tmp_path, **BOTH))
    assert model.names == ("LRG", "ELG")
    assert model.space.defaults["LRG_ic"] == 0.97
    assert model.space.defaults["ELG_p_max"] == 0.33
    assert not model.is_correlated


@pytest.mark.parametrize("both", [False, True])
def test_conformity(tmp_path, both):
    flags = BOTH if both else {"tracer_flags": {"ELG": True}}
    elg = ELG | {"logM1_EE": 13.2, "alpha_EL": 1.0}
    model = models.read_abacus_yaml(file_of(tmp_path, elg=elg, **flags))
    start = "ELG_" if both else ""
    assert model.is_correlated
    found = model.space.defaults
    assert found[f"{start}logM1_EE"] == 13.2
    assert found[f"{start}alpha_EE"] == 1.0
    if both:
        assert found["ELG_logM1_EL"] == 13.53
    same = ELG | {"logM1_EE": 13.53, "alpha_EE": 1.0}
    assert not models.read_abacus_yaml(file_of(tmp_path, elg=same, **flags)).is_correlated


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"lrg": LRG | {"logMcut": 13}},
            "has no key 'logMcut'; did you mean 'logM_cut'",
        ),
        ({"want_assembly": True}, "HOD_params has no key 'want_assembly'"),
        ({"lrg": LRG | {"alpha_c": 0.2, "alpha_s": 0.9}}, "nothing like LRG alpha_c, LRG alpha_s"),
        ({"want_shear": True}, "nothing like want_shear"),
        ({"lrg": {"logM_cut": 13.0}}, "LRG_params needs alpha, kappa, logM1, sigma"),
        ({"lrg": LRG | {"sigma": "0.3 dex"}}, "sigma of LRG_params must be a number"),
        ({"lrg": LRG | {"sigma": 30.0}}, "sigma = 30 lies outside its bounds"),
        ({"lrg": None}, "there is no section LRG_params"),
        ({"tracer_flags": {"LRG": False}}, "turn on no tracer"),
        ({"tracer_flags": {"LRG": True, "BGS": True}}, "turn on BGS"),
    ],
)
def test_what_a_file_may_not_say(tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message) as told:
        models.read_abacus_yaml(file_of(tmp_path, **changes))
    assert "abacus_hod.yaml" in str(told.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("HOD_params: [", "is no YAML"),
        ("a: 1", "no section HOD_params"),
        ("- 1", "no section HOD_params"),
        ("!!python/object/apply:os.system ['true']", "is no YAML"),
    ],
)
def test_files_that_are_none(tmp_path, text, message):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        models.read_abacus_yaml(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        models.read_abacus_yaml(tmp_path / "missing.yaml")


def test_settings_can_be_passed_over(tmp_path):
    path = file_of(tmp_path, lrg=LRG | {"alpha_c": 0.2})
    model = models.read_abacus_yaml(path, ignore=["alpha_c"])
    assert model.space.defaults["sigma"] == 0.3


def test_a_configuration_names_the_file(tmp_path):
    file_of(tmp_path)
    text = """
        [catalog]
        mock = {boxsize = 40.0, log_mpeak_min = 12.5}
        [model]
        kind = "abacus_yaml"
        file = "abacus_hod.yaml"
        parameters.sigma = {free = false}
        [data]
        synthetic = {volume = 1e6}
        n = {samples = ["LRG"]}
    """
    config = parse_config(text, tmp_path / "fit.toml")
    assert config.model.space().defaults["logM_cut"] == 13.3
    assert "sigma" not in [p.name for p in config.model.space().free]
    with pytest.raises(ConfigError, match="needs file"):
        MODELS["abacus_yaml"].from_config({}, None)
