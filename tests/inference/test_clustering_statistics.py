"""ξ(r) and multipoles in data vectors: the direct engine, tables, covariances, files and fits."""

import dataclasses

import jax
import numpy as np
import pytest

from halograd import inference, models, stats
from halograd.catalogs import Cosmology
from halograd.errors import DataError, HalogradError
from halograd.pairs import MultipolePairs, RadialPairs, SMuPairs
from halograd.samples import samples_from
from halograd.statistics import Survey
from oracles.toy_universe import toy_universe

BINS = [(10.0, 10.5), (10.5, np.inf)]
XI_EDGES, S_EDGES = [0.5, 2.0, 8.0], [1.0, 3.0, 9.0]
ELLS, N_MU, AXES = (0, 2), 6, (0, 2)


def layout(**changes):
    given = {
        "n": BINS,
        "xi": BINS[1:],
        "xi_edges": XI_EDGES,
        "multipoles": BINS,
        "s_edges": S_EDGES,
        "ells": ELLS,
        "n_mu": N_MU,
        "lines_of_sight": AXES,
    }
    return inference.Observables(**{**given, **changes})


def universe(n_halo=1500):
    halos = toy_universe(n_halo=n_halo)
    return dataclasses.replace(halos, cosmology=Cosmology(omega_m=0.3, h=0.7), particles=None)


@pytest.fixture(scope="module")
def direct():
    return inference.Predictor(universe(), models.SmhmModel(), layout())


@pytest.fixture(scope="module")
def free(direct):
    fixed = {name: {"free": False} for name in ("low_end", "high_start", "scatter_low")}
    ranges = {
        "log_m_crit": (11.2, 11.7),
        "log_ratio_crit": (-1.9, -1.3),
        "scatter_high": (0.1, 0.4),
    }
    moved = {name: {"low": low, "high": high} for name, (low, high) in ranges.items()}
    return direct.model.space.replace(**fixed, **moved)


@pytest.fixture(scope="module")
def table(direct, free):
    return inference.tabulate(direct, space=free, n_draw=10, n_check=3, n_node=40)


@pytest.fixture(scope="module")
def measured(direct, truth):
    prediction = direct(truth)
    covariance = inference.survey_covariance(prediction, direct.observables, volume=1e6)
    return inference.synthesize(2, prediction, direct.observables, covariance)


def test_the_layout(direct):
    found = direct.observables
    assert [s.name for s in found.statistics] == ["n", "xi", "multipoles"]
    assert [s.shape for s in found.statistics] == [(2,), (1, 2), (2, 2, 2)]
    assert found.size == 12
    middles = np.sqrt([[1.0, 16.0], [3.0, 27.0]])
    expected = [np.inf, np.inf, *middles[0], *np.tile(middles[1], 4)]
    np.testing.assert_allclose(found.scales, expected)
    assert found.wp == ()
    np.testing.assert_allclose(found.s, middles[1])


