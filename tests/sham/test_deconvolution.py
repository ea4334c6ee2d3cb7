import csv
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import sham
from halograd.errors import HalogradError
from halograd.sham.deconvolution import deconvolved_relation
from halograd.sham.host_values import in_float64

GOLDEN = Path(__file__).parents[1] / "golden" / "abundance_matching" / "relations.csv"
SMF, SHMF = sham.Schechter(), sham.bolshoi_planck()
WIDE = np.linspace(5.0, 18.0, 3000)


def golden():
    """{(function, scatter, repeat, sm_step): (n, 2) of log n(>M) and the mean}."""
    cases = {}
    with GOLDEN.open() as file:
        for row in csv.DictReader(file):
            key = row["function"], *(float(row[k]) for k in ("scatter_dex", "repeat", "sm_step"))
            cases.setdefault(key, []).append((float(row["log_n"]), float(row["mean"])))
    return {key: np.array(rows) for key, rows in cases.items()}


def luminosity_function():
    """The r-band function of the golden table, in −0.4 times the magnitude: a log luminosity."""
    magnitude = np.arange(-25.4, -11.9, 0.1)[::-1]
    y = 10 ** (-0.4 * (magnitude + 20.44))
    per_magnitude = 0.4 * np.log(10) * 1.49e-2 * y ** (1 - 1.05) * np.exp(-y)
    return sham.TabulatedSMF(-0.4 * magnitude, np.log10(2.5 * per_magnitude))


def forward_misfit(m, relation, smf, scatter, kernel="triweight"):
    phi = sham.smf_from_relation(m, relation, scatter, SHMF, kernel=kernel)
    return np.log10(phi) - np.asarray(smf.log_density(m))


@pytest.mark.parametrize("case", golden(), ids=str)
def test_against_the_package(case):
    """Within 0.003 dex with its default step of 0.005, and within 0.001 with a finer one."""
    function, sigma, repeat, sm_step = case
    log_n, want = golden()[case].T
    smf, mass_range, unit = SMF, (9.0, 12.0), 1.0
    if function == "lf":
        smf, mass_range, unit = luminosity_function(), (6.4, 9.4), -2.5
    relation = deconvolved_relation(
        smf,
        sham.Scatter(sigma, sigma),
        SHMF,
        kernel="normal",
        mass_range=mass_range,
        steps=max(int(repeat), 1),
        tolerance=0.0,
    )
    got = unit * np.asarray(relation(SHMF.log_m_at(log_n)))
    limit = {0.0: 2e-4, 0.001: 1.1e-3, 0.005: 3e-3}[sm_step]
    np.testing.assert_allclose(got / abs(unit), want / abs(unit), atol=limit)


@pytest.mark.parametrize("kernel", ["triweight", "normal"])
def test_without_scatter_it_is_plain_matching(kernel):
    relation = deconvolved_relation(SMF, sham.Scatter(0.0, 0.0), SHMF, kernel=kernel)
    assert relation.steps == 0
    assert relation.converged
    log_m = np.linspace(10.9, 14.5, 50)
    want = SMF.log_mstar_at(SHMF.log_cumulative_density(log_m))
    np.testing.assert_allclose(relation(log_m), want, atol=2e-4)


@pytest.mark.parametrize(
    ("scatter", "limit"),
    [
        ((0.2, 0.2), 1.5e-3),
        pytest.param((0.1, 0.1), 5e-4, marks=pytest.mark.slow),
        pytest.param((0.3, 0.2), 2e-3, marks=pytest.mark.slow),
        pytest.param((0.0, 0.25), 3e-3, marks=pytest.mark.slow),
    ],
)
def test_the_smf_comes_back(scatter, limit):
    scatter = sham.Scatter(*scatter)
    relation = deconvolved_relation(SMF, scatter, SHMF, mass_range=(9.0, 11.5), steps=150)
    assert relation.converged
    assert "is met" in relation.status
    error = np.abs(forward_misfit(np.linspace(9.0, 11.5, 51), relation, SMF, scatter))
    assert error.max() < limit
    assert error.max() < relation.worst_dex + 2e-4


@pytest.mark.slow
def test_double_schechter_and_normal_scatter():
    smf = sham.DoubleSchechter(10.7, -2.4, -0.35, -3.1, -1.47)
    scatter = sham.Scatter(0.15, 0.15)
    relation = deconvolved_relation(smf, scatter, SHMF, kernel="normal", mass_range=(9.0, 11.0))
    error = forward_misfit(np.linspace(9.0, 11.0, 41), relation, smf, scatter, "normal")
    assert np.abs(error).max() < 5e-3


