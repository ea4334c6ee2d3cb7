"""Multipoles of the correlation function in redshift space."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import DataError
from halograd.pairs import MultipolePairs, SMuPairs
from halograd.pairs.multipole import checked_ells
from halograd.statistics.line_of_sight_statistic import (
    LineOfSightStatistic,
    checked_axes,
    checked_flag,
)
from halograd.statistics.pair_statistic import shells
from halograd.statistics.statistic import Survey
from halograd.statistics.style import Style
from halograd.stats.multipoles import projected_on_legendre
from halograd.stats.pairs_without_regions import PairsWithoutRegions


@dataclass(frozen=True)
class Multipoles(LineOfSightStatistic):
    """Multipoles ξ_ℓ(s) of galaxies that move with their halos, for a distant observer.

    Attributes:
        s_edges: (n_s + 1,), edges of the shells, comoving Mpc/h.
        ells: The orders ℓ, even numbers.
        n_mu: Equal bins of |μ| from 0 to 1 in which pairs are counted, to follow a measurement that
            was binned so; None weighs each pair by its own Legendre polynomials.
        lines_of_sight: Axes of the box along which the observer looks; ξ_ℓ is averaged over them.
        redshift_space: Whether galaxies stand where their redshift puts them; False leaves them in
            real space, where the multipoles above the monopole are noise.
    """

    s_edges: tuple[float, ...]
    ells: tuple[int, ...] = (0, 2)
    n_mu: int | None = None
    lines_of_sight: tuple[int, ...] = (2,)
    redshift_space: bool = True

    name: ClassVar[str] = "multipoles"
    dims: ClassVar[tuple[str, ...]] = ("multipoles_sample", "ell", "s")
    edges_field: ClassVar[str] = "s_edges"
    style: ClassVar[Style] = Style(
        "Clustering in redshift space",
        "Multipoles of the excess of galaxy pairs by distance, with galaxies where their redshift "
        "puts them",
        "ξ_ℓ",
        r"\xi_\ell",
        r"[h^{-2}\,{\rm Mpc}^2]",
        "s",
        by_order=r"\xi_{{{}}}",
        power=2,
    )

    @classmethod
    def checked_bins(cls, bins: dict[str, Any]) -> dict[str, Any]:
        """Orders, bins of |μ| and axes as whole numbers."""
        ells, n_mu = bins.get("ells", cls.ells), bins.get("n_mu", cls.n_mu)
        axes = checked_axes(bins.get("lines_of_sight", cls.lines_of_sight))
        checked_flag("redshift_space", bins.get("redshift_space", True))
        orders = checked_ells(np.asarray(ells).tolist())
        if len(set(orders)) != len(orders):
            raise DataError(f"ells must be different, got {ells!r}")
        if n_mu is not None and (int(n_mu) != n_mu or n_mu <= max(orders) / 2):
            raise DataError(
                f"n_mu must be a whole number above half the largest ell, got {n_mu!r}: fewer "
                "bins of mu cannot tell the multipoles apart"
            )
        n_mu = None if n_mu is None else int(n_mu)
        return {**bins, "ells": orders, "n_mu": n_mu, "lines_of_sight": axes}

    @property
    def orders(self) -> tuple[int, ...]:
        """The orders ℓ."""
        return self.ells

    @property
    def volumes(self) -> np.ndarray:
        """Volume of the shells, (Mpc/h)^3. (n_s,)"""
        return shells(self.s_edges)

    def monopole(self, values: np.ndarray) -> np.ndarray:
        """ξ_0 where it is there, else 0."""
        if 0 in self.ells:
            return values[:, self.ells.index(0)]
        return np.zeros_like(values[:, 0])

    def counting_error(
        self, values: np.ndarray, galaxies: np.ndarray, survey: Survey
    ) -> np.ndarray:
        """Poisson, sqrt(2ℓ + 1) that of the monopole where pairs have no preferred direction."""
        error = super().counting_error(values, galaxies, survey)
        return error[:, None] * np.sqrt(2 * np.array(self.ells) + 1)[:, None]

    def prepare(self, halos: HaloCatalog) -> tuple[MultipolePairs | SMuPairs, ...]:
        """Pairs in redshift space, for each line of sight."""
        of_kind = MultipolePairs if self.n_mu is None else SMuPairs
        bins = self.s_edges, self._second_bins
        return self.along_each(of_kind, halos, *bins)

    def estimate(
        self,
        weights: jax.Array,
        prepared: Sequence[MultipolePairs | SMuPairs],
        cross_with: jax.Array | None,
    ) -> jax.Array:
        """(n_row, n_sample) -> (n_sample, n_ell, n_s)."""
        return stats.multipoles(weights, prepared, self.ells, cross_with=cross_with)

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, prepared: Any = None
    ) -> tuple[PairsWithoutRegions, ...]:
        """Pairs of the box without each subvolume, for each line of sight."""
        of_kind = PairsWithoutRegions
        make = of_kind.multipoles if self.n_mu is None else of_kind.s_mu
        bins = np.array(self.s_edges), self._second_bins
        return self.along_each(make, halos, *bins, n_side=n_side)

    def leave_one_out(
        self, weights: jax.Array, regions: Sequence[PairsWithoutRegions]
    ) -> jax.Array:
        """(n_halo, n_member) -> (K, n_sample, n_ell, n_s)."""
        excess = super().leave_one_out(weights, regions)
        if self.n_mu is None:
            return excess
        return projected_on_legendre(excess, self.ells, self._second_bins)

    @property
    def _second_bins(self) -> np.ndarray | tuple[int, ...]:
        """Edges of μ, or the orders where each pair has its own μ."""
        return self.ells if self.n_mu is None else np.linspace(0, 1, self.n_mu + 1)
