"""Sizes, concentrations and biases of halos by mass, from published fits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from halograd.catalogs.analytic_matter import AnalyticMatter
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.theory.concentrations import check_names, mean_log_concentrations
from halograd.theory.two_halo import linear_disc_masses

_GRID_STEP = 0.05  # dex: the fits are smooth, and slow for a million halos


@dataclass(frozen=True)
class HaloStructure:
    """What halos of a mass look like, in one cosmology at one redshift.

    Attributes:
        log_mass: (n_mass,), an increasing grid that covers the halos, log10 Msun/h.
        log_concentration: (n_mass,), log10 of halo radius over NFW scale radius.
        bias: (n_mass,), of the large-scale matter correlation.
        radius_of_1e12: Halo radius at 10^12 Msun/h, comoving Mpc/h; it grows as M^(1/3).
        linear_masses: (n_R + 1,), Msun/h, excess mass in the discs that were asked for, around
            a tracer of bias 1; 0 where the halo model leaves that out.
    """

    log_mass: np.ndarray
    log_concentration: np.ndarray
    bias: np.ndarray
    radius_of_1e12: float
    linear_masses: np.ndarray

    def radius(self, log_mass: np.ndarray) -> np.ndarray:
        """Halo radius, comoving Mpc/h, elementwise."""
        return self.radius_of_1e12 * 10 ** ((log_mass - 12) / 3)

    def concentration_at(self, log_mass: np.ndarray) -> np.ndarray:
        """Mean concentration, elementwise."""
        return 10 ** np.interp(log_mass, self.log_mass, self.log_concentration)

    def bias_at(self, log_mass: np.ndarray) -> np.ndarray:
        """Large-scale bias, elementwise."""
        return np.interp(log_mass, self.log_mass, self.bias)


def halo_structure(halos: HaloCatalog, radii: np.ndarray, matter: AnalyticMatter) -> HaloStructure:
    """The structure of the halos of a catalogue, through colossus (arXiv:1712.04512).

    The bias is that of Tinker et al. 2010 (arXiv:1001.3162).

    Args:
        halos: The catalogue, with its cosmology.
        radii: Of discs, comoving Mpc/h.
        matter: What bounds a halo, and its concentrations.

    Raises:
        HalogradError: For a catalogue without a complete cosmology, or names unknown to colossus.
    """
    from colossus.halo import mass_so
    from colossus.lss import bias

    grid = _mass_grid(halos.log_mpeak)
    with _current_cosmology(halos) as cosmology:
        check_names(matter.mass_definition, matter.concentration)
        radius = mass_so.M_to_R(1e12, halos.redshift, matter.mass_definition) * 1e-3
        return HaloStructure(
            grid,
            mean_log_concentrations(
                grid, halos.redshift, matter.mass_definition, matter.concentration
            ),
            bias.haloBias(10**grid, halos.redshift, matter.mass_definition, model="tinker10"),
            float(radius * (1 + halos.redshift)),
            linear_disc_masses(
                cosmology, halos.redshift, halos.cosmology.mean_matter_density, radii
            )
            if matter.two_halo
            else np.zeros(len(radii)),
        )


@contextmanager
def _current_cosmology(halos: HaloCatalog) -> Iterator:
    from halograd.theory.colossus_cosmology import colossus_cosmology

    known = halos.cosmology
    needed = ("omega_m", "h", "omega_b", "sigma8", "n_s")
    missing = [name for name in needed if known is None or getattr(known, name) is None]
    if missing:
        raise HalogradError(
            f"analytic ΔΣ needs {', '.join(missing)}, which the catalogue does not declare: read "
            "it with cosmology=Cosmology(omega_m=, h=, omega_b=, sigma8=, n_s=)"
        )
    with colossus_cosmology(known) as current:
        yield current


def _mass_grid(log_mass: ArrayLike) -> np.ndarray:
    low, high = float(np.min(log_mass)), float(np.max(log_mass))
    return np.linspace(low, high, max(int(np.ceil((high - low) / _GRID_STEP)), 1) + 1)
