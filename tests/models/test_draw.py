"""Drawn mocks: their mean is the exact prediction, and what is saved is what was drawn."""

import jax
import numpy as np
import pytest

from halograd import models, stats
from halograd.errors import HalogradError
from halograd.pairs import ProjectedPairs
from halograd.samples import samples_from
from oracles.toy_universe import BOXSIZE, toy_universe

EDGES = np.array([10.0, 10.6, np.inf])
SAMPLES = samples_from(zip(EDGES[:-1], EDGES[1:], strict=True))
RP_EDGES = np.array([0.2, 1.0, 4.0, 15.0])


@pytest.fixture(scope="module")
def universe():
    return toy_universe()


@pytest.mark.parametrize("kernel", ["triweight", "normal"])
def test_mean_of_200_mocks_is_the_exact_prediction(universe, kernel):
    model, theta = models.SmhmModel(kernel=kernel), {"scatter_low": 0.4, "scatter_high": 0.3}
    pairs = ProjectedPairs(universe.positions, BOXSIZE, RP_EDGES, 20.0)
    profiles = stats.delta_sigma_profiles(
        universe.positions, universe.particles, np.array([0.3, 1.0, 4.0])
    )

    @jax.jit
    def statistics(weights):
        total = stats.number_density(weights, universe.volume)
        # the sum over the sample, whose expectation is exact; ΔΣ itself is a ratio
        return total, stats.delta_sigma(weights, profiles) * total[:, None], pairs(weights)

    exact = statistics(model.weights(theta, {"log_mpeak": universe.log_mpeak}, SAMPLES))

    drawn = []
    for seed in range(200):
        mock = models.draw_galaxies(jax.random.key(seed), universe, model, theta)
        member = (mock.log_mstar[:, None] >= EDGES[:-1]) & (mock.log_mstar[:, None] < EDGES[1:])
        drawn.append(statistics(member.astype(np.float32)))
    for expected, mocks in zip(exact, zip(*drawn, strict=True), strict=True):
        mocks = np.asarray(mocks, np.float64)
        error = mocks.std(axis=0, ddof=1) / np.sqrt(200)
        pull = (mocks.mean(axis=0) - expected) / error
        assert (error > 0).all()
        assert np.abs(pull).max() < 4
        assert np.sqrt(np.mean(pull**2)) < 2


def test_a_key_draws_the_same_galaxies_again(universe):
    model = models.SmhmModel()
    first, again, other = (
        models.draw_galaxies(jax.random.key(seed), universe, model, {}, log_mstar_min=9.5)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.log_mstar, again.log_mstar)
    assert len(first) != len(other) or (first.log_mstar != other.log_mstar).any()
    assert first.log_mstar.min() >= 9.5
    np.testing.assert_array_equal(first.positions, universe.positions[first.halo_row])
    np.testing.assert_array_equal(first.is_satellite, universe.is_satellite[first.halo_row])


def read_back(path):
    if path.suffix in {".hdf5", ".h5"}:
        import h5py

        with h5py.File(path) as file:
            return {name: file[name][:] for name in file}, file.attrs["boxsize"]
    if path.suffix == ".parquet":
        import json

        import pyarrow.parquet as pq

        table = pq.read_table(path)
        columns = {name: table[name].to_numpy() for name in table.column_names}
        return columns, json.loads(table.schema.metadata[b"boxsize"])
    from astropy.io import fits

    with fits.open(path) as file:
        header, data = file[1].header, file[1].data
        columns = {name: np.array(data[name]) for name in data.names}
        return columns, [header[f"BOXSIZE{axis}"] for axis in range(3)]


@pytest.mark.parametrize("suffix", [".hdf5", ".h5", ".parquet", ".fits"])
def test_saved_in_every_format(universe, tmp_path, suffix):
    mock = models.draw_galaxies(jax.random.key(0), universe, models.SmhmModel(), {})
    path = tmp_path / f"mock{suffix}"
    mock.save(path)
    columns, boxsize = read_back(path)
    assert set(columns) == set(mock.columns())
    for name, values in mock.columns().items():
        np.testing.assert_array_equal(columns[name], values)
    np.testing.assert_array_equal(boxsize, [BOXSIZE] * 3)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_unknown_suffix_and_parameter(universe, tmp_path):
    mock = models.draw_galaxies(jax.random.key(0), universe, models.SmhmModel(), {})
    with pytest.raises(HalogradError, match=r"\.fits"):
        mock.save(tmp_path / "mock.txt")
    with pytest.raises(HalogradError, match="did you mean 'scatter_low'"):
        models.draw_galaxies(jax.random.key(0), universe, models.SmhmModel(), {"scater_low": 0.1})
