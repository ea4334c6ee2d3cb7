"""Mean occupations against halotools and abacusutils, and their derivatives where they bend."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import models
from halograd.errors import HalogradError
from halograd.models.hod.leauthaud11 import log_halo_mass, mean_log_mstar
from halograd.samples import Sample

GOLDEN = Path(__file__).parents[2] / "golden" / "halotools" / "occupations.npz"
LOG_MASS = np.linspace(10.5, 15.5, 101)
RTOL = 1e-6
EVERY = Sample()


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as found:
        return dict(found)


def occupations(model, theta, log_mass=LOG_MASS, sample=EVERY, **ranks):
    """Centrals and satellites of hosts of each mass, one satellite place with all of the share."""
    n = len(log_mass)
    columns = {
        "host_log_mass": np.tile(log_mass, 2),
        "is_satellite": np.repeat([False, True], n),
        "satellite_share": np.repeat([0.0, 1.0], n),
        "host_row": np.tile(np.arange(n), 2),
    }
    columns |= {name: np.full(2 * n, value) for name, value in ranks.items()}
    columns = {name: jnp.asarray(columns[name]) for name in model.needs}
    weights = model.weights(theta, columns, [sample])[:, 0]
    return weights[:n], weights[n:]


@pytest.mark.parametrize("threshold", [-18, -18.5, -19, -19.5, -20, -20.5, -21, -21.5, -22])
def test_zheng_is_that_of_halotools(golden, threshold):
    theta = models.Zheng07.published(threshold)
    assert list(theta.values()) == golden[f"zheng {threshold} parameters"].tolist()
    with jax.enable_x64(True):
        central, satellite = occupations(models.Zheng07(), theta)
        _, modulated = occupations(models.Zheng07(modulate_with_cenocc=True), theta)
    np.testing.assert_allclose(central, golden[f"zheng {threshold} central"], RTOL, 1e-15)
    np.testing.assert_allclose(satellite, golden[f"zheng {threshold} satellite"], RTOL, 1e-15)
    np.testing.assert_allclose(modulated, golden[f"zheng {threshold} modulated"], RTOL, 1e-15)


@pytest.mark.parametrize("split", [0.5, 0.3])
@pytest.mark.parametrize("strength", [-1.0, -0.4, 0.0, 0.4, 1.0])
def test_decorated_is_that_of_halotools(golden, split, strength):
    model = models.Zheng07(assembly_bias=models.Decorated("concentration_rank", split))
    theta = {
        **models.Zheng07.published(-20),
        "mean_occupation_centrals_assembias_param1": strength,
        "mean_occupation_satellites_assembias_param1": strength,
    }
    for side, rank in (("lower", -0.49), ("upper", 0.49)):
        with jax.enable_x64(True):
            found = occupations(model, theta, host_concentration_rank=rank)
        for name, values in zip(("central", "satellite"), found, strict=True):
            expected = golden[f"decorated {split} {strength} {name} {side}"]
            np.testing.assert_allclose(values, expected, RTOL, 1e-12)


@pytest.mark.parametrize("threshold", [9.8, 10.3, 10.8])
def test_leauthaud_is_that_of_halotools(golden, threshold):
    """Their relation is inverted by a spline through a hundred points, ours exactly.

    What satellites have on top of centrals does not depend on that.
    """
    log_mstar = threshold - 2 * np.log10(0.72)
    with jax.enable_x64(True):
        central, satellite = occupations(models.Leauthaud11(), {}, sample=Sample(log_mstar))
        ranges = [Sample(log_mstar, log_mstar + 0.5), Sample(log_mstar + 0.5)]
        parts = [occupations(models.Leauthaud11(), {}, sample=part) for part in ranges]
    theirs = [golden[f"leauthaud {threshold} {part}"] for part in ("central", "satellite")]
    np.testing.assert_allclose(central, theirs[0], 1e-2, 1e-6)
    some = theirs[0] > 1e-6
    ratio = np.asarray(satellite / central)
    np.testing.assert_allclose(ratio[some], theirs[1][some] / theirs[0][some], RTOL)
    np.testing.assert_allclose(np.add(*parts), (central, satellite), rtol=1e-9, atol=1e-12)


def test_the_relation_of_leauthaud_is_inverted():
    theta = models.Leauthaud11().space.defaults
    masses = jnp.linspace(9.0, 16.0, 200)
    with jax.enable_x64(True):
        found = mean_log_mstar(jnp.asarray(masses, float), theta)
        np.testing.assert_allclose(log_halo_mass(found, theta), masses, rtol=1e-7)


LRG = {"logM_cut": 13.1, "logM1": 14.2, "sigma": 0.35, "alpha": 1.1, "kappa": 0.6, "ic": 0.9}
ELG = {
    "p_max": 0.4, "Q": 80.0, "logM_cut": 11.7, "kappa": 1.2, "sigma": 0.5, "logM1": 13.4,
    "alpha": 0.8, "gamma": 3.0, "A_s": 0.7, "ic": 0.8,
}  # fmt: skip
QSO = {"logM_cut": 12.3, "logM1": 14.0, "sigma": 0.5, "alpha": 0.6, "kappa": 0.9, "ic": 0.3}


def test_tracers_are_those_of_abacusutils():
    hod = pytest.importorskip("abacusnbody.hod.GRAND_HOD", reason="abacusutils is not installed")
    masses = 10**LOG_MASS

    def satellites(function, theta, *middle, **last):
        return [
            function(m, *middle, theta["alpha"], theta["kappa"], **last) * theta["ic"]
            for m in masses
        ]

    with jax.enable_x64(True):
        lrg = occupations(models.AbacusLRG(second_moments="poisson"), LRG)
        elg = occupations(models.AbacusELG(second_moments="poisson"), ELG)
        qso = occupations(models.AbacusQSO(second_moments="poisson"), QSO)
    expected = [LRG["ic"] * hod.n_cen_LRG(m, LRG["logM_cut"], LRG["sigma"]) for m in masses]
    # Their square root of 2 has nine digits, which the far tail of the step notices.
    np.testing.assert_allclose(lrg[0], expected, RTOL, 1e-9)
    cut, m1 = 10 ** LRG["logM_cut"], 10 ** LRG["logM1"]
    expected = satellites(hod.n_sat_LRG_modified, LRG, LRG["logM_cut"], cut, m1, LRG["sigma"])
    np.testing.assert_allclose(lrg[1], expected, RTOL, 1e-9)
    shape = [ELG[name] for name in ("p_max", "Q", "logM_cut", "sigma", "gamma")]
    expected = [ELG["ic"] * hod.N_cen_ELG_v1(m, *shape) for m in masses]
    np.testing.assert_allclose(elg[0], expected, RTOL, 1e-15)
    power = 10 ** ELG["logM_cut"], ELG["kappa"], 10 ** ELG["logM1"], ELG["alpha"], ELG["A_s"]
    expected = [ELG["ic"] * hod.N_sat_elg(m, *power) for m in masses]
    np.testing.assert_allclose(elg[1], expected, RTOL, 1e-15)
    expected = [QSO["ic"] * hod.N_cen_QSO(m, QSO["logM_cut"], QSO["sigma"]) for m in masses]
    np.testing.assert_allclose(qso[0], expected, RTOL, 1e-9)
    power = 10 ** QSO["logM_cut"], QSO["kappa"], 10 ** QSO["logM1"], QSO["alpha"]
    expected = [QSO["ic"] * hod.N_sat_generic(m, *power) for m in masses]
    np.testing.assert_allclose(qso[1], expected, RTOL, 1e-15)


def test_width_of_halotools_is_root_two_that_of_abacus():
    with jax.enable_x64(True):
        ours, _ = occupations(models.AbacusLRG(), {"logM_cut": 12.5, "sigma": 0.3})
        theirs, _ = occupations(models.Zheng07(), {"logMmin": 12.5, "sigma_logM": 0.3 * np.sqrt(2)})
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_masses_shift_with_ranks():
    model = models.AbacusLRG(assembly_bias=True, second_moments="poisson")
    theta = {**LRG, "Acent": 0.4, "Bcent": -0.3, "Asat": 0.2, "Bsat": 0.1}
    with jax.enable_x64(True):
        found = occupations(model, theta, host_concentration_rank=0.3, host_environment_rank=-0.2)
        shifted = {
            **LRG,
            "logM_cut": LRG["logM_cut"] + 0.4 * 0.3 + 0.3 * 0.2,
            "logM1": LRG["logM1"] + 0.2 * 0.3 - 0.1 * 0.2,
        }
        expected = occupations(models.AbacusLRG(second_moments="poisson"), shifted)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_centrals_of_the_reference_mock(shared_data):
    """AbacusHOD's own galaxies, from its halos with the random numbers that it drew.

    Each halo drew one number, for an LRG where it is low and for an ELG above that.
    """
    import h5py
    from astropy.table import Table

    folder = shared_data / "abacushod_ref"
    mocks = {
        name: Table.read(folder / f"{name}s.dat", format="ascii.ecsv") for name in ("LRG", "ELG")
    }
    found = {"LRG": [], "ELG": []}
    for path in sorted(folder.glob("halos_xcom_*")):
        with h5py.File(path) as file:
            halos = file["halos"][:]
        log_mass, below = np.log10(halos["N"] * 1.0882397e10), np.zeros(len(halos))
        for name, model in (("LRG", models.AbacusLRG()), ("ELG", models.AbacusELG())):
            theta = {p: float(mocks[name].meta[p]) for p in model.space.names}
            with jax.enable_x64(True):
                central, _ = occupations(model, theta, log_mass)
            upper = below + np.asarray(central) * halos["multi_halos"]
            drawn = (halos["randoms"] > below) & (halos["randoms"] <= upper)
            found[name] += halos["id"][drawn].tolist()
            below = upper
    for name, number in (("LRG", 7), ("ELG", 84)):
        expected = [int(i) for i in mocks[name]["id"][: mocks[name].meta["Ncent"]]]
        assert len(expected) == number
        assert sorted(found[name]) == sorted(expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("model", "theta"),
    [
        (models.Zheng07(), {"logMmin": 12.0, "logM0": 12.0, "alpha": 0.4}),
        (models.Zheng07(), {"logMmin": 12.0, "sigma_logM": 0.0}),
        (models.Zheng07(), {"logM0": 16.0}),
        (models.AbacusLRG(), {"kappa": 0.0, "sigma": 0.0}),
        (models.AbacusLRG(), {"kappa": 100.0, "ic": 0.0}),
        (models.AbacusELG(conformity=True), {"sigma": 1e-12, "gamma": -4.0}),
        (models.AbacusELG(), {"gamma": 0.0}),
        (models.AbacusQSO(), {"sigma": 1e-30}),
    ],
)
def test_derivatives_are_finite_everywhere(model, theta, dtype):
    """At and below thresholds, on the step, and for steps without width."""
    masses = np.array([0.0, 5.0, 10.0, 12.0, 12.0 + 1e-6, 13.0, 15.0, 17.0], dtype)
    with jax.enable_x64(dtype is np.float64):
        complete = {
            name: jnp.asarray(value, dtype) for name, value in model.space.complete(theta).items()
        }
        value = lambda theta: jnp.stack(occupations(model, theta, masses))  # noqa: E731
        assert np.isfinite(value(complete)).all()
        for name, slope in jax.jit(jax.jacfwd(value))(complete).items():
            assert np.isfinite(slope).all(), name


def test_one_host_has_one_central_at_most():
    model = models.AbacusELG()
    central, _ = occupations(model, {"p_max": 2.0, "sigma": 0.1})
    assert central.max() == 1.0
    (told,) = model.caveats({"p_max": 2.0, "sigma": 0.1})
    assert "central galaxies in hosts of" in told
    assert model.caveats({}) == []


def test_published_thresholds():
    with pytest.raises(HalogradError, match=r"Zheng et al. 2007 fit the thresholds"):
        models.Zheng07.published(-17)
