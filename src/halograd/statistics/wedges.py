"""Clustering wedges: the correlation function in redshift space in wide bins of direction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import DataError, HalogradError
from halograd.pairs import SMu, SMuPairs
from halograd.statistics.line_of_sight_statistic import (
    LineOfSightStatistic,
    checked_axes,
    checked_flag,
)
from halograd.statistics.pair_statistic import shells
from halograd.statistics.statistic import Survey
from halograd.statistics.style import Style
from halograd.stats.pairs_without_regions import PairsWithoutRegions


@dataclass(frozen=True)
class Wedges(LineOfSightStatistic):
    """Wedges ξ_w(s) of galaxies that move with their halos, for a distant observer.

    Each wedge is the excess of pairs in a bin of |μ|, the cosine to the line of sight.

    Attributes:
        wedge_edges: (n_s + 1,), edges of the shells, comoving Mpc/h.
        mu_edges: (n_wedge + 1,), edges of the wedges in |μ|, between 0 and 1.
        lines_of_sight: Axes of the box along which the observer looks; ξ_w is averaged over them.
        redshift_space: Whether galaxies stand where their redshift puts them.
    """

    wedge_edges: tuple[float, ...]
    mu_edges: tuple[float, ...] = (0.0, 0.5, 1.0)
    lines_of_sight: tuple[int, ...] = (2,)
    redshift_space: bool = True

    name: ClassVar[str] = "wedges"
    dims: ClassVar[tuple[str, ...]] = ("wedges_sample", "wedge", "wedge_s")
    edges_field: ClassVar[str] = "wedge_edges"
    style: ClassVar[Style] = Style(
        "Clustering wedges",
        "Excess of galaxy pairs by distance in bins of direction, across the sky first",
        "ξ_w",
        r"\xi_w",
        r"[h^{-2}\,{\rm Mpc}^2]",
        "s",
        by_order=r"\xi_{{w{}}}",
        power=2,
    )

    @classmethod
    def checked_bins(cls, bins: dict[str, Any]) -> dict[str, Any]:
        """Edges of the wedges and axes as plain numbers."""
        axes = checked_axes(bins.get("lines_of_sight", cls.lines_of_sight))
        checked_flag("redshift_space", bins.get("redshift_space", True))
        cosines = bins.get("mu_edges", cls.mu_edges)
        try:
            checked = SMu.checked(bins["wedge_edges"], cosines).mu_edges
        except HalogradError as cause:
            raise DataError(str(cause)) from cause
        return {**bins, "mu_edges": tuple(checked.tolist()), "lines_of_sight": axes}

    @property
    def orders(self) -> tuple[int, ...]:
        """The wedges, numbered from 1, from across the sky to along the line of sight."""
        return tuple(range(1, len(self.mu_edges)))

    @property
    def volumes(self) -> np.ndarray:
        """Volume of the shells, all directions, (Mpc/h)^3. (n_s,)"""
        return shells(self.wedge_edges)

    def monopole(self, values: np.ndarray) -> np.ndarray:
        """The mean of the wedges, by their width."""
        return np.average(values, axis=1, weights=np.diff(self.mu_edges))

    def counting_error(
        self, values: np.ndarray, galaxies: np.ndarray, survey: Survey
    ) -> np.ndarray:
        """Poisson, each wedge having a share of all pairs that is its width in μ."""
        error = super().counting_error(values, galaxies, survey)
        return error[:, None] / np.sqrt(np.diff(self.mu_edges))[:, None]

    def prepare(self, halos: HaloCatalog) -> tuple[SMuPairs, ...]:
        """Pairs in redshift space, for each line of sight."""
        bins = self.wedge_edges, self.mu_edges
        return self.along_each(SMuPairs, halos, *bins)

    def estimate(
        self, weights: jax.Array, prepared: Sequence[SMuPairs], cross_with: jax.Array | None
    ) -> jax.Array:
        """(n_row, n_sample) -> (n_sample, n_wedge, n_s)."""
        return stats.xi_s_mu(weights, prepared, cross_with=cross_with).swapaxes(-1, -2)

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, prepared: Any = None
    ) -> tuple[PairsWithoutRegions, ...]:
        """Pairs of the box without each subvolume, for each line of sight."""
        bins = np.array(self.wedge_edges), np.array(self.mu_edges)
        return self.along_each(PairsWithoutRegions.s_mu, halos, *bins, n_side=n_side)

    def leave_one_out(
        self, weights: jax.Array, regions: Sequence[PairsWithoutRegions]
    ) -> jax.Array:
        """(n_halo, n_member) -> (K, n_sample, n_wedge, n_s)."""
        return super().leave_one_out(weights, regions).swapaxes(-1, -2)
