"""Subhalos: how many each host has, how massive, where, how fast.

The number of surviving subhalos by peak mass, psi = M_peak / M_host, is

    dN / dln psi = A(M_host, z) psi^-0.83 exp(-5.67 psi^1.19),                                 (S)
    A = 0.1434 (M_host / 10^13 Msun/h)^0.1 (1 + z)^0.615.

The slope and the cut are those of the accreted subhalos (Jiang & van den Bosch 2016,
arXiv:1403.6827), the mass dependence says that massive hosts, which are young, keep more of them
(Gao et al. 2004, astro-ph/0404589). A and its evolution were fitted here, so that hosts and
subhalos together follow the cumulative M_peak function of Bolshoi-Planck at z = 0, 0.5, 1 and 2
(within 6 % wherever it exceeds 2e-5 per (Mpc/h)^3).
"""

from dataclasses import dataclass

import numpy as np

from halograd.mock_universe.hosts import Hosts
from halograd.mock_universe.theory import Theory
from halograd.theory import nfw

AMPLITUDE = 0.1434
AMPLITUDE_SLOPE = 0.1
AMPLITUDE_EVOLUTION = 0.615
SLOPE = 0.83
CUT = (5.67, 1.19)

# Subhalos are less concentrated than matter (Nagai & Kravtsov 2005, astro-ph/0408273); the ratio
# is a choice, not a fit.
CONCENTRATION_RATIO = 0.5


@dataclass(frozen=True)
class Subhalos:
    """Subhalos with the row of their host.

    Attributes:
        host: (n_sub,), row of the host.
        log_mass: (n_sub,), peak mass, log10 Msun/h.
        offset: (n_sub, 3), position relative to the host, comoving Mpc/h.
        relative_velocity: (n_sub, 3), velocity relative to the host, km/s.
    """

    host: np.ndarray
    log_mass: np.ndarray
    offset: np.ndarray
    relative_velocity: np.ndarray

    @property
    def mass(self) -> np.ndarray:
        """Peak mass, Msun/h. (n_sub,)"""
        return 10**self.log_mass


def draw_subhalos(
    rng: np.random.Generator, theory: Theory, hosts: Hosts, log_mass_min: float
) -> Subhalos:
    """A Poisson number of subhalos per host, on an NFW profile, with isotropic orbits."""
    host, log_mass = _draw_masses(rng, theory, hosts, log_mass_min)
    r_vir, c = hosts.r_vir[host], hosts.concentration[host]
    offset = nfw.draw_offsets(rng, r_vir, CONCENTRATION_RATIO * c)
    speed = nfw.virial_velocity(hosts.mass[host], r_vir / (1 + theory.redshift))
    sigma = speed * nfw.velocity_dispersion(np.linalg.norm(offset, axis=1) / r_vir, c)
    return Subhalos(host, log_mass, offset, sigma[:, None] * rng.standard_normal((len(host), 3)))


def _draw_masses(
    rng: np.random.Generator, theory: Theory, hosts: Hosts, log_mass_min: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the hosts and log peak masses of a Poisson sample of eq. (S)."""
    log_psi_min = log_mass_min - hosts.log_mass
    log_psi, above = _shape_table(log_psi_min.min(initial=0))
    amplitude = AMPLITUDE * 10 ** (AMPLITUDE_SLOPE * (hosts.log_mass - 13))
    amplitude *= (1 + theory.redshift) ** AMPLITUDE_EVOLUTION
    shape = np.interp(log_psi_min, log_psi, above)
    host = np.repeat(np.arange(len(hosts)), rng.poisson(amplitude * shape))
    drawn = np.interp(rng.random(len(host)) * shape[host], above[::-1], log_psi[::-1])
    return host, np.maximum(hosts.log_mass[host] + drawn, log_mass_min)


def _shape_table(log_psi_min: float) -> tuple[np.ndarray, np.ndarray]:
    """log10 psi up to 1, and the integral of eq. (S) with A = 1 from there to 1."""
    log_psi = np.linspace(log_psi_min - 0.01, 0, 2000)
    middle = 10 ** (0.5 * (log_psi[1:] + log_psi[:-1]))
    per_step = middle**-SLOPE * np.exp(-CUT[0] * middle ** CUT[1])
    per_step *= np.log(10) * np.diff(log_psi)
    return log_psi, np.append(np.cumsum(per_step[::-1])[::-1], 0.0)
