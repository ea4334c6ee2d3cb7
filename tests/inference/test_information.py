from dataclasses import replace

import numpy as np
import pytest

from halograd import inference, models
from halograd.errors import DataError, HalogradError
from halograd.inference import Forecast, Sensitivity, parameter_covariance

LAYOUT = inference.Observables(
    n=[(10.0, 10.5), (10.5, np.inf)],
    wp=[(10.0, 10.5), (10.5, np.inf)],
    rp_edges=[0.25, 1.0, 4.0, 16.0],
    pi_max=20.0,
    delta_sigma=[(10.5, np.inf)],
    r_edges=[0.25, 1.0, 4.0],
)
PARAMETERS = tuple(models.Parameter(name, 0.0, -9.0, 9.0) for name in ("x", "y", "z"))


@pytest.fixture
def at():
    """Random derivatives and a random covariance with correlations."""
    rng = np.random.default_rng(4)
    root = np.tril(rng.normal(size=(10, 10))) + 3 * np.eye(10)
    return Sensitivity(
        theta={"x": 0.0, "y": 0.0, "z": 0.0},
        free=PARAMETERS,
        jacobian=rng.normal(size=(10, 3)),
        covariance=root @ root.T,
        observables=LAYOUT,
        prior=np.zeros((3, 3)),
    )


def direct(at, kept):
    """F of a subset by marginalising over the rest: invert the block of the covariance."""
    block = at.covariance[np.ix_(kept, kept)]
    return at.jacobian[kept].T @ np.linalg.inv(block) @ at.jacobian[kept] + at.prior


def test_subsets_against_direct_inversion(at):
    kept = np.zeros(10, bool)
    kept[[0, 3, 4, 7, 9]] = True
    found = at.forecast("some", kept)
    np.testing.assert_allclose(found.fisher, direct(at, kept), rtol=1e-9)
    np.testing.assert_allclose(found.covariance, np.linalg.inv(found.fisher), rtol=1e-9)
    assert found.n_data == 5
    assert found.free == ("x", "y", "z")
    # Numbers that are left out never add information, with correlations or without.
    whole = at.forecast("all")
    assert np.linalg.eigvalsh(whole.fisher - found.fisher).min() > -1e-12
    assert all(whole.errors[name] < found.errors[name] for name in found.free)


def test_information_of_independent_parts_adds(at):
    apart = replace(at, covariance=np.diag(np.diag(at.covariance)))
    first = inference.select(LAYOUT, n=inference.EVERYTHING)
    parts = [apart.forecast("", mask).fisher for mask in (first, ~first)]
    np.testing.assert_allclose(sum(parts), apart.forecast("").fisher, rtol=1e-12)


def test_fixed_parameters_leave_the_matrix(at):
    found = at.forecast("", fixed=("y",))
    assert found.free == ("x", "z")
    np.testing.assert_allclose(found.fisher, direct(at, np.ones(10, bool))[np.ix_([0, 2], [0, 2])])


def test_a_covariance_from_realisations_widens_the_errors(at):
    estimated = replace(at, n_realisation=40).forecast("")
    assert all(estimated.errors[n] > 1.02 * at.forecast("").errors[n] for n in estimated.free)


def test_priors_add_and_can_be_left_out(at):
    with_prior = replace(at, prior=np.diag([0.0, 4.0, 0.0]))
    np.testing.assert_allclose(
        with_prior.forecast("").fisher - at.forecast("").fisher, with_prior.prior, atol=1e-12
    )
    np.testing.assert_array_equal(
        with_prior.without_priors().forecast("").fisher, at.forecast("").fisher
    )


def test_numbers_of_a_matrix():
    fisher = np.linalg.inv([[4.0, 1.0], [1.0, 1.0]])
    found = Forecast("two", ("x", "y"), fisher, 5)
    assert found.errors == pytest.approx({"x": 2.0, "y": 1.0})
    np.testing.assert_allclose(found.correlation, [[1.0, 0.5], [0.5, 1.0]])
    assert found.log10_figure_of_merit == pytest.approx(-np.log10(3) / 2)
    assert found.sentences == []


def test_degenerate_directions_are_said():
    """Two parameters that hardly differ, in different units, and one of no effect."""
    rows = np.array([[1.0, 0.1, 0.0], [1.0, 0.1002, 0.0]])
    found = Forecast("both", ("alpha", "beta", "gamma"), rows.T @ rows, 2)
    nothing, degenerate = found.sentences
    assert "nothing is known along (gamma +1.00)" in nothing
    assert "+0.71" in degenerate
    assert "−0.71" in degenerate
    times = int(degenerate.split(", ")[-1].split()[0])
    # The error along (1, -1)/√2 in units of the errors with the other held.
    unit = rows[:, :2] / np.linalg.norm(rows[:, :2], axis=0)
    along = unit @ [np.sqrt(0.5), -np.sqrt(0.5)]
    assert times == pytest.approx(1 / np.linalg.norm(along), rel=0.01)
    assert found.log10_figure_of_merit == -np.inf
    assert np.isnan(found.correlation[2]).all()
    assert found.errors["gamma"] == np.inf


