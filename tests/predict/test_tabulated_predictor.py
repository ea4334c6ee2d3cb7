"""A table in the place of a catalogue: how exact, how it is kept, what is refused."""

import dataclasses

import jax
import numpy as np
import pytest

from halograd import inference, models
from halograd._sealed import DamagedFileError
from halograd.errors import DataError, HalogradError
from oracles.toy_universe import toy_universe

RANGES = {
    "log_m_crit": (11.2, 11.7),
    "log_ratio_crit": (-1.9, -1.3),
    "scatter_high": (0.1, 0.4),
}


@pytest.fixture(scope="module")
def direct(observables):
    return inference.Predictor(toy_universe(n_halo=4000), models.SmhmModel(), observables)


@pytest.fixture(scope="module")
def space(direct):
    fixed = {name: {"free": False} for name in ("low_end", "high_start", "scatter_low")}
    moved = {name: {"low": low, "high": high} for name, (low, high) in RANGES.items()}
    return direct.model.space.replace(**fixed, **moved)


@pytest.fixture(scope="module")
def tabulated(direct, space):
    return inference.tabulate(direct, space=space, n_draw=30, n_check=6)


def test_the_tolerance_is_met_at_other_draws(direct, tabulated, space):
    assert tabulated.accuracy.is_met
    assert len(tabulated.accuracy.errors) == 3
    assert 20 < tabulated.accuracy.n_node < 300
    for i in range(5):
        theta = {name: values[i] for name, values in space.draw(99, 5).items()}
        ours, truth = tabulated(theta), direct(theta)
        np.testing.assert_allclose(ours.n, truth.n, rtol=1e-3)
        np.testing.assert_allclose(ours.delta_sigma, truth.delta_sigma, rtol=1e-3)
        np.testing.assert_allclose(ours.wp, truth.wp, rtol=2e-3)


def test_the_jacobian_is_that_of_the_direct_engine(direct, tabulated, truth):
    _, ours = tabulated.value_and_jacobian(truth)
    _, exact = direct.value_and_jacobian(truth)
    for name in RANGES:
        scale = np.abs(exact[name]).max()
        np.testing.assert_allclose(ours[name], exact[name], rtol=0.02, atol=2e-3 * scale)


def test_derivatives_against_finite_differences(tabulated, truth):
    with jax.enable_x64(True):
        _, jacobian = tabulated.value_and_jacobian(truth)
        for name in RANGES:
            ahead, behind = (
                tabulated({**truth, name: truth[name] + step}).vector for step in (1e-5, -1e-5)
            )
            np.testing.assert_allclose(
                jacobian[name], (ahead - behind) / 2e-5, rtol=1e-5, atol=1e-5
            )


def test_float32_is_close_to_float64(tabulated, truth):
    single = np.asarray(tabulated(truth).vector)
    with jax.enable_x64(True):
        double = np.asarray(tabulated(truth).vector)
    assert double.dtype == np.float64
    np.testing.assert_allclose(single, double, rtol=1e-4)


def test_fits_go_through_a_table(direct, tabulated, space, truth, observables):
    prediction = direct(truth)
    covariance = inference.survey_covariance(prediction, observables, volume=1e6)
    data = inference.DataVector(observables, prediction.vector, covariance)
    result = inference.fit(tabulated, data, space=space)
    assert result.converged
    assert all(abs(result.theta[name] - truth[name]) < result.errors[name] for name in RANGES)


def test_samples_without_galaxies_are_named(tabulated):
    theta = {"log_ratio_crit": -4.5, "scatter_low": 0.02, "scatter_high": 0.02}
    assert len(tabulated.empty_samples(theta)) == 2
    np.testing.assert_array_equal(tabulated(theta).vector, 0.0)
    assert tabulated.empty_samples({}) == ()


def test_more_nodes_are_more_exact(direct, space):
    few, many = (
        inference.tabulate(direct, space=space, n_draw=10, n_check=2, n_node=n).accuracy
        for n in (10, 60)
    )
    assert few.n_node <= 10 < many.n_node <= 60
    assert not few.is_met
    assert few.worst > 5 * many.worst


def test_draws_may_be_given_and_errors_over_them_are_reported(direct):
    draws = {"log_ratio_crit": np.linspace(-1.6, -1.4, 4)}
    tabulated = inference.tabulate(direct, draws=draws, n_check=10)
    assert tabulated.accuracy.n_draw == tabulated.accuracy.n_check == 4
    assert tabulated.accuracy.is_met
    assert "over 4 of 4 draws" in str(tabulated.accuracy)