def test_the_numbers_are_those_of_the_statistics(direct, truth):
    halos, prediction = universe(), direct(truth)
    samples = samples_from(BINS)
    weights = direct.model.weights(truth, {"log_mpeak": halos.log_mpeak}, samples)
    pairs = RadialPairs(halos.positions, halos.boxsize, XI_EDGES)
    np.testing.assert_allclose(prediction.xi[0], stats.xi(weights[:, 1], pairs), rtol=1e-5)
    moved = [
        stats.redshift_space_positions(
            halos.positions,
            halos.velocities,
            boxsize=halos.boxsize,
            redshift=halos.redshift,
            cosmology=halos.cosmology,
            line_of_sight=axis,
        )
        for axis in AXES
    ]
    mu_edges = np.linspace(0, 1, N_MU + 1)
    seen = [
        SMuPairs(positions, halos.boxsize, S_EDGES, mu_edges, line_of_sight=axis)
        for axis, positions in zip(AXES, moved, strict=True)
    ]
    expected = stats.multipoles(weights, seen, ELLS)
    np.testing.assert_allclose(prediction.multipoles, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(
        prediction.vector,
        np.concatenate([prediction.n, prediction.xi.ravel(), prediction.multipoles.ravel()]),
    )
    assert list(prediction) == ["n", "xi", "multipoles"]
    assert prediction.wp.size == prediction.delta_sigma.size == 0
    with pytest.raises(AttributeError, match="no statistic 'wpp' was predicted; there are n, xi"):
        prediction.wpp  # noqa: B018


@pytest.mark.parametrize("engine", ["direct", pytest.param("table", marks=pytest.mark.slow)])
def test_derivatives_against_finite_differences(engine, request, truth):
    predictor = request.getfixturevalue(engine)
    with jax.enable_x64(True):
        _, jacobian = predictor.value_and_jacobian(truth)
        for name in ("log_ratio_crit", "scatter_high"):
            up, down = (predictor({**truth, name: truth[name] + d}).vector for d in (1e-5, -1e-5))
            slope = (up - down) / 2e-5
            close = {"rtol": 1e-5, "atol": 1e-6 * np.abs(slope).max()}
            np.testing.assert_allclose(jacobian[name], slope, **close)


def test_a_table_agrees_with_the_direct_engine(direct, table, truth):
    assert [error.name for error in table.accuracy.errors] == ["n", "xi", "multipoles"]
    assert table.accuracy.is_met
    close = {"rtol": 2e-3, "atol": 2e-4}
    np.testing.assert_allclose(table(truth).vector, direct(truth).vector, **close)


@pytest.mark.slow
def test_a_saved_table_predicts_the_same(table, truth, tmp_path):
    identity = inference.halo_table_identity(universe(), table.observables)
    table.table.save(tmp_path / "table.h5", identity)
    loaded = inference.HaloTable.load(tmp_path / "table.h5", identity)
    again = inference.TabulatedPredictor(loaded, table.model, table.observables)
    np.testing.assert_array_equal(again(truth).vector, table(truth).vector)
    other = layout(lines_of_sight=(2,))
    with pytest.raises(DataError, match=r"lines_of_sight = \[0, 2\], and \[2\] is wanted"):
        inference.TabulatedPredictor(loaded, table.model, other)


def test_without_bins_of_mu(direct, truth):
    """The default weighs each pair by its own Legendre polynomials."""
    changes = {"n_mu": None, "n": (), "xi": ()}
    exact = inference.Predictor(universe(), direct.model, layout(**changes))
    assert all(isinstance(pairs, MultipolePairs) for pairs in exact.prepared["multipoles"])
    fine = inference.Predictor(universe(), direct.model, layout(**{**changes, "n_mu": 60}))
    found, close, coarse = (p(truth).multipoles for p in (exact, fine, direct))
    scale = np.abs(found).max()
    assert np.abs(found - close).max() < 0.02 * scale
    assert np.abs(found - close).max() < np.abs(found - coarse).max()
    _, jacobian = exact.value_and_jacobian(truth)
    assert all(np.isfinite(slope).all() for slope in jacobian.values())


def test_wedges_are_wide_bins_of_direction(direct, truth):
    wedges = {"wedges": BINS, "wedge_edges": S_EDGES, "mu_edges": (0.0, 0.4, 0.7, 1.0)}
    found = inference.Observables(n=BINS, **wedges, lines_of_sight=(0, 2))
    predictor = inference.Predictor(universe(), direct.model, found)
    prediction = predictor(truth)
    assert prediction.wedges.shape == (2, 3, 2)
    whole = layout(n=(), xi=(), n_mu=None, ells=(0,))
    monopole = inference.Predictor(universe(), direct.model, whole)(truth).multipoles[:, 0]
    mean = np.einsum("swb,w->sb", prediction.wedges, [0.4, 0.3, 0.3])
    np.testing.assert_allclose(mean, monopole, rtol=1e-4, atol=1e-4)
    errors = found["wedges"].counting_error(prediction.wedges, np.array([500.0, 90.0]), Survey(1e6))
    assert errors.shape == (2, 3, 2)
    np.testing.assert_allclose(errors[:, 0] / errors[:, 1], np.sqrt(0.3 / 0.4), rtol=1e-6)
    covariance = inference.box_covariance(universe(), direct.model, found, truth, n_side=2)
    assert (np.diag(covariance) > 0).all()
    with pytest.raises(DataError, match="mu_edges must lie between 0 and 1"):
        inference.Observables(wedges=BINS, wedge_edges=S_EDGES, mu_edges=(0.0, 2.0))
    bare = dataclasses.replace(universe(n_halo=100), velocities=None)
    with pytest.raises(HalogradError, match="wedges is to be in redshift space"):
        inference.Predictor(bare, direct.model, found)


def test_jackknife_of_crosses(direct, truth):
    cross = (BINS[0], BINS[1])
    found = inference.Observables(
        wp=[BINS[0], cross],
        rp_edges=[0.5, 2.0, 8.0],
        pi_max=20.0,
        xi=[cross],
        xi_edges=XI_EDGES,
        multipoles=[cross],
        s_edges=S_EDGES,
    )
    covariance = inference.box_covariance(universe(), direct.model, found, truth, n_side=2)
    assert covariance.shape == (found.size, found.size)
    assert (np.diag(covariance) > 0).all()
    alone = inference.Observables(wp=[BINS[0]], rp_edges=[0.5, 2.0, 8.0], pi_max=20.0)
    expected = inference.box_covariance(universe(), direct.model, alone, truth, n_side=2)
    np.testing.assert_allclose(covariance[:2, :2], expected, rtol=1e-3)


def test_velocities_are_part_of_the_identity():
    halos = universe()
    moved = dataclasses.replace(halos, velocities=halos.velocities * 1.01)
    names = [inference.halo_table_identity(h, layout())["halos"] for h in (halos, moved)]
    assert [key for key in names[0] if names[0][key] != names[1][key]] == ["velocities"]
    real = layout(multipoles=())
    assert "velocities" not in inference.halo_table_identity(halos, real)["halos"]


@pytest.mark.slow
def test_fits_and_posteriors_take_them(table, measured, free, truth):
    result = inference.fit(table, measured, space=free, curvature=False)
    assert result.converged
    for name, error in result.errors.items():
        assert abs(result.theta[name] - truth[name]) < 4 * error
    posterior = inference.Posterior(table, measured, free)
    value, gradient = posterior.value_and_gradient(free.to_unbounded(result.theta))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_a_saved_data_vector_comes_back(measured, tmp_path):
    measured.save(tmp_path / "data.hdf5")
    loaded = inference.DataVector.load(tmp_path / "data.hdf5")
    loaded.check_matches(measured.observables)
    np.testing.assert_array_equal(loaded.values, measured.values)
    np.testing.assert_array_equal(loaded.parts.multipoles, measured.parts.multipoles)
    with pytest.raises(DataError, match="ells"):
        measured.check_matches(layout(ells=(0, 4)))


@pytest.mark.slow
def test_forecasts_cut_them_by_scale(table, measured, free, truth):
    at = inference.sensitivity(table, measured, truth, free)
    kept = inference.select(at.observables, multipoles=(2.0, 9.0))
    assert kept.tolist() == [False] * 4 + [False, True] * 4
    assert inference.select(at.observables, xi=(0.5, 9.0)).sum() == 2
    small = at.forecast("large scales", kept).errors["log_ratio_crit"]
    assert small > at.forecast("all").errors["log_ratio_crit"]
    assert inference.information_loss(at).shape == (12, 3)
    np.testing.assert_allclose(
        inference.scale_cuts(at).smallest, [1.0, np.sqrt(3), 4.0, np.sqrt(27), np.inf]
    )


@pytest.mark.slow
def test_mock_and_jackknife_covariances_hold_them(direct, truth):
    halos = universe()
    arguments = halos, direct.model, direct.observables, truth
    mocks = inference.mock_covariance(*arguments, n_mock=30)
    again = inference.jackknife_covariance(*arguments, n_side=2, n_mock=2)
    for found in (mocks, again):
        assert found.shape == (12, 12)
        assert np.linalg.eigvalsh(found)[0] > -1e-6 * np.trace(found)
    errors, others = (np.sqrt(np.diag(found)) for found in (mocks, again))
    assert (others > 0.3 * errors).all()


@pytest.mark.slow
def test_counting_noise_is_the_scatter_of_unclustered_points():
    """Poisson errors of ξ and ξ_ℓ against random points."""
    found = layout(n=(), xi=BINS[:1], multipoles=BINS[:1], n_mu=10, lines_of_sight=(2,))
    rng = np.random.default_rng(0)
    ones, mu_edges, n = np.ones(800), np.linspace(0, 1, 11), 120
    xi, multipoles = [], []
    for points in 60 * rng.random((n, 800, 3)):
        radial, directed = (
            RadialPairs(points, 60.0, XI_EDGES),
            SMuPairs(points, 60.0, S_EDGES, mu_edges),
        )
        xi.append(stats.xi(ones, radial))
        multipoles.append(stats.multipoles(ones, directed, ELLS))
    survey = Survey(60.0**3)
    for name, drawn in (("xi", xi), ("multipoles", multipoles)):
        statistic = found[name]
        expected = statistic.counting_error(np.zeros(statistic.shape), np.array([800.0]), survey)
        np.testing.assert_allclose(np.std(drawn, axis=0), expected[0], rtol=4 / np.sqrt(2 * n))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"xi_edges": None}, "xi needs xi_edges"),
        ({"s_edges": None}, "multipoles needs s_edges"),
        ({"ells": (0, 1)}, "even whole numbers"),
        ({"ells": (0, 0)}, "ells must be different"),
        ({"n_mu": 1}, "n_mu must be a whole number above half"),
        ({"lines_of_sight": (3,)}, "different axes 0, 1 or 2"),
        ({"lines_of_sight": (2, 2)}, "different axes 0, 1 or 2"),
    ],
)
def test_what_cannot_be_laid_out(changes, message):
    with pytest.raises(HalogradError, match=message):
        layout(**changes)


@pytest.mark.parametrize(
    ("missing", "message"), [("velocities", "no velocities"), ("cosmology", "Hubble rate")]
)
def test_halos_without_what_redshift_space_needs(missing, message):
    halos = dataclasses.replace(universe(n_halo=100), **{missing: None})
    with pytest.raises(HalogradError, match=message):
        inference.Predictor(halos, models.SmhmModel(), layout())
