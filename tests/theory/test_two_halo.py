import numpy as np
from scipy.interpolate import CubicSpline

from halograd.catalogs import BOLSHOI_PLANCK
from halograd.theory.colossus_cosmology import colossus_cosmology
from halograd.theory.two_halo import linear_disc_masses

RADII = np.array([0.1, 1.0, 10.0])


def test_masses_are_the_integrated_correlation_function():
    density = BOLSHOI_PLANCK.mean_matter_density
    with colossus_cosmology(BOLSHOI_PLANCK) as cosmology:
        masses = linear_disc_masses(cosmology, 0.5, density, RADII)
        r = np.geomspace(1e-3, 400, 2000)
        xi = CubicSpline(np.log(r), cosmology.correlationFunction(r, 0.5))
    depth = np.append(0.0, np.geomspace(1e-4, 350, 2000))
    for radius, mass in zip(RADII, masses, strict=True):
        s = np.append(1e-3, np.geomspace(2e-3, radius, 200))
        column = 2 * np.trapezoid(xi(np.log(np.hypot(s[:, None], depth))), depth, axis=1)
        expected = density * np.trapezoid(2 * np.pi * s * column, s)
        np.testing.assert_allclose(mass, expected, rtol=2e-3)


def test_masses_grow_with_structure():
    with colossus_cosmology(BOLSHOI_PLANCK) as cosmology:
        now, then = (linear_disc_masses(cosmology, z, 1.0, RADII) for z in (0.0, 1.0))
        growth = cosmology.growthFactor(1.0) ** 2
    np.testing.assert_allclose(then, growth * now, rtol=1e-5)
