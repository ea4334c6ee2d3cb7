"""The fits from the literature that the mock follows, at one redshift and in one cosmology."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from colossus.cosmology.cosmology import Cosmology as ColossusCosmology
from colossus.halo import concentration, mass_so
from colossus.lss import bias, mass_function

from halograd.theory.colossus_cosmology import colossus_cosmology
from halograd.theory.cosmology import Cosmology


@contextmanager
def theory(cosmology: Cosmology, redshift: float) -> Iterator["Theory"]:
    """A `Theory` to use within a `with` block (colossus keeps its cosmology globally)."""
    with colossus_cosmology(cosmology) as current:
        yield Theory(current, redshift, cosmology.mean_matter_density)


@dataclass(frozen=True)
class Theory:
    """Linear theory and halo statistics; masses are virial, in Msun/h, lengths comoving Mpc/h.

    Attributes:
        colossus: The cosmology, which is also the current one of colossus.
        redshift: The redshift everything is evaluated at.
        mean_density: Comoving matter density, Msun/h per (Mpc/h)^3.
    """

    colossus: ColossusCosmology
    redshift: float
    mean_density: float

    @property
    def omega_m(self) -> float:
        """Matter density over critical at the redshift."""
        return float(self.colossus.Om(self.redshift))

    @property
    def hubble(self) -> float:
        """H(z) / H0."""
        return float(self.colossus.Ez(self.redshift))

    def linear_power(self, k: np.ndarray) -> np.ndarray:
        """Linear matter power spectrum (Eisenstein & Hu 1998), (Mpc/h)^3, at k in h/Mpc."""
        return self.colossus.matterPowerSpectrum(k, self.redshift)

    def linear_variance(self, radius: float) -> float:
        """Variance of the linear density in spheres of `radius`."""
        return float(self.colossus.sigma(radius, self.redshift)) ** 2

    def abundance(self, mass: np.ndarray) -> np.ndarray:
        """Hosts per (Mpc/h)^3 and dex (Rodriguez-Puebla et al. 2016, arXiv:1602.04813).

        It was measured on Bolshoi-Planck and MultiDark.
        """
        per_ln_mass = mass_function.massFunction(
            mass, self.redshift, mdef="vir", model="rodriguezpuebla16", q_out="dndlnM"
        )
        return per_ln_mass * np.log(10)

    def bias(self, mass: float) -> float:
        """Large-scale bias of hosts (Tinker et al. 2010, arXiv:1001.3162)."""
        return float(bias.haloBias(mass, self.redshift, "vir", model="tinker10"))

    def virial_radius(self, mass: np.ndarray) -> np.ndarray:
        """Radius that encloses the virial overdensity of Bryan & Norman 1998."""
        return mass_so.M_to_R(mass, self.redshift, "vir") * 1e-3 * (1 + self.redshift)

    def patch_radius(self, mass: np.ndarray) -> np.ndarray:
        """R_L, the radius of the sphere of mean density that holds `mass`."""
        return (3 * mass / (4 * np.pi * self.mean_density)) ** (1 / 3)

    def concentration(self, mass: np.ndarray) -> np.ndarray:
        """Mean of r_vir over the NFW scale radius (Dutton & Maccio 2014, arXiv:1402.7073)."""
        return concentration.concentration(mass, "vir", self.redshift, model="dutton14")
