import io
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest

from halograd import stats
from halograd.inference import DataVector, Observables
from halograd.report import figures
from halograd.report.figures._halo_bins import fine_weights, halo_bins
from halograd.report.style import save_png


def _drawn(case, name):
    layout, space = case.predictor.observables, case.predictor.model.space
    model = case.predictor.model
    return {
        "halos_slice": lambda: figures.halos_slice_figure(case.halos),
        "smhm": lambda: figures.smhm_figure(case.halos, model, case.curves, layout.samples),
        "mass_function": lambda: figures.mass_function_figure(
            case.halos, model, case.curves, layout, case.data
        ),
        "wp": lambda: figures.separations_figure("wp", case.curves, layout, case.data),
        "delta_sigma": lambda: figures.separations_figure(
            "delta_sigma", case.curves, layout, case.data
        ),
        "gradients": lambda: figures.gradients_figure(
            case.best, layout, space.parameters, data=case.data, steps=case.result.errors
        ),
        "convergence": lambda: figures.convergence_figure(
            [case.result, replace(case.result, method="adam")], space.parameters
        ),
        "pulls": lambda: figures.pulls_figure(
            case.result, space.parameters, truth=case.truth.theta, start=case.start.theta
        ),
        "corner": lambda: figures.corner_figure(case.result, space.parameters, case.truth.theta),
    }[name]()


def test_no_interactive_figure_is_left(case):
    import matplotlib.pyplot as plt

    for name in ("smhm", "pulls"):
        _drawn(case, name)
    assert plt.get_fignums() == []


