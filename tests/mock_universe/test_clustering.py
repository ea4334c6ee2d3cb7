"""Clustering and lensing of the mock against linear theory and the NFW profile."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from halograd.mock_universe import mock_universe
from halograd.mock_universe.theory import theory
from halograd.theory import nfw
from halograd.theory.cosmology import BOLSHOI_PLANCK

pytestmark = pytest.mark.slow

L = 125.0
SEEDS = (0, 1, 2)
BINS = ((11.0, 11.5), (12.0, 12.5), (13.0, 14.5))


@pytest.fixture(scope="module")
def universes():
    return [mock_universe(seed) for seed in SEEDS]


def _modes(positions, weights=None, n=64):
    """Fourier modes of the density contrast of points put on the nearest sites."""
    index = np.rint(positions * (n / L)).astype(int) % n
    flat = np.ravel_multi_index(index.T, (n,) * 3)
    density = np.bincount(flat, weights, n**3).reshape((n,) * 3)
    return np.fft.rfftn(density / density.mean())


def _long_waves(n=64, k_max=0.15):
    k = 2 * np.pi / L * n
    full, half = k * np.fft.fftfreq(n), k * np.fft.rfftfreq(n)
    length = np.sqrt(full[:, None, None] ** 2 + full[:, None] ** 2 + half**2)
    return (length > 0) & (length < k_max)


def _tree(points):
    return cKDTree(points, boxsize=L)


@pytest.mark.parametrize("low_high", BINS)
def test_large_scale_bias_is_that_of_tinker(universes, low_high):
    """Cross power with matter over the power of matter, k < 0.15 h/Mpc, mean of three boxes."""
    ratios = []
    for halos in universes:
        chosen = ~halos.is_satellite & (halos.log_mpeak > low_high[0])
        chosen &= halos.log_mpeak < low_high[1]
        matter = _modes(halos.particles.positions, halos.particles.masses)[_long_waves()]
        cross = _modes(halos.positions[chosen])[_long_waves()] * matter.conj()
        with theory(BOLSHOI_PLANCK, 0.0) as model:
            table = np.linspace(*low_high, 30)
            by_mass = [model.bias(10**mass) for mass in table]
            expected = np.interp(halos.log_mpeak[chosen], table, by_mass).mean()
        ratios.append(cross.real.sum() / (np.abs(matter) ** 2).sum() / expected)
    assert np.mean(ratios) == pytest.approx(1, abs=0.15)


def test_matter_has_linear_power_on_large_scales(universes):
    """Sum over the modes, so that the few longest do not decide; k < 0.15 h/Mpc."""
    n = 64
    k = 2 * np.pi / L * n
    full, half = k * np.fft.fftfreq(n), k * np.fft.rfftfreq(n)
    length = np.sqrt(full[:, None, None] ** 2 + full[:, None] ** 2 + half**2)[_long_waves()]
    with theory(BOLSHOI_PLANCK, 0.0) as model:
        linear = model.linear_power(length)
    ratios = []
    for halos in universes:
        matter = _modes(halos.particles.positions, halos.particles.masses)[_long_waves()]
        ratios.append((np.abs(matter) ** 2 * L**3 / n**6 / linear).mean())
    # Each box has about 100 independent modes below this k: 6 % on the mean of three.
    assert np.mean(ratios) == pytest.approx(1, abs=0.2)


def test_correlation_function_on_large_scales(universes):
    """Against b^2 xi_lin at 6-12 Mpc/h for hosts of 10^12 to 10^13 Msun/h."""
    edges = np.array([6.0, 12.0])
    shell = 4 / 3 * np.pi * (edges[1] ** 3 - edges[0] ** 3)
    ratios = []
    for halos in universes:
        chosen = ~halos.is_satellite & (halos.log_mpeak > 12) & (halos.log_mpeak < 13)
        tree = _tree(halos.positions[chosen])
        pairs = np.diff(tree.count_neighbors(tree, edges))[0]
        xi = pairs / (chosen.sum() ** 2 * shell / L**3) - 1
        with theory(BOLSHOI_PLANCK, 0.0) as model:
            bias = np.mean([model.bias(10**mass) for mass in halos.log_mpeak[chosen][::20]])
            r = np.linspace(*edges, 100)
            linear = model.colossus.correlationFunction(r, 0.0)
        ratios.append(xi / (bias**2 * np.average(linear, weights=r**2)))
    assert 0.7 < np.mean(ratios) < 1.3


def _projected_slopes(halos, chosen, pi_max=40.0):
    """Logarithmic slopes of wp(rp) between rings with these edges."""
    edges = np.array([0.2, 0.4, 0.8, 1.4, 2.4, 4.0, 8.0])
    points = halos.positions[chosen]
    near = _tree(points[:, :2]).query_pairs(edges[-1], output_type="ndarray")
    offset = np.abs(points[near[:, 0]] - points[near[:, 1]])
    offset = np.minimum(offset, L - offset)
    rp = np.hypot(offset[:, 0], offset[:, 1])[offset[:, 2] < pi_max]
    pairs = 2 * np.histogram(rp, edges)[0]
    random = len(points) ** 2 * np.pi * np.diff(edges**2) * 2 * pi_max / L**3
    log_wp = np.log(2 * pi_max * (pairs / random - 1))
    return np.diff(log_wp) / np.diff(np.log(np.sqrt(edges[1:] * edges[:-1])))


def test_projected_clustering_has_one_and_two_halo_terms(universes):
    """wp falls steeply near the edge of halos, 0.5-2 Mpc/h, and more gently on both sides."""
    slopes = np.mean([_projected_slopes(h, h.log_mpeak > 12) for h in universes], axis=0)
    assert slopes[1:3].max() < slopes[0] - 0.1
    assert slopes[1:3].max() < slopes[3:].mean() - 0.2


def _delta_sigma(halos, rows, edges):
    """Excess surface density in rings, h Msun/pc^2, mean over the halos in `rows`."""
    particles = _tree(halos.particles.positions[:, :2])
    centres = _tree(halos.positions[rows, :2])
    masses = np.array(halos.particles.masses)
    within = particles.count_neighbors(centres, edges, weights=(masses, None)) / len(rows)
    # Half-way in mass between the edges stands for the mean mass within the ring.
    mean_radius = 2 / 3 * np.diff(edges**3) / np.diff(edges**2)
    inside = 0.5 * (within[1:] + within[:-1]) / (np.pi * 0.5 * (edges[1:] ** 2 + edges[:-1] ** 2))
    return mean_radius, (inside - np.diff(within) / (np.pi * np.diff(edges**2))) / 1e12


def test_lensing_of_hosts_is_nfw_within_and_shows_neighbours_outside(universes):
    halos = universes[0]
    rows = np.flatnonzero(~halos.is_satellite & (np.abs(halos.log_mpeak - 13.2) < 0.2))
    edges = np.geomspace(0.08, 12, 16)
    radius, measured = _delta_sigma(halos, rows, edges)
    with theory(BOLSHOI_PLANCK, 0.0) as model:
        mass = 10 ** halos.log_mpeak[rows]
        r_vir, c = model.virial_radius(mass), model.concentration(mass)
    scale = r_vir / c
    inside = radius < 0.3
    expected = np.array([_nfw_delta_sigma(r, mass, scale, c).mean() for r in radius[inside]])
    np.testing.assert_allclose(measured[inside], expected / 1e12, rtol=0.2)
    outside = (radius > 3) & (radius < 8)
    assert (measured[outside] > 0).all()
    # A lone halo falls off as R^-2 beyond its edge.
    lone = measured[inside][-1] * (radius[inside][-1] / radius[outside]) ** 2
    assert measured[outside].mean() > 1.5 * lone.mean()


def _nfw_delta_sigma(r, mass, scale, c):
    """Excess surface density of untruncated NFW halos (Wright & Brainerd 2000), for r < r_s c."""
    x = r / scale
    root = np.sqrt(np.abs(1 - x**2))
    arc = np.where(x < 1, np.arccosh(np.maximum(1 / x, 1)), np.arccos(np.minimum(1 / x, 1))) / root
    surface = (1 - arc) / (x**2 - 1) / 2
    mean = (np.log(x / 2) + arc) / x**2
    return mass / nfw.enclosed(c) / (np.pi * scale**2) * (mean - surface)
