import numpy as np
import pytest

from halograd.errors import DataError
from halograd.inference import DataVector, Observables
from halograd.stats import percival


def test_layout_order_and_split(observables):
    assert [s.shape for s in observables.statistics] == [(2,), (2, 3), (1, 2)]
    assert observables.size == 10
    parts = observables.split(np.arange(10.0))
    np.testing.assert_array_equal(parts.n, [0, 1])
    np.testing.assert_array_equal(parts.wp, [[2, 3, 4], [5, 6, 7]])
    np.testing.assert_array_equal(parts.delta_sigma, [[8, 9]])
    np.testing.assert_array_equal(parts.vector, np.arange(10.0))


def test_whitening_gives_chi2(data):
    apart = np.random.default_rng(0).normal(size=len(data.values)) * data.errors
    chi2 = apart @ np.linalg.solve(data.covariance, apart)
    np.testing.assert_allclose(np.sum((data.whitener @ apart) ** 2), chi2, rtol=1e-9)


def test_save_and_load(data, tmp_path):
    data.save(tmp_path / "data.hdf5")
    loaded = DataVector.load(tmp_path / "data.hdf5")
    np.testing.assert_array_equal(loaded.values, data.values)
    np.testing.assert_array_equal(loaded.covariance, data.covariance)
    assert loaded.observables.samples == data.observables.samples
    assert loaded.observables.pi_max == data.observables.pi_max


def test_realisations_and_notes_are_saved(data, tmp_path):
    estimated = DataVector(
        data.observables,
        data.values,
        data.covariance,
        n_realisation=40,
        notes={"wp: reference": "Zehavi et al. 2011"},
    )
    estimated.save(tmp_path / "data.hdf5")
    loaded = DataVector.load(tmp_path / "data.hdf5")
    assert loaded.n_realisation == 40
    assert loaded.notes == estimated.notes
    data.save(tmp_path / "exact.hdf5")
    assert DataVector.load(tmp_path / "exact.hdf5").n_realisation is None


def test_whiteners_of_an_estimated_covariance(data):
    estimated = DataVector(data.observables, data.values, data.covariance, n_realisation=40)
    np.testing.assert_allclose(estimated.whitener, data.whitener * np.sqrt((40 - 10 - 2) / 39))
    factor = percival(40, 10, 3)
    np.testing.assert_allclose(estimated.whitener_for(3), data.whitener / np.sqrt(factor))
    np.testing.assert_array_equal(data.whitener_for(3), data.whitener)


@pytest.mark.parametrize("n_realisation", [14, 0, 20.5])
def test_too_few_realisations(data, n_realisation):
    with pytest.raises(DataError, match=r"at least n_data \+ 5 = 15"):
        DataVector(data.observables, data.values, data.covariance, n_realisation=n_realisation)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"n": [(10.0, 10.6), (10.5, np.inf)]},
            r"samples of n: 10 < log M\* < 10\.5; log M\* > 10\.5 and",
        ),
        ({"rp_edges": [0.2, 1.0, 4.0, 16.0]}, "rp_edges"),
        ({"rp_edges": [0.2, 1.0, 4.0]}, "rp_edges"),
        ({"pi_max": 25.0}, r"pi_max: 20\.0 and 25\.0"),
        ({"delta_sigma": [], "r_edges": None}, r"samples of delta_sigma: log M\* > 10\.5 and none"),
    ],
)
def test_other_observables_are_named(data, observables, changes, message):
    layout = {
        name: getattr(observables, name)
        for name in ("n", "wp", "delta_sigma", "rp_edges", "r_edges", "pi_max")
    }
    data.check_matches(Observables(**layout))
    with pytest.raises(DataError, match=message):
        data.check_matches(Observables(**(layout | changes)))


@pytest.mark.parametrize("size", [0, 100, 3000])
def test_truncated_file(data, tmp_path, size):
    path = tmp_path / "data.hdf5"
    data.save(path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataError, match="data vector"):
        DataVector.load(path)


N_ONLY = Observables(n=[(10.0, 11.0), (11.0, 12.0)])


@pytest.mark.parametrize(
    ("values", "covariance", "message"),
    [
        ([1.0], np.eye(2), "shape"),
        ([1.0, np.nan], np.eye(2), "finite"),
        ([1.0, 2.0], np.eye(3), "shape"),
        ([1.0, 2.0], np.ones((2, 2)), "positive definite"),
        ([1.0, 2.0], np.diag([1.0, -1.0]), "positive definite"),
        ([1.0, 2.0], np.diag([1.0, 0.0]), "positive definite"),
        ([1.0, 2.0], [[1.0, 0.5], [0.1, 1.0]], "symmetric"),
        ([1.0, 2.0], [[1.0, np.inf], [np.inf, 1.0]], "finite"),
    ],
)
def test_bad_data(values, covariance, message):
    with pytest.raises(DataError, match=message):
        DataVector(N_ONLY, values, covariance)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "at least one sample"),
        ({"n": [(11.0, 10.0)]}, "low < high"),
        ({"n": [(10.0, np.nan)]}, "low < high"),
        ({"n": [(10.0, 11.0), (10.0, 11.0)]}, "twice"),
        ({"wp": [(10.0, 11.0)], "rp_edges": [1.0, 2.0]}, "pi_max"),
        ({"wp": [(10.0, 11.0)], "pi_max": 20.0}, "rp_edges"),
        ({"wp": [(10.0, 11.0)], "pi_max": 20.0, "rp_edges": [2.0, 1.0]}, "increase"),
        ({"delta_sigma": [(10.0, 11.0)]}, "r_edges"),
    ],
)
def test_bad_layout(arguments, message):
    with pytest.raises(DataError, match=message):
        Observables(**arguments)


def test_a_data_vector_says_what_it_holds(data):
    sizes = {s.name: s.size for s in data.observables.statistics}
    for name, size in sizes.items():
        assert f"{name} {size}" in repr(data)
    assert f"{sum(sizes.values())} numbers" in repr(data)
