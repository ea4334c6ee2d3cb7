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
