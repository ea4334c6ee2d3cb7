"""The steps of the mock universe against what is known in closed form or by quadrature."""

import numpy as np
import pytest
from scipy import integrate

from halograd.mock_universe.collapse_probability import collapse_probability
from halograd.mock_universe.displacement import displacement, linear_density_modes
from halograd.mock_universe.fourier_grid import FourierGrid, wrap
from halograd.mock_universe.lagrangian_placement import Exclusion
from halograd.mock_universe.theory import theory
from halograd.theory import nfw
from halograd.theory.cosmology import BOLSHOI_PLANCK


def test_nfw_radius_inverts_the_enclosed_mass():
    x = np.geomspace(1e-3, 30, 50)
    np.testing.assert_allclose(nfw.radius_enclosing(nfw.enclosed(x)), x, rtol=1e-6)


def test_nfw_offsets_follow_the_profile():
    n, c = 40_000, 8.0
    offset = nfw.draw_offsets(np.random.default_rng(0), np.full(n, 2.0), np.full(n, c))
    fraction = np.sort(np.linalg.norm(offset, axis=1)) / 2.0
    assert fraction[-1] <= 1
    expected = nfw.enclosed(c * fraction) / nfw.enclosed(c)
    # Kolmogorov-Smirnov: 1.63 / sqrt(n) is the 1 % level.
    assert np.abs(expected - (np.arange(n) + 0.5) / n).max() < 1.63 / np.sqrt(n)
    np.testing.assert_allclose(offset.mean(axis=0), 0, atol=4 * offset.std() / np.sqrt(n))


@pytest.mark.parametrize("c", [4.0, 12.0])
@pytest.mark.parametrize("s", [0.03, 0.3, 1.0])
def test_nfw_dispersion_solves_the_jeans_equation(c, s):
    """rho sigma^2 = integral of rho G M / r^2 from r to infinity, in units of V_vir, r_vir."""

    def density(r):
        return 1 / (r * (1 + c * r) ** 2)

    def force(r):
        return nfw.enclosed(c * r) / nfw.enclosed(c) / r**2

    pressure = integrate.quad(lambda r: density(r) * force(r), s, np.inf)[0]
    expected = np.sqrt(pressure / density(s))
    assert nfw.velocity_dispersion(s, c) == pytest.approx(expected, rel=1e-6)


def test_virial_velocity_of_the_milky_way():
    """10^12 Msun within 0.2 Mpc orbit at 147 km/s."""
    assert nfw.virial_velocity(1e12, 0.2) == pytest.approx(146.6, rel=1e-3)


def test_top_hat_is_one_at_zero_and_matches_its_closed_form():
    window = FourierGrid(32, 40.0).top_hat(3.0)
    x = FourierGrid(32, 40.0).k.astype(np.float64) * 3
    assert window[0, 0, 0] == 1
    expected = 3 * (np.sin(x) - x * np.cos(x)) / np.maximum(x, 1e-9) ** 3
    np.testing.assert_allclose(window[x > 0], expected[x > 0], atol=2e-5)


def test_linear_field_has_the_linear_power():
    grid = FourierGrid(64, 200.0)
    with theory(BOLSHOI_PLANCK, 0.0) as model:
        modes = linear_density_modes(np.random.default_rng(1), grid, model)
        shell = (grid.k > 0.2) & (grid.k < 0.6)
        ratio = np.abs(modes[shell]) ** 2 / model.linear_power(grid.k[shell].astype(float))
    power = ratio.mean() * grid.boxsize**3 / grid.n**6
    assert power == pytest.approx(1, abs=5 / np.sqrt(shell.sum()))
    assert modes[0, 0, 0] == 0


def test_displacement_of_a_long_plane_wave_is_zeldovich():
    """In one dimension the first order is exact: psi = -(amplitude / k) sin(k x)."""
    grid, amplitude = FourierGrid(64, 320.0), 0.01
    x = np.arange(64) * grid.cell
    k = 2 * np.pi / 320
    delta = np.broadcast_to((amplitude * np.cos(k * x))[:, None, None], (64,) * 3)
    with theory(BOLSHOI_PLANCK, 1.0) as model:
        motion = displacement(grid, model, grid.forward(delta))
        rate = 100 * model.hubble / 2 * model.omega_m**0.55
    points = np.stack([x, x, x], axis=1)
    expected = np.zeros((64, 3))
    expected[:, 0] = -amplitude / k * np.sin(k * x)
    shift = motion.shift_field(np.float32(1))(points)
    np.testing.assert_allclose(shift, expected, atol=2e-3 * amplitude / k)
    velocity = motion.velocity_field(np.float32(1))(points)
    np.testing.assert_allclose(velocity, rate * expected, atol=2e-3 * rate * amplitude / k)


def test_collapse_probability_meets_its_target_and_avoids_claimed_matter():
    rng = np.random.default_rng(2)
    grid = FourierGrid(32, 60.0)
    modes = grid.forward(rng.standard_normal((32,) * 3)) * grid.gaussian(2.0) * 20
    patch, large = grid.inverse(modes), grid.inverse(modes * grid.gaussian(6.0))
    unclaimed = (rng.random((32,) * 3) > 0.3).astype(np.float32)
    for target in (-0.2, 0.3):
        mean = target * float(large.std())
        weight = collapse_probability(
            patch, large, large, unclaimed, mean_at_hosts=mean, threshold=1.7, unresolved=0.5
        )
        assert (weight[unclaimed == 0] == 0).all()
        assert (weight * large).sum() / weight.sum() == pytest.approx(mean, rel=0.01)


def test_exclusion_knows_spheres_across_the_boundary():
    taken = Exclusion(10.0)
    taken.add(np.array([[0.5, 5.0, 5.0]]), np.array([1.0]))
    points = np.array([[9.8, 5.0, 5.0], [8.0, 5.0, 5.0], [8.1, 5.0, 5.0]])
    forbidden = taken.forbids(points, np.full(3, 0.3))
    np.testing.assert_array_equal(forbidden, [True, False, True])


def test_wrap_never_returns_the_boxsize():
    wrapped = wrap(np.array([-1e-17, 0.0, 10.0, 12.5, -0.5]), 10.0)
    np.testing.assert_allclose(wrapped, [0, 0, 0, 2.5, 9.5])
    assert (wrapped < 10).all()
