import shutil

import numpy as np
import pytest
from scipy import stats as distributions

from halograd import catalogs, stats
from halograd.catalogs import Particles
from halograd.errors import HalogradError
from halograd.stats import subsampling
from oracles.toy_universe import toy_universe

EDGES = np.geomspace(0.2, 8.0, 5)
FRACTION = 0.2


@pytest.fixture(scope="module")
def universe():
    return toy_universe(n_particle=4000)


@pytest.fixture(scope="module")
def weights(universe):
    return np.random.default_rng(1).random((len(universe), 2))


def stacked(universe, weights, particles):
    profiles = stats.delta_sigma_profiles(universe.positions, particles, EDGES)
    return np.asarray(stats.delta_sigma(weights, profiles), np.float64).ravel()


def theory(universe, weights, particles):
    return stats.subsampling_covariance(weights, universe.positions, particles, EDGES)


def check_scatter(found, expected, whole):
    """Draws (n_draw, n) against their covariance and the value without drawing."""
    n_draw, errors = len(found), np.sqrt(np.diag(expected))
    # a variance of n_draw draws is known to sqrt(2 / n_draw)
    apart = (np.cov(found, rowvar=False) - expected) / np.outer(errors, errors)
    assert np.abs(apart).max() < 4 * np.sqrt(2 / n_draw)
    assert (np.abs(found.mean(axis=0) - whole) < 4 * errors / np.sqrt(n_draw)).all()


def test_particles_contribute_what_is_stacked(universe, weights):
    matter = universe.particles
    seen = subsampling._contributions(weights, universe.positions, matter, EDGES, slice(None))
    whole = stacked(universe, weights, matter)
    np.testing.assert_allclose(seen.sum(axis=0), whole, rtol=1e-4, atol=1e-5 * whole.max())


def test_theory_is_the_scatter_of_sums_over_drawn_particles(universe, weights):
    matter = universe.particles
    seen = subsampling._contributions(weights, universe.positions, matter, EDGES, slice(None))
    rng, n_kept = np.random.default_rng(2), round(FRACTION * len(matter))
    rows = [rng.choice(len(matter), n_kept, replace=False) for _ in range(1000)]
    found = np.array([seen[chosen].sum(axis=0) / FRACTION for chosen in rows])
    parts = [matter.subsample(FRACTION, seed=seed) for seed in range(10)]
    expected = np.mean([theory(universe, weights, part) for part in parts], axis=0)
    check_scatter(found, expected, seen.sum(axis=0))


@pytest.mark.slow
def test_theory_is_the_scatter_of_repeated_profiles(universe, weights):
    parts = [universe.particles.subsample(FRACTION, seed=seed) for seed in range(300)]
    found = np.array([stacked(universe, weights, part) for part in parts])
    expected = np.mean([theory(universe, weights, part) for part in parts[:10]], axis=0)
    check_scatter(found, expected, stacked(universe, weights, universe.particles))


@pytest.mark.slow
def test_subsamples_of_an_n_body_box_scatter_as_told(shared_data, tmp_path):
    """The tenth of its particles that CompaSO keeps beside the halos, against all of them."""
    pytest.importorskip("abacusnbody")
    source = shared_data / "abacus_mini" / "Mini_N64_L32"
    box = catalogs.read(source / "halos" / "z0.000", particles=True)
    skipped = shutil.ignore_patterns("slices")
    shutil.copytree(source, tmp_path / "box", ignore=skipped, copy_function=shutil.copyfile)
    folder = tmp_path / "box" / "halos" / "z0.000"
    part = catalogs.read(folder, particles=True, clean=False).particles
    assert part.fraction == pytest.approx(0.1, abs=1e-3)
    weights = np.stack([box.log_mpeak > 12, box.log_mpeak > 12.5], axis=1).astype(float)
    apart = stacked(box, weights, part) - stacked(box, weights, box.particles)
    chi2 = apart @ np.linalg.solve(theory(box, weights, part), apart)
    low, high = distributions.chi2.ppf([0.001, 0.999], len(apart))
    assert low < chi2 < high


def test_blocks_of_particles_add_up(universe, weights, monkeypatch):
    part = universe.particles.subsample(FRACTION)
    at_once = theory(universe, weights, part)
    monkeypatch.setattr(subsampling, "_ROWS", 77)
    np.testing.assert_allclose(theory(universe, weights, part), at_once, rtol=1e-5, atol=1e-8)


def test_no_noise_where_all_particles_are_there(universe, weights):
    np.testing.assert_array_equal(theory(universe, weights, universe.particles), 0.0)


def test_a_sample_without_weight_has_no_noise(universe, weights):
    emptied = weights * [1.0, 0.0]
    found = theory(universe, emptied, universe.particles.subsample(FRACTION))
    n_r = len(EDGES) - 1
    np.testing.assert_array_equal(found[n_r:], 0.0)
    assert (np.diag(found)[:n_r] > 0).all()


def test_one_particle_tells_no_scatter(universe, weights):
    lone = Particles(np.ones((1, 3)), 1e12, universe.boxsize, fraction=0.5)
    with pytest.raises(HalogradError, match="two particles or more"):
        theory(universe, weights, lone)
