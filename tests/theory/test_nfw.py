import numpy as np
import pytest
from scipy.integrate import quad

from halograd.catalogs import BOLSHOI_PLANCK
from halograd.theory.colossus_cosmology import colossus_cosmology
from halograd.theory.nfw import enclosed, projected_fraction


def column(s, c):
    """Σ of the cut profile, by integration along the line of sight."""

    def density(depth):
        r = np.hypot(s, depth)
        return 1 / (r * (1 + r) ** 2)

    return 2 * quad(density, 0, np.sqrt(c**2 - s**2))[0]


@pytest.mark.parametrize(
    ("x", "c"), [(0.05, 5), (0.3, 12), (0.9999, 5), (1.0001, 5), (3, 5), (4.9, 5), (0.45, 0.5)]
)
def test_share_is_the_integrated_surface_density(x, c):
    mass = quad(lambda s: 2 * np.pi * s * column(s, c), 0, x)[0]
    expected = mass / (4 * np.pi * enclosed(np.float64(c)))
    assert projected_fraction(np.float64(x), np.float64(c)) == pytest.approx(expected, rel=1e-7)


def test_share_is_smooth_across_the_scale_radius_and_one_beyond_the_cut():
    around = 1 + np.array([-1e-7, 0.0, 1e-7])
    share = projected_fraction(around, np.float64(6.0))
    assert np.ptp(share) < 1e-6
    assert (np.diff(share) >= 0).all()
    np.testing.assert_array_equal(projected_fraction(np.array([6.0, 20.0]), np.float64(6.0)), 1.0)


def test_far_cut_is_the_profile_of_wright_and_brainerd_as_colossus_has_it():
    from colossus.halo.profile_nfw import NFWProfile

    redshift, radii = 0.3, np.geomspace(0.02, 0.5, 6)  # comoving Mpc/h
    with colossus_cosmology(BOLSHOI_PLANCK):
        halo = NFWProfile(M=1e13, c=7.0, z=redshift, mdef="vir")
        physical = radii * 1e3 / (1 + redshift)
        inside = (halo.deltaSigma(physical) + halo.surfaceDensity(physical)) * np.pi * physical**2
        scale, density = halo.par["rs"], halo.par["rhos"]
    cut = 1e6
    share = projected_fraction(physical / scale, np.float64(cut))
    ours = 4 * np.pi * density * scale**3 * enclosed(np.float64(cut)) * share
    np.testing.assert_allclose(ours, inside, rtol=2e-5)
