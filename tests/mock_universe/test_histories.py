"""Concentrations, circular velocities and infall of the mock's halos."""

import numpy as np
import pytest

from halograd import catalogs
from halograd.mock_universe.histories import peak_velocity, relative_slope

COLUMNS = (
    *("r_vir", "concentration", "v_max", "v_peak", "v_at_mpeak", "v_vir_at_mpeak", "mass_now"),
    *("halfmass_scale", "mpeak_scale", "infall_scale", "host_log_mass", "time_since_infall"),
)


@pytest.fixture(scope="module")
def halos():
    return catalogs.mock_universe(3, boxsize=80.0, particles=False)


def residual(halos, name, rows):
    """log10 of a column less its straight line in log mass, in standard deviations."""
    mass, values = halos.log_mpeak[rows], np.log10(halos.extra[name][rows])
    apart = values - np.polyval(np.polyfit(mass, values, 1), mass)
    return apart / apart.std()


def test_columns_are_there_and_possible(halos):
    assert tuple(halos.extra) == COLUMNS
    one = halos.extra
    for name in COLUMNS[:7]:
        assert (one[name] > 0).all()
    assert (one["v_max"] <= one["v_peak"] * (1 + 1e-12)).all()
    assert (one["halfmass_scale"] < one["mpeak_scale"]).all()
    assert one["infall_scale"].max() <= 1
    satellite = halos.is_satellite
    assert (one["time_since_infall"][~satellite] == 0).all()
    assert (one["time_since_infall"][satellite] >= 0).all()
    np.testing.assert_array_equal(one["host_log_mass"], catalogs.host_log_mass(halos))
    then = catalogs.time_since_infall(one["infall_scale"], 0.0, halos.cosmology)
    np.testing.assert_array_equal(one["time_since_infall"], then)


def test_concentration_follows_from_the_velocities(halos):
    """The columns hold together: an NFW halo of this mass, radius and v_max is so concentrated."""
    centrals = halos[~halos.is_satellite]
    derived = {name: centrals.extra[name] for name in ("r_vir", "v_max", "mass_now")}
    again = catalogs.concentration(
        catalogs.HaloCatalog(
            positions=centrals.positions,
            log_mpeak=centrals.log_mpeak,
            boxsize=centrals.boxsize,
            redshift=0.0,
            extra=derived,
        )
    )
    np.testing.assert_allclose(again, centrals.extra["concentration"], rtol=1e-3)
    assert peak_velocity(np.array([1.0, 2.16258])) == pytest.approx(1.0)


def test_old_halos_are_concentrated_and_subhalos_stripped(halos):
    central = np.flatnonzero(~halos.is_satellite)
    formed, concentrated = (
        residual(halos, name, central) for name in ("halfmass_scale", "concentration")
    )
    assert -0.9 < np.corrcoef(formed, concentrated)[0, 1] < -0.5
    satellite = halos.is_satellite
    ratio = np.log10(halos.extra["v_max"] / halos.extra["v_peak"])[satellite]
    elapsed = halos.extra["time_since_infall"][satellite]
    assert np.corrcoef(ratio, elapsed)[0, 1] < -0.6
    assert 3 < np.median(elapsed) < 5.5  # Gyr, as surviving subhalos have it
    assert 0.005 < (ratio < -0.7).mean() < 0.1  # some are all but disrupted


def test_massive_hosts_took_in_their_subhalos_late(halos):
    of_group = halos.is_satellite & (halos.extra["host_log_mass"] < 12.5)
    of_cluster = halos.is_satellite & (halos.extra["host_log_mass"] > 13.5)
    elapsed = halos.extra["time_since_infall"]
    assert elapsed[of_cluster].mean() < elapsed[of_group].mean() - 0.3


def test_fit_of_the_assembly_bias():
    """The fit changes its sign at M*; light concentrated halos cluster more."""
    assert abs(relative_slope(1.0)) < 0.02
    assert 0.2 < relative_slope(0.03) < 0.3
    assert -0.2 < relative_slope(30.0) < -0.08


@pytest.mark.slow
def test_amplitude_of_the_assembly_bias_is_the_published_one():
    """Relative large-scale bias per deviate of log c, against matter smoothed over 8 Mpc/h."""
    slopes = []
    for seed in range(4):
        halos = catalogs.mock_universe(seed)
        around = smoothed_density(halos, 8.0)
        slopes.append([])
        for low, high in ((11.0, 11.3), (11.5, 12.0), (12.5, 13.5)):
            inside = (halos.log_mpeak > low) & (halos.log_mpeak < high)
            rows = np.flatnonzero(inside & ~halos.is_satellite)
            deviate = residual(halos, "concentration", rows)
            slopes[-1].append(np.mean(around[rows] * deviate) / around[rows].mean())
    published = relative_slope(10 ** (np.array([11.15, 11.75, 13.0]) - 12.45))
    np.testing.assert_allclose(np.mean(slopes, axis=0), published, atol=0.035)


def smoothed_density(halos, radius, n=32):
    """Density contrast of the matter, Gaussian-smoothed, at every halo."""
    side, particles = halos.boxsize[0], halos.particles
    cells = [(0, side)] * 3
    mass = np.broadcast_to(particles.masses, len(particles.positions))
    field = np.histogramdd(particles.positions, n, cells, weights=mass)[0]
    k = 2 * np.pi * np.fft.fftfreq(n, side / n)
    squared = k[:, None, None] ** 2 + k[:, None] ** 2 + k**2
    modes = np.fft.fftn(field / field.mean() - 1) * np.exp(-squared * radius**2 / 2)
    place = (halos.positions / (side / n)).astype(int) % n
    return np.fft.ifftn(modes).real[tuple(place.T)]
