"""Tables for models of several columns: how exact, how they are kept, what is refused."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import inference, models
from halograd._sealed import DamagedFileError, Sealed, write_sealed
from halograd.errors import DataError, HalogradError
from halograd.inference import MassNodes, ReducedBasis
from halograd.models import GalaxyHaloModel, Parameter, ParameterSpace
from halograd.predict.tables.tracers import DistinctTracers, choose, inclusion, systematic
from oracles.assembly_bias_hod import AssemblyBiasHod, halos_with_satellite_points
from oracles.toy_universe import toy_universe

RANGES = {
    "log_m_cut": (12.0, 12.3),
    "sigma": (0.3, 0.6),
    "log_m1": (13.0, 13.4),
    "a_cen": (-0.4, 0.4),
    "b_sat": (-0.4, 0.4),
}
THETA = {"log_m_cut": 12.1, "log_m1": 13.2, "a_cen": 0.2, "b_cen": -0.2, "a_sat": 0.3}
CROSS = ("central", "satellite")


def layout(**changes):
    return inference.Observables(
        **{
            "n": ["all", "central"],
            "wp": ["all", CROSS],
            "rp_edges": [0.2, 1.0, 4.0, 12.0],
            "pi_max": 15.0,
            "delta_sigma": ["satellite"],
            "r_edges": [0.3, 1.0, 4.0],
            **changes,
        }
    )


@pytest.fixture(scope="module")
def halos():
    return halos_with_satellite_points(log_mpeak_min=11.5, particles=True)


@pytest.fixture(scope="module")
def direct(halos):
    return inference.Predictor(halos, AssemblyBiasHod(), layout())


@pytest.fixture(scope="module")
def space(direct):
    fixed = {name: {"free": False} for name in direct.model.space.names if name not in RANGES}
    moved = {
        name: {"low": low, "high": high, "value": (low + high) / 2}
        for name, (low, high) in RANGES.items()
    }
    return direct.model.space.replace(**fixed, **moved)


@pytest.fixture(scope="module")
def tabulated(direct, space):
    return inference.tabulate(direct, space=space, n_draw=200, n_check=6)


def test_the_tolerance_is_met_at_other_draws(direct, tabulated, space):
    assert tabulated.accuracy.is_met
    assert {error.name for error in tabulated.accuracy.errors} == {"n", "wp", "delta_sigma"}
    assert "functions; largest error over 6 other draws" in str(tabulated.accuracy)
    for i in range(5):
        theta = {name: values[i] for name, values in space.draw(99, 5).items()}
        ours, truth = tabulated(theta), direct(theta)
        np.testing.assert_allclose(ours.n, truth.n, rtol=1e-3)
        np.testing.assert_allclose(ours.delta_sigma, truth.delta_sigma, rtol=2e-3)
        np.testing.assert_allclose(ours.wp, truth.wp, rtol=2e-3)


@pytest.mark.slow
def test_the_jacobian_is_that_of_the_direct_engine(direct, space):
    tabulated = inference.tabulate(direct, space=space, n_draw=200, n_check=1, n_node=80)
    theta = {**THETA, "b_cen": 0.0, "a_sat": 0.0}
    _, ours = tabulated.value_and_jacobian(theta)
    vector, exact = direct.value_and_jacobian(theta)
    values = direct.observables.parts(vector)
    for name in RANGES:
        parts = direct.observables.parts(np.asarray(exact[name]))
        for statistic, found in direct.observables.parts(np.asarray(ours[name])).items():
            scale = np.abs(parts[statistic]).max() + 0.02 * np.abs(values[statistic]).max()
            np.testing.assert_allclose(found, parts[statistic], rtol=5e-3, atol=5e-3 * scale)


def test_derivatives_against_finite_differences(tabulated):
    with jax.enable_x64(True):
        _, jacobian = tabulated.value_and_jacobian(THETA)
        for name in tabulated.model.space.names:
            value = {**tabulated.model.space.defaults, **THETA}[name]
            ahead, behind = (
                tabulated({**THETA, name: value + step}).vector for step in (1e-5, -1e-5)
            )
            slope = (ahead - behind) / 2e-5
            np.testing.assert_allclose(
                jacobian[name], slope, rtol=1e-5, atol=1e-7 * np.abs(slope).max()
            )


def test_float32_is_close_to_float64(tabulated):
    single = np.asarray(tabulated(THETA).vector)
    with jax.enable_x64(True):
        double = np.asarray(tabulated(THETA).vector)
    assert double.dtype == np.float64
    np.testing.assert_allclose(single, double, rtol=1e-4)


def test_samples_without_galaxies_are_named(tabulated):
    theta = {"log_m_cut": 13.3, "sigma": 0.02, "a_cen": -0.5}
    assert tabulated.empty_samples(THETA) == ()
    empty = inference.TabulatedPredictor(tabulated.table, NoGalaxies(), tabulated.observables)
    assert len(empty.empty_samples({})) == 3
    np.testing.assert_array_equal(empty({}).vector, 0.0)
    assert np.isfinite(tabulated(theta).vector).all()


class NoGalaxies(AssemblyBiasHod):
    def weights(self, theta, columns, samples):
        return jnp.zeros((len(columns["log_mpeak"]), len(samples)))


@pytest.mark.slow
def test_multipoles_of_two_lines_of_sight(halos, space):
    observables = inference.Observables(
        multipoles=["central", CROSS],
        s_edges=[1.0, 3.0, 8.0],
        ells=[0, 2],
        n_mu=4,
        lines_of_sight=[0, 2],
    )
    direct = inference.Predictor(halos, AssemblyBiasHod(), observables)
    tabulated = inference.tabulate(direct, space=space, n_draw=60, n_check=3, n_node=60)
    assert len(tabulated.prepared["multipoles"]) == 2
    theta = {name: values[0] for name, values in space.draw(5, 1).items()}
    exact = direct(theta).multipoles
    np.testing.assert_allclose(
        tabulated(theta).multipoles, exact, rtol=5e-3, atol=5e-3 * np.abs(exact).max()
    )


@pytest.mark.slow
def test_more_functions_are_more_exact(direct, space):
    few, many = (
        inference.tabulate(direct, space=space, n_draw=100, n_check=2, n_node=n).accuracy
        for n in (8, 64)
    )
    assert (few.n_node, many.n_node) == (8, 64)
    assert not few.is_met
    assert few.worst > 5 * many.worst


class Linear(GalaxyHaloModel):
    """Weights that two functions of the columns span exactly."""

    needs: ClassVar[tuple[str, ...]] = ("log_mpeak", "rank_environment")

    @property
    def space(self):
        return ParameterSpace([Parameter("p", 0.5, 0.0, 1.0), Parameter("q", 0.5, 0.0, 1.0)])

    def weights(self, theta, columns, samples):
        first = jnp.exp(columns["log_mpeak"] - 13.0)
        second = 1.0 + columns["rank_environment"]
        both = 0.1 * (theta["p"] * first + theta["q"] * second)
        return jnp.broadcast_to(both[:, None], (len(both), len(samples)))


def test_weights_that_few_functions_span_are_exact(halos):
    observables = layout(n=["all"], wp=["all"], delta_sigma=["all"])
    direct = inference.Predictor(halos, Linear(), observables)
    tabulated = inference.tabulate(direct, n_draw=20, n_check=4)
    assert tabulated.accuracy.n_node == 2
    np.testing.assert_allclose(tabulated({"p": 0.1}).vector, direct({"p": 0.1}).vector, rtol=2e-5)


@pytest.mark.slow
def test_a_basis_for_a_model_of_mass_alone(observables, truth):
    direct = inference.Predictor(toy_universe(n_halo=4000), models.SmhmModel(), observables)
    fixed = {n: {"free": n in truth} for n in direct.model.space.names}
    space = direct.model.space.at(truth).replace(
        **fixed | {name: {"low": v - 0.1, "high": v + 0.1} for name, v in truth.items()}
    )
    tabulated = inference.tabulate(direct, method=ReducedBasis(), space=space, n_draw=100)
    np.testing.assert_allclose(tabulated(truth).vector, direct(truth).vector, rtol=1e-3)


@pytest.mark.slow
def test_observables_without_pairs(halos, direct, space):
    observables = inference.Observables(
        n=["central"], delta_sigma=["satellite"], r_edges=direct.observables.r_edges
    )
    predictor = inference.Predictor(halos, direct.model, observables, profiles=direct.profiles)
    tabulated = inference.tabulate(predictor, space=space, n_draw=100, n_check=2)
    theta = {name: values[0] for name, values in space.draw(7, 1).items()}
    np.testing.assert_allclose(tabulated(theta).vector, predictor(theta).vector, rtol=2e-3)


@pytest.mark.slow
def test_draws_may_be_given(direct, space):
    draws = {name: values for name, values in space.draw(3, 40).items()}
    accuracy = inference.tabulate(direct, draws=draws, n_check=2, n_node=20).accuracy
    assert (accuracy.n_draw, accuracy.n_check) == (32, 2)
    with pytest.raises(HalogradError, match="two draws or more"):
        inference.tabulate(direct, draws={"sigma": [0.3]})


class TestWhatIsRefused:
    def test_other_samples(self, tabulated):
        fewer = layout(n=["central"], wp=["satellite"])
        inference.TabulatedPredictor(tabulated.table, tabulated.model, fewer)
        other = layout(wp=[(10.0, 11.0)])
        with pytest.raises(DataError, match=r"made for .*does not know 10 < log M"):
            inference.TabulatedPredictor(tabulated.table, tabulated.model, other)

    def test_other_bins(self, tabulated):
        with pytest.raises(DataError, match="made with rp_edges"):
            inference.TabulatedPredictor(
                tabulated.table, tabulated.model, layout(rp_edges=[0.2, 2.0, 12.0])
            )

    def test_other_columns(self, tabulated):
        class More(AssemblyBiasHod):
            needs: ClassVar[tuple[str, ...]] = (*AssemblyBiasHod.needs, "spin")

        with pytest.raises(DataError, match="looks at spin"):
            inference.TabulatedPredictor(tabulated.table, More(), layout())

    def test_nodes_in_mass_for_other_columns(self, direct):
        with pytest.raises(HalogradError, match="look at log_mpeak alone"):
            inference.tabulate(direct, method=MassNodes())

    @pytest.mark.parametrize("how", ["mean", "host", "length"])
    def test_a_model_that_looks_at_other_halos(self, halos, how):
        class OfOthers(AssemblyBiasHod):
            needs: ClassVar[tuple[str, ...]] = (*AssemblyBiasHod.needs, "host_index")

            def weights(self, theta, columns, samples):
                found = super().weights(theta, columns, samples)
                if how == "mean":
                    return found * jnp.mean(columns["log_mpeak"] > 12.5)
                if how == "host":
                    return found * (1 + columns["rank_environment"][columns["host_index"]])[:, None]
                return found * jnp.ones((len(halos), 1))

        direct = inference.Predictor(halos, OfOthers(), layout())
        with pytest.raises(HalogradError, match="looks at other halos too"):
            inference.tabulate(direct, n_draw=10, n_check=1)

    def test_weights_that_are_not_finite(self, direct, halos):
        class Broken(AssemblyBiasHod):
            def weights(self, theta, columns, samples):
                return super().weights(theta, columns, samples) / (theta["kappa"] > 0.2)

        broken = inference.Predictor(halos, Broken(), layout(), profiles=direct.profiles)
        with pytest.raises(
            HalogradError, match=r"NaN or infinite at \d+ of 20 draws, the first at"
        ):
            inference.tabulate(broken, n_draw=20, n_check=1)

    def test_draws_without_galaxies(self, direct):
        draws = {"log_m_cut": np.full(8, 13.3), "sigma": np.full(8, 1e-3), "a_cen": np.full(8, 0.5)}
        with pytest.raises(HalogradError, match="no sample has 300 galaxies"):
            inference.tabulate(direct, draws=draws)


class Killed(Exception):
    """Stands for a run that is killed."""


@pytest.mark.slow
def test_counting_goes_on_where_it_was_killed(direct, space, tmp_path, monkeypatch):
    def tabulate(on_progress=lambda task, done, total: None, checkpoint=None):
        return inference.tabulate(
            direct,
            space=space,
            n_draw=60,
            n_check=2,
            n_node=32,
            checkpoint=checkpoint,
            on_progress=on_progress,
        )

    monkeypatch.setattr("halograd.predict.tables.basis_counts._INTERVAL", 0.0)
    begun = []

    def killed(task, done, total):
        begun.append((task, done, total))
        if task.startswith("counting") and done == 16:
            raise Killed

    path = tmp_path / ".table.part.h5"
    with pytest.raises(Killed):
        tabulate(killed, path)
    assert ("counting pairs between functions", 0, 32) in begun
    resumed = []
    again = tabulate(lambda task, done, total: resumed.append((task, done)), path)
    assert ("counting pairs between functions", 0) not in resumed
    whole = tabulate()
    np.testing.assert_array_equal(again(THETA).vector, whole(THETA).vector)
    np.testing.assert_array_equal(
        again.table.pairs["wp"].plan.counts.numpy(), whole.table.pairs["wp"].plan.counts.numpy()
    )
    with pytest.raises(HalogradError, match="other functions"):
        inference.tabulate(direct, space=space, n_draw=50, n_check=2, n_node=32, checkpoint=path)


class TestFiles:
    @staticmethod
    def identity(halos, **changes):
        return inference.halo_table_identity(halos, layout(**changes), model=AssemblyBiasHod())

    @pytest.fixture
    def saved(self, tabulated, halos, tmp_path):
        tabulated.table.save(tmp_path / "table.h5", self.identity(halos))
        return tmp_path / "table.h5"

    def test_what_is_read_is_what_was_written(self, saved, tabulated, halos):
        table = inference.HaloTable.load(saved, self.identity(halos))
        again = inference.TabulatedPredictor(table, tabulated.model, layout())
        np.testing.assert_array_equal(again(THETA).vector, tabulated(THETA).vector)
        assert again.accuracy == tabulated.accuracy
        assert table.samples == tabulated.table.samples

    def test_other_columns_or_samples_are_refused(self, saved, halos):
        other = halos.with_columns(rank_environment=halos.extra["rank_environment"][::-1])
        with pytest.raises(HalogradError, match="other halos: rank_environment"):
            inference.HaloTable.load(saved, self.identity(other))
        with pytest.raises(HalogradError, match="other samples"):
            inference.HaloTable.load(saved, self.identity(halos, n=["satellite"], wp=["all"]))

    def test_files_of_another_kind_are_refused(self, tmp_path):
        write_sealed(tmp_path / "old.h5", "halograd halo table 2", Sealed({}, {}))
        with pytest.raises(
            DamagedFileError, match="halo table 2', and 'halograd halo table 3' was"
        ):
            inference.HaloTable.load(tmp_path / "old.h5")

    def test_damage_is_found(self, saved):
        whole = saved.read_bytes()
        saved.write_bytes(whole[: len(whole) // 3])
        with pytest.raises(DamagedFileError):
            inference.HaloTable.load(saved)


class TestTracers:
    def test_halos_that_agree_are_one(self):
        rng = np.random.default_rng(0)
        mass, flag = rng.integers(5, size=200) / 7.0, rng.random(200) < 0.5
        vector = rng.integers(2, size=(200, 2))
        tracers = DistinctTracers({"mass": mass, "flag": flag, "vector": vector})
        rows = np.column_stack([mass, flag, vector])
        assert len(tracers) == len(np.unique(rows, axis=0))
        np.testing.assert_array_equal(tracers.at_halos(tracers.columns["mass"]), mass)
        np.testing.assert_array_equal(tracers.at_halos(tracers.columns["vector"]), vector)
        np.testing.assert_allclose(tracers.count @ tracers.columns["mass"], mass.sum(), rtol=1e-12)
        np.testing.assert_allclose(tracers.summed(rows).sum(axis=0), rows.sum(axis=0), rtol=1e-12)

    def test_inclusion_is_in_proportion_and_at_most_one(self):
        size = np.array([1.0, 2.0, 3.0, 1000.0, 4.0])
        chance = inclusion(size, 3)
        assert chance[3] == 1
        np.testing.assert_allclose(chance[[0, 1, 2, 4]], np.array([1, 2, 3, 4]) / 5)
        np.testing.assert_array_equal(inclusion(size, 5), 1.0)

    def test_systematic_choice_has_its_probabilities(self):
        chance = inclusion(np.random.default_rng(1).random(50) ** 3, 12)
        along = np.random.default_rng(2).random(50)
        chosen = [systematic(chance, along, seed) for seed in range(4000)]
        assert all(len(np.unique(rows)) == len(rows) for rows in chosen)
        assert {len(rows) for rows in chosen} <= {11, 12, 13}
        found = np.bincount(np.concatenate(chosen), minlength=50) / len(chosen)
        np.testing.assert_allclose(found, chance, atol=0.04)

    def test_chosen_rows_recover_functions(self):
        rng = np.random.default_rng(3)
        count = rng.integers(1, 4, size=500).astype(float)
        functions = np.linalg.qr(rng.standard_normal((500, 6)) ** 3)[0] / np.sqrt(count)[:, None]
        rows = choose(functions, count, 60, seed=0)
        assert 55 <= len(rows.rows) <= 65
        found = rows.to_functions(functions) @ functions[rows.rows]
        np.testing.assert_allclose(found, np.eye(6), atol=1e-10)
