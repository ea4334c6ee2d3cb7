"""The flat ΛCDM parameters a catalogue was made with."""

from dataclasses import dataclass

from halograd import _checks
from halograd.errors import CatalogError

CRITICAL_DENSITY = 2.77536627e11  # h^2 Msun / Mpc^3


@dataclass(frozen=True)
class Cosmology:
    """Flat ΛCDM, as in the header of a simulation.

    Attributes:
        omega_m: Matter density over critical, today.
        h: Hubble constant over 100 km/s/Mpc.
        omega_b: Baryon density over critical, today.
        sigma8: Linear rms fluctuation in 8 Mpc/h spheres, today; None where not declared.
        n_s: Spectral index; None where not declared.
    """

    omega_m: float
    h: float
    omega_b: float | None = None
    sigma8: float | None = None
    n_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("omega_m", "h"):
            _checks.shape(
                name, _checks.finite(name, getattr(self, name), CatalogError), (), CatalogError
            )
        if not 0 < self.omega_m <= 1:
            raise CatalogError(f"omega_m must lie in (0, 1], got {self.omega_m}")
        if not 0.1 < self.h < 2:
            raise CatalogError(f"h must be H0 / (100 km/s/Mpc), about 0.7, got {self.h}")
        for name in ("omega_b", "sigma8", "n_s"):
            value = getattr(self, name)
            if value is not None and _checks.finite(name, value, CatalogError) <= 0:
                raise CatalogError(f"{name} must be positive, got {value}")

    @property
    def mean_matter_density(self) -> float:
        """Comoving matter density, h^2 Msun / Mpc^3 (that is, Msun/h per (Mpc/h)^3)."""
        return self.omega_m * CRITICAL_DENSITY


BOLSHOI_PLANCK = Cosmology(omega_m=0.307115, h=0.6777, omega_b=0.048206, sigma8=0.8228, n_s=0.96)
"""Klypin et al. 2016 (arXiv:1411.4001), table 1."""
