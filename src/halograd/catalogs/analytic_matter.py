"""A halo model that stands in for the particles of a catalogue."""

from dataclasses import dataclass

from halograd import _checks
from halograd.errors import CatalogError


@dataclass(frozen=True, kw_only=True)
class AnalyticMatter:
    """How matter lies around halos, in the place of particles: see `stats.analytic_profiles`.

    An approximation, and marked as one in every report. It needs the whole cosmology of the
    catalogue (omega_m, h, omega_b, sigma8, n_s).

    Attributes:
        mass_definition: What `log_mpeak` measures, as colossus names it: "vir", "200m", "200c".
        concentration: A concentration–mass relation of colossus, for halos whose catalogue does
            not tell theirs.
        bound_fraction: Share of its peak mass that a satellite has kept, above 0 and up to 1;
            the default is that of the mock universe.
        two_halo: Whether matter beyond the halo is added, by linear theory.

    Raises:
        CatalogError: For a share out of range.
    """

    mass_definition: str = "vir"
    concentration: str = "diemer19"
    bound_fraction: float = 0.4
    two_halo: bool = True

    def __post_init__(self) -> None:
        share = _checks.finite("bound_fraction", self.bound_fraction, CatalogError)
        if share.ndim or not 0 < share <= 1:
            raise CatalogError(
                f"bound_fraction must be one number above 0 and up to 1, got {self.bound_fraction}"
            )

    def __str__(self) -> str:
        beyond = "linear theory beyond" if self.two_halo else "nothing beyond"
        return (
            f"analytic: NFW halos ({self.mass_definition}, concentrations {self.concentration}), "
            f"satellites with {self.bound_fraction:g} of their peak mass inside their hosts, and "
            f"{beyond}"
        )
