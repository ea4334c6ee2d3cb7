"""The host halos: how many, how massive, how large."""

from dataclasses import dataclass

import numpy as np

from halograd.errors import CatalogError
from halograd.mock_universe.theory import Theory

LOG_MASS_MAX = 16.0
TABLE_STEP = 0.01  # dex
CONCENTRATION_SCATTER = 0.11  # dex, Dutton & Maccio 2014 (arXiv:1402.7073)


@dataclass(frozen=True)
class Hosts:
    """Host halos, the most massive first. Their peak mass is taken to be their virial mass.

    Attributes:
        log_mass: (n_host,), log10 Msun/h.
        r_vir: (n_host,), virial radius, comoving Mpc/h.
        concentration: (n_host,), r_vir over the NFW scale radius.
    """

    log_mass: np.ndarray
    r_vir: np.ndarray
    concentration: np.ndarray

    def __len__(self) -> int:
        return len(self.log_mass)

    @property
    def mass(self) -> np.ndarray:
        """Msun/h. (n_host,)"""
        return 10**self.log_mass


def draw_hosts(
    rng: np.random.Generator, theory: Theory, log_mass_min: float, volume: float
) -> Hosts:
    """A Poisson sample of the hosts above a mass in `volume`, (Mpc/h)^3.

    Raises:
        CatalogError: Where there is none.
    """
    log_mass = _draw_log_masses(rng, theory, log_mass_min, volume)
    if not len(log_mass):
        raise CatalogError(
            f"this universe has no halo above 10^{log_mass_min:g} Msun/h in {volume:.3g} "
            "(Mpc/h)^3: lower log_mpeak_min, enlarge boxsize, or take a lower redshift"
        )
    mass = 10**log_mass
    scatter = 10 ** (CONCENTRATION_SCATTER * rng.standard_normal(len(mass)))
    return Hosts(log_mass, theory.virial_radius(mass), theory.concentration(mass) * scatter)


def _draw_log_masses(
    rng: np.random.Generator, theory: Theory, log_mass_min: float, volume: float
) -> np.ndarray:
    n_step = round((LOG_MASS_MAX - log_mass_min) / TABLE_STEP)
    edges = np.linspace(log_mass_min, LOG_MASS_MAX, n_step + 1)
    per_step = theory.abundance(10 ** (0.5 * (edges[1:] + edges[:-1]))) * np.diff(edges)
    above = np.append(np.cumsum(per_step[::-1])[::-1], 0.0)
    n_host = rng.poisson(above[0] * volume)
    drawn = np.interp(rng.random(n_host) * above[0], above[::-1], edges[::-1])
    return np.sort(drawn)[::-1]
