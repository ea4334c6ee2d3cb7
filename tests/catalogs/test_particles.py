import numpy as np
import pytest

from halograd.catalogs import CatalogError, Particles


def test_one_mass_is_spread_over_all():
    particles = Particles(np.ones((5, 3)), 2e9, 10.0)
    assert len(particles) == 5
    assert particles.masses.tolist() == [2e9] * 5
    assert particles.boxsize.tolist() == [10.0] * 3


def test_arrays_are_read_only_and_detached_from_the_input():
    masses = np.ones(2)
    particles = Particles(np.ones((2, 3)), masses, 10.0)
    masses[0] = 7
    assert particles.masses[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        particles.masses[0] = 0


@pytest.mark.parametrize(
    ("positions", "masses", "boxsize", "message"),
    [
        (np.ones((2, 3)), [1.0], 10.0, "particle masses must have shape"),
        (np.ones((2, 3)), [1.0, -1.0], 10.0, "must not be negative"),
        (np.ones((2, 3)), [1.0, np.nan], 10.0, "particle masses must be finite"),
        (np.full((2, 3), 11.0), 1.0, 10.0, "2 of 2 lie outside"),
        (np.ones((2, 3)), 1.0, 0.0, "boxsize must be positive"),
    ],
)
def test_bad_input(positions, masses, boxsize, message):
    with pytest.raises(CatalogError, match=message):
        Particles(positions, masses, boxsize)


def many(n=1000):
    rng = np.random.default_rng(0)
    return Particles(rng.random((n, 3)) * 10, rng.random(n) + 1, 10.0)


def test_a_subsample_is_heavier_by_the_inverse_share():
    whole = many()
    part = whole.subsample(0.25, seed=3)
    assert (len(part), part.fraction) == (250, 0.25)
    rows = [np.flatnonzero((whole.positions == p).all(axis=1))[0] for p in part.positions]
    assert rows == sorted(set(rows))  # each at most once, in the order they had
    np.testing.assert_allclose(part.masses, 4 * whole.masses[rows])


def test_a_subsample_follows_its_seed():
    whole = many()
    same, again, other = (whole.subsample(n_max=100, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(same.positions, again.positions)
    assert (same.positions != other.positions).any()


def test_the_share_counts_from_the_whole_simulation():
    part = many().subsample(0.5).subsample(0.2, seed=1)
    assert (len(part), part.fraction) == (100, pytest.approx(0.1))
    whole = many()
    assert whole.subsample(n_max=5000) is whole
    assert len(whole.subsample(1e-9)) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "one of fraction and n_max"),
        ({"fraction": 0.5, "n_max": 3}, "one of fraction and n_max"),
        ({"fraction": 0.0}, "above 0 and up to 1"),
        ({"fraction": 1.5}, "above 0 and up to 1"),
        ({"n_max": 0}, "whole number"),
        ({"n_max": 2.5}, "whole number"),
    ],
)
def test_bad_subsamples(arguments, message):
    with pytest.raises(CatalogError, match=message):
        many(10).subsample(**arguments)