@pytest.mark.parametrize("degenerate", [False, True])
def test_information_loss_against_leaving_each_number_out(at, degenerate):
    """With correlations and a prior; and where one number alone holds a parameter."""
    at = replace(at, prior=np.diag([0.1, 0.0, 0.0]))
    if degenerate:
        jacobian = at.jacobian.copy()
        jacobian[:, 2] = np.where(np.arange(10) == 6, 1.0, 0.0)
        at = replace(at, jacobian=jacobian, covariance=np.diag(np.diag(at.covariance)))
    loss = inference.information_loss(at)
    whole = np.array(list(at.forecast("").errors.values()))
    for k in range(10):
        without = np.array(list(at.forecast("", np.arange(10) != k).errors.values()))
        np.testing.assert_allclose(loss[k], 1 - (whole / without) ** 2, atol=1e-6)
    assert loss.max() > 0.1
    assert (loss[6, 2] == 1.0) == degenerate


def test_information_on_an_unconstrained_parameter_is_undefined(at):
    jacobian = at.jacobian.copy()
    jacobian[:, 1] = 0.0
    loss = inference.information_loss(replace(at, jacobian=jacobian))
    assert np.isnan(loss[:, 1]).all()
    assert np.isfinite(loss[:, [0, 2]]).all()


def test_scale_cuts_are_forecasts_of_large_scales(at):
    cuts = inference.scale_cuts(at)
    np.testing.assert_allclose(cuts.smallest, [0.5, 2.0, 8.0, np.inf])
    for cut, errors in zip(cuts.smallest[1:3], cuts.errors[1:3], strict=True):
        limits = (cut, np.inf)
        kept = inference.select(LAYOUT, n=inference.EVERYTHING, wp=limits, delta_sigma=limits)
        np.testing.assert_allclose(errors, list(at.forecast("", kept).errors.values()))
    assert (np.diff(cuts.errors[:3], axis=0) >= 0).all()
    n_only = inference.select(LAYOUT, n=inference.EVERYTHING)
    expected = np.sqrt(np.diag(parameter_covariance(direct(at, n_only))))
    np.testing.assert_array_equal(np.isinf(cuts.errors[3]), np.isinf(expected))


def test_bias_of_a_linear_model_is_exact(at):
    """Data off by δd move the best fit of a linear model by F⁻¹ Jᵀ C⁻¹ δd."""
    shift = np.random.default_rng(0).normal(size=10)
    moved = at.bias(shift)
    weight = np.linalg.inv(np.linalg.cholesky(at.covariance))
    expected = np.linalg.lstsq(weight @ at.jacobian, weight @ shift, rcond=None)[0]
    np.testing.assert_allclose(list(moved.values()), expected, rtol=1e-8)
    with pytest.raises(DataError, match="shift"):
        at.bias(shift[:3])


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ({"n": inference.EVERYTHING}, [0, 1]),
        ({"n": (10.2, np.inf)}, [1]),
        ({"n": (9.0, 10.5)}, [0]),
        ({"wp": (1.0, np.inf)}, [3, 4, 6, 7]),
        ({"delta_sigma": (0.0, 1.0)}, [8]),
        ({"n": inference.EVERYTHING, "wp": (5.0, 9.0)}, [0, 1, 4, 7]),
        ({}, []),
    ],
)
def test_selection(ranges, expected):
    assert np.flatnonzero(inference.select(LAYOUT, **ranges)).tolist() == expected


def test_selection_needs_a_range():
    with pytest.raises(DataError, match="low < high"):
        inference.select(LAYOUT, wp=(2.0, 1.0))


def test_subsets_without_numbers_or_parameters(at):
    with pytest.raises(DataError, match="holds no number"):
        at.forecast("none", np.zeros(10, bool))
    with pytest.raises(DataError, match="fixes every parameter"):
        at.forecast("all", fixed=("x", "y", "z"))
    with pytest.raises(DataError, match="kept"):
        at.forecast("all", np.ones(3, bool))


def test_sensitivity_of_a_predictor(predictor, data, space, truth):
    held = space.replace(
        log_m_crit={"prior": models.Normal(11.5, 0.1), "value": 11.5},
        scatter_low={"tied": "scatter_high"},
    )
    at = inference.sensitivity(predictor, data, truth, held)
    assert at.theta["scatter_low"] == truth["scatter_high"]
    point = {**truth, "scatter_low": truth["scatter_high"]}
    expected = inference.fisher_matrix(predictor, data, point, held)
    np.testing.assert_allclose(at.without_priors().forecast("").fisher, expected, rtol=1e-6)
    added = at.forecast("").fisher - at.without_priors().forecast("").fisher
    np.testing.assert_allclose(np.diag(added), [100.0, 0.0, 0.0], atol=1e-3)
    with pytest.raises(HalogradError, match="unknown parameter"):
        inference.sensitivity(predictor, data, {"mass": 1.0}, space)