@pytest.mark.slow
def test_scatter_that_runs_with_mass_agrees_with_the_exact_relation():
    scatter = sham.Scatter(0.35, 0.15)
    relation = deconvolved_relation(SMF, scatter, SHMF, steps=150)
    exact = sham.exact_relation(SMF, scatter, SHMF)
    log_m = np.linspace(11.3, 14.3, 40)
    np.testing.assert_allclose(relation(log_m), exact(log_m), atol=5e-3)


def test_impossible_scatter_is_reported_not_raised():
    relation = deconvolved_relation(SMF, sham.Scatter(0.9, 0.9), SHMF)
    assert not relation.converged
    assert "not met" in relation.status
    assert relation.worst_dex > 0.05
    assert relation.steps == 40


@pytest.mark.parametrize("kernel", ["triweight", "normal"])
@pytest.mark.parametrize("scatter", [(0.0, 0.3), (0.5, 0.1), (0.1, 0.5), (0.5, 0.5)])
@pytest.mark.parametrize("smf", [SMF, sham.Schechter(-2.3, 10.85, -0.4)], ids=["steep", "finite"])
@pytest.mark.slow
def test_always_finite_and_increasing(smf, scatter, kernel):
    relation = deconvolved_relation(smf, sham.Scatter(*scatter), SHMF, kernel=kernel)
    single = np.asarray(relation(WIDE), np.float64)
    assert np.isfinite(single).all()
    assert (np.diff(single) > -1e-5 * np.maximum(1, np.abs(single[1:]))).all()
    with jax.enable_x64(True):
        inputs = in_float64((smf, sham.Scatter(*scatter), SHMF))
        double = deconvolved_relation(*inputs, kernel=kernel)(WIDE)
    assert (np.diff(double) > 0).all()


def test_any_number_of_halos():
    relation = deconvolved_relation(SMF, sham.Scatter(), SHMF)
    log_m = np.array([[11.0, 12.0], [13.0, 14.0]])
    got = relation.mean_log_mstar(log_m)
    assert got.shape == (2, 2)
    np.testing.assert_array_equal(relation(jnp.asarray(log_m)), got)
    np.testing.assert_allclose(jax.jit(lambda at: relation(at))(log_m), got, rtol=1e-6)
    assert relation(12.0).shape == ()


@pytest.mark.slow
def test_the_label_spacing_hardly_matters():
    fine, coarse = (
        deconvolved_relation(SMF, sham.Scatter(), SHMF, spacing=spacing)(np.linspace(11, 15, 40))
        for spacing in (0.005, 0.02)
    )
    np.testing.assert_allclose(fine, coarse, atol=1e-3)


@pytest.mark.slow
def test_precision_of_jax_does_not_matter():
    log_m = np.linspace(11, 15, 40)
    single = deconvolved_relation(SMF, sham.Scatter(), SHMF)(log_m)
    with jax.enable_x64(True):
        double = deconvolved_relation(sham.Schechter(), sham.Scatter(), sham.bolshoi_planck())(
            log_m
        )
        assert double.dtype == np.float64
    np.testing.assert_allclose(single, double, atol=3e-5)


def test_traced_inputs_are_refused():
    def mean(log_phi):
        return deconvolved_relation(sham.Schechter(log_phi), sham.Scatter(), SHMF)(12.0)

    for transform in (jax.jit, jax.grad):
        with pytest.raises(HalogradError, match=r'traced .* "exact" or "network"'):
            transform(mean)(-2.3)
    with pytest.raises(HalogradError, match="traced"):
        jax.jit(lambda: deconvolved_relation(SMF, sham.Scatter(), SHMF)(12.0))()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel": "box"}, "kernel must be one of"),
        ({"mass_range": (12.0, 9.0)}, "mass_range must be two finite, increasing"),
        ({"steps": 0}, "steps must be a whole number"),
        ({"steps": 2.5}, "steps must be a whole number"),
        ({"tolerance": -1.0}, "tolerance must be 0 dex or more"),
        ({"tolerance": np.nan}, "tolerance must be 0 dex or more"),
        ({"spacing": 0.0}, "spacing must lie between"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(HalogradError, match=message):
        deconvolved_relation(SMF, sham.Scatter(), SHMF, **options)


def test_bad_scatter():
    with pytest.raises(HalogradError, match=r"scatter must be 0 dex or more, got -0\.1"):
        deconvolved_relation(SMF, lambda log_m: -0.1 + 0 * log_m, SHMF)
    with pytest.raises(HalogradError, match="scatter must be finite"):
        deconvolved_relation(SMF, lambda log_m: jnp.nan * log_m, SHMF)