def test_observables_without_pairs(direct, space, truth):
    lensing = inference.Observables(
        n=direct.observables.n,
        delta_sigma=direct.observables.delta_sigma,
        r_edges=direct.observables.r_edges,
    )
    halos = toy_universe(n_halo=4000)
    predictor = inference.Predictor(halos, direct.model, lensing, profiles=direct.profiles)
    tabulated = inference.tabulate(predictor, space=space, n_draw=4, n_check=2)
    assert tabulated.pairs is None
    np.testing.assert_allclose(tabulated(truth).vector, predictor(truth).vector, rtol=1e-4)
    with pytest.raises(DataError, match="holds no wp"):
        inference.TabulatedPredictor(tabulated.table, direct.model, direct.observables)


def test_other_bins_are_refused(tabulated, observables):
    wider = inference.Observables(
        wp=observables.wp, rp_edges=[0.2, 2.0, 15.0], pi_max=observables.pi_max
    )
    with pytest.raises(DataError, match="made with rp_edges"):
        inference.TabulatedPredictor(tabulated.table, tabulated.model, wider)


def test_other_samples_are_welcome(direct, tabulated, truth, observables):
    sample = [(10.2, np.inf)]
    layout = inference.Observables(
        wp=sample, rp_edges=observables.rp_edges, pi_max=observables.pi_max
    )
    ours = inference.TabulatedPredictor(tabulated.table, tabulated.model, layout)(truth)
    exact = inference.Predictor(toy_universe(n_halo=4000), direct.model, layout)(truth)
    np.testing.assert_allclose(ours.wp, exact.wp, rtol=5e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": 0.0}, "tolerance must be positive"),
        ({"n_check": 0}, "n_check = 0"),
        ({"draws": {"alpha": [1.0]}}, "unknown parameter"),
        ({"draws": {"k": [1.0, 2.0], "low_k": [1.0] * 3}}, "one length"),
        ({"draws": {"log_ratio_crit": [-4.5]}}, "no sample has 300 galaxies"),
    ],
)
def test_what_cannot_be_tabulated(direct, options, message):
    with pytest.raises(HalogradError, match=message):
        inference.tabulate(direct, **options)


def test_a_table_of_a_table(tabulated):
    with pytest.raises(HalogradError, match="direct predictor"):
        inference.tabulate(tabulated)


def test_halos_of_one_mass(observables):
    halos = toy_universe(n_halo=50)
    halos = dataclasses.replace(halos, log_mpeak=np.full(50, 12.0))
    predictor = inference.Predictor(halos, models.SmhmModel(), observables)
    with pytest.raises(HalogradError, match="two masses"):
        inference.tabulate(predictor)


class TestFiles:
    @staticmethod
    def identity(halos=None, layout=None, **request):
        return inference.halo_table_identity(halos or toy_universe(n_halo=4000), layout, request)

    @pytest.fixture
    def saved(self, tabulated, observables, tmp_path):
        tabulated.table.save(tmp_path / "table.h5", self.identity(layout=observables, seed=1))
        return tmp_path / "table.h5"

    def test_what_is_read_is_what_was_written(self, saved, tabulated, observables, truth):
        table = inference.HaloTable.load(saved, self.identity(layout=observables, seed=1))
        again = inference.TabulatedPredictor(table, tabulated.model, observables)
        np.testing.assert_array_equal(again(truth).vector, tabulated(truth).vector)
        assert again.accuracy == tabulated.accuracy

    def test_a_table_of_other_halos_or_another_request_is_refused(self, saved, observables):
        other = toy_universe(n_halo=4000, seed=1)
        with pytest.raises(HalogradError, match="other halos: log_mpeak"):
            inference.HaloTable.load(saved, self.identity(other, observables, seed=1))
        with pytest.raises(HalogradError, match="other request: seed is 1 in it and 2"):
            inference.HaloTable.load(saved, self.identity(layout=observables, seed=2))

    def test_damage_is_found(self, saved):
        whole = saved.read_bytes()
        saved.write_bytes(whole[: len(whole) // 3])
        with pytest.raises(DamagedFileError):
            inference.HaloTable.load(saved)
