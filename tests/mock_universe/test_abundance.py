"""The halos of the mock against the peak-mass function measured on Bolshoi-Planck."""

import h5py
import numpy as np
import pytest

from halograd.mock_universe.hosts import draw_hosts
from halograd.mock_universe.subhalos import draw_subhalos
from halograd.mock_universe.theory import theory
from halograd.theory.cosmology import BOLSHOI_PLANCK

VOLUME = 250.0**3
FILES = {0.0: "bpl_shmf_z0.h5", 0.5: "bpl_shmf_z0p5.h5", 1.0: "bpl_shmf_z1p0.h5"}
FILES[2.0] = "bpl_shmf_z2p0.h5"


def _draw(redshift, seed=0):
    """log10 peak masses of the hosts and of the subhalos in the volume."""
    rng = np.random.default_rng(seed)
    with theory(BOLSHOI_PLANCK, redshift) as model:
        hosts = draw_hosts(rng, model, 11.0, VOLUME)
        return hosts.log_mass, draw_subhalos(rng, model, hosts, 11.0).log_mass


@pytest.mark.parametrize("redshift", FILES)
def test_cumulative_peak_mass_function(redshift, shared_data):
    with h5py.File(shared_data / "subhalo_mass_function" / FILES[redshift]) as file:
        log_mass, log_density = file["logmp_table"][:], file["lognd_table"][:]
    # Above 14, or fewer than 2e-5 per (Mpc/h)^3, the measurement itself is a handful of halos.
    chosen = (log_mass > 11.3) & (log_mass < 14) & (log_density > np.log10(2e-5))
    drawn = np.concatenate(_draw(redshift))
    count = np.array([(drawn > edge).sum() for edge in log_mass[chosen]])
    expected = 10 ** log_density[chosen] * VOLUME
    assert chosen.sum() > 20
    assert (np.abs(count - expected) < 0.1 * expected + 3 * np.sqrt(expected)).all()
    abundant = expected > 2000
    np.testing.assert_allclose(count[abundant] / expected[abundant], 1, atol=0.1)


def test_satellite_fraction_falls_with_mass_and_redshift():
    hosts, subhalos = _draw(0.0)

    def fraction(low, high):
        inside = [((sample > low) & (sample < high)).sum() for sample in (hosts, subhalos)]
        return inside[1] / sum(inside)

    assert 0.15 < fraction(11.9, 12.1) < 0.35
    assert fraction(11.0, 11.2) > fraction(11.9, 12.1) > fraction(13.0, 13.3)
    hosts, subhalos = _draw(2.0)
    assert fraction(11.9, 12.1) < 0.15
