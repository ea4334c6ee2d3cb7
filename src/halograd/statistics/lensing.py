"""Galaxy–galaxy lensing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.statistics.statistic import Statistic, Survey
from halograd.statistics.style import Style
from halograd.stats.sums_without_regions import SumsWithoutRegions

_LENSES = 1e4  # the number of lenses that the noise of a survey refers to


@dataclass(frozen=True)
class Lensing(Statistic):
    """Excess surface density ΔΣ(R), h Msun / pc^2.

    Attributes:
        r_edges: (n_R + 1,), edges of the annuli, comoving Mpc/h.
    """

    r_edges: tuple[float, ...]

    name: ClassVar[str] = "delta_sigma"
    dims: ClassVar[tuple[str, ...]] = ("ds_sample", "r")
    made_from: ClassVar[str] = "profiles"
    edges_field: ClassVar[str] = "r_edges"
    unit: ClassVar[str] = "surface density"
    style: ClassVar[Style] = Style(
        "Galaxy–galaxy lensing",
        "Excess surface density of matter around galaxies by projected distance",
        "ΔΣ",
        r"\Delta\Sigma",
        r"[h\,M_\odot\,{\rm pc}^{-2}]",
        "R",
    )

    def prepare(self, halos: HaloCatalog) -> np.ndarray:
        """ΔΣ_i of each halo, (n_halo, n_R)."""
        return np.asarray(stats.lensing_profiles(halos, self.r_edges))

    def measure(self, weights: jax.Array, prepared: ArrayLike) -> jax.Array:
        """(n_row, n_sample) -> (n_sample, n_R)."""
        return stats.delta_sigma(weights, prepared)

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, prepared: np.ndarray | None = None
    ) -> tuple[SumsWithoutRegions, np.ndarray]:
        """Sums over the halos outside each subvolume, and the profiles of the halos."""
        sums = SumsWithoutRegions(halos.positions, halos.boxsize, n_side)
        return sums, self.prepare(halos) if prepared is None else prepared

    def leave_one_out(
        self, weights: jax.Array, regions: tuple[SumsWithoutRegions, ArrayLike]
    ) -> jax.Array:
        """(n_halo, n_sample) -> (K, n_sample, n_R)."""
        sums, profiles = regions
        return sums.delta_sigma(weights, profiles)

    def counting_error(
        self, values: np.ndarray, galaxies: np.ndarray, survey: Survey
    ) -> np.ndarray:
        """Shape noise, falling as 1/R and with the root of the number of lenses."""
        noise = survey.lensing_noise * np.sqrt(_LENSES / np.maximum(galaxies, 1.0))
        return noise[:, None] / self.separation

    def depends_on(self, halos: HaloCatalog) -> Mapping[str, ArrayLike]:
        """The matter, where the catalogue has it, or what a halo model depends on."""
        matter = halos.particles
        if halos.analytic_matter is not None:
            return _analytic_columns(halos)
        if matter is None:
            return {}
        return {"particles": matter.positions, "particle masses": matter.masses}


def _analytic_columns(halos: HaloCatalog) -> dict[str, ArrayLike]:
    """Everything that `stats.analytic_delta_sigma_profiles` looks at."""
    described = f"{halos.analytic_matter!r} {halos.cosmology!r} {halos.redshift!r}".encode()
    found = {
        "analytic matter": np.frombuffer(described, np.uint8),
        "satellites": halos.is_satellite,
    }
    if halos.host_index is not None:
        found["hosts"] = halos.host_index
    own = ("concentration", "r_vir", "r_s", "is_point")
    return found | {name: halos.extra[name] for name in own if name in halos.extra}