def test_same_input_gives_the_same_bytes(case, tmp_path):
    for name in ("a.png", "b.png"):
        save_png(_drawn(case, "wp"), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_user_settings_do_not_leak_into_a_figure(case):
    plain, themed = io.BytesIO(), io.BytesIO()
    _drawn(case, "pulls").savefig(plain, format="rgba")
    with mpl.rc_context({"axes.facecolor": "black", "lines.linewidth": 9.0}):
        figure = _drawn(case, "pulls")
    figure.savefig(themed, format="rgba")
    assert plain.getvalue() == themed.getvalue()


def test_halo_bins_give_the_exact_density(case):
    edges = np.array([9.8, 10.0, 10.5, 11.0, np.inf])
    model, bins = case.predictor.model, halo_bins(case.halos, case.predictor.model)
    got = bins.density @ fine_weights(bins, model, case.best.theta, edges)
    mean = model.mean_log_mstar(case.best.theta, {"log_mpeak": case.halos.log_mpeak})
    weights = stats.sample_weights(mean, case.best.theta["scatter"], edges)
    want = stats.number_density(weights, case.halos.volume)
    np.testing.assert_allclose(got, want, rtol=2e-4)


def test_residuals_are_data_minus_model_over_error(case):
    figure = _drawn(case, "wp")
    wp, errors = case.data.parts.wp, case.data.error_parts.wp
    want = (wp - case.best.prediction.wp) / errors
    for row, bars in enumerate(figure.axes[1].containers):
        np.testing.assert_allclose(bars.lines[0].get_ydata(orig=False), want[row], rtol=1e-6)
    assert len(figure.axes[1].containers) == len(want)


def test_truth_and_start_are_drawn_only_where_given(case):
    layout = case.predictor.observables
    alone = figures.separations_figure("wp", [case.best], layout)
    all_three = figures.separations_figure("wp", case.curves, layout)
    assert len(alone.axes) == 1
    assert len(alone.axes[0].lines) == 2
    assert len(all_three.axes[0].lines) == 6


def test_values_below_zero_stay_off_the_log_axis_but_in_the_residuals(case):
    values = case.data.values.copy()
    values[len(case.predictor.observables.n)] = -3.0
    data = DataVector(case.data.observables, values, 1e4 * case.data.covariance)
    figure = figures.separations_figure("wp", case.curves, case.predictor.observables, data)
    n_bin = len(case.predictor.observables.rp)
    assert len(figure.axes[0].containers[0].lines[0].get_xdata()) == n_bin - 1
    assert len(figure.axes[1].containers[0].lines[0].get_xdata()) == n_bin


def test_gradients_are_in_units_of_the_errors(case):
    figure = _drawn(case, "gradients")
    n = len(case.predictor.observables.n)
    want = case.best.jacobian["slope"] * case.result.errors["slope"] / case.data.errors
    line = figure.axes[0].lines[2]  # after zero and height
    np.testing.assert_allclose(line.get_ydata(), want[:n][:2], rtol=1e-5)


def test_gradients_without_data_are_logarithmic(case):
    layout = case.predictor.observables
    parameters = case.predictor.model.space.parameters
    figure = figures.gradients_figure(case.best, layout, parameters)
    want = case.best.jacobian["height"][:2] / case.best.prediction.n[:2]
    np.testing.assert_allclose(figure.axes[0].lines[1].get_ydata(), want, rtol=1e-5)


def test_ellipses_hold_the_stated_mass(case):
    figure = _drawn(case, "corner")
    axes = figure.axes[3]  # second row, first column: height and slope
    inverse = np.linalg.inv(case.result.covariance[:2, :2])
    center = [case.result.theta["height"], case.result.theta["slope"]]
    inside = [1 - np.exp(-level / 2) for level in _levels(axes, center, inverse)]
    np.testing.assert_allclose(sorted(inside), [0.6827, 0.9545], atol=1e-3)


def _levels(axes, center, inverse):
    for line in axes.lines[:2]:
        apart = np.stack(line.get_data(), axis=1) - center
        level = np.einsum("ni,ij,nj->n", apart, inverse, apart)
        np.testing.assert_allclose(level, level[0], rtol=1e-6)
        yield level[0]


def test_infinite_errors_are_left_out(case, with_errors):
    parameters = case.predictor.model.space.parameters
    result = with_errors(slope=np.inf)
    assert len(figures.corner_figure(result, parameters).axes) == 4
    assert len(figures.pulls_figure(result, parameters).axes[0].get_yticks()) == 2
    save_nothing = io.BytesIO()
    figures.convergence_figure([result], parameters).savefig(save_nothing)
    hopeless = with_errors(height=np.inf, slope=np.inf, scatter=np.inf)
    assert figures.corner_figure(hopeless, parameters) is None


def test_convergence_ends_at_the_pull_of_the_result(case):
    parameters = case.predictor.model.space.parameters
    figure = figures.convergence_figure([case.result], parameters, case.truth.theta)
    pulls = figure.axes[2]
    want = (case.result.theta["height"] - 10.6) / case.result.errors["height"]
    ends = [line.get_ydata()[-1] for line in pulls.lines]
    assert np.isclose(ends, want).any()


@pytest.mark.parametrize("kind", ["bins", "thresholds", "none"])
def test_mass_function_of_every_layout(case, kind, tmp_path):
    n = {"bins": [(10, 10.5)], "thresholds": [(10.5, np.inf)], "none": []}[kind]
    layout = Observables(n=n, wp=[(10, 10.5)], rp_edges=[0.5, 5.0], pi_max=10.0)
    figure = figures.mass_function_figure(case.halos, case.predictor.model, [case.best], layout)
    assert len(figure.axes) == 1
    assert figure.axes[0].get_ylabel().startswith("$n(" if kind == "thresholds" else "$dn")
    save_png(figure, tmp_path / "figure.png")


def test_slice_holds_halos_across_the_boundary(case):
    halos = case.halos
    middle = halos.positions[np.argmax(halos.log_mpeak), 2]
    figure = figures.halos_slice_figure(halos, depth=12.0)
    apart = np.abs(halos.positions[:, 2] - middle)
    inside = (np.minimum(apart, 60 - apart) < 6) & ~halos.is_satellite
    circles = figure.axes[0].collections[0]
    assert len(circles.get_offsets()) == min(inside.sum(), 250)


def test_slice_without_particles(case, tmp_path):
    figure = figures.halos_slice_figure(replace(case.halos, particles=None))
    save_png(figure, tmp_path / "figure.png")
    assert len(figure.axes) == 1


def test_smhm_names_the_mass_proxy(case):
    halos = replace(case.halos, mass_proxy="vmax $km/s$")
    figure = figures.smhm_figure(halos, case.predictor.model, [case.best])
    assert "vmax" in figure.axes[1].get_xlabel()
    figure.savefig(io.BytesIO())


def test_one_halo_is_enough(case):
    figure = figures.smhm_figure(case.halos[:1], case.predictor.model, [case.best])
    figure.savefig(io.BytesIO())
