"""Projected clustering."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks, stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import DataError
from halograd.pairs import ProjectedPairs
from halograd.statistics.line_of_sight_statistic import (
    LineOfSightStatistic,
    checked_axes,
    checked_flag,
)
from halograd.statistics.style import Style
from halograd.stats.pairs_without_regions import PairsWithoutRegions


@dataclass(frozen=True)
class ProjectedClustering(LineOfSightStatistic):
    """Projected correlation function wp(rp), comoving Mpc/h.

    Attributes:
        rp_edges: (n_rp + 1,), edges of the bins, comoving Mpc/h.
        pi_max: Depth along the line of sight, comoving Mpc/h.
        redshift_space: Whether galaxies stand where their redshift puts them, as in a survey; in
            real space otherwise, where wp is lower by 4 % at 6 Mpc/h and 13 % at 17 Mpc/h for a
            pi_max of 40 Mpc/h.
        lines_of_sight: Axes of the box along which the observer looks; wp is averaged over them.
            In real space, where no velocity tells one axis from another, always the third.
    """

    rp_edges: tuple[float, ...]
    pi_max: float
    redshift_space: bool = False
    lines_of_sight: tuple[int, ...] = (2,)

    name: ClassVar[str] = "wp"
    dims: ClassVar[tuple[str, ...]] = ("wp_sample", "rp")
    edges_field: ClassVar[str] = "rp_edges"
    unit: ClassVar[str] = "length"
    style: ClassVar[Style] = Style(
        "Projected clustering",
        "Excess of galaxy pairs by projected separation",
        "wp",
        r"w_{\rm p}",
        r"[h^{-1}\,{\rm Mpc}]",
        r"r_{\rm p}",
    )

    @classmethod
    def checked_bins(cls, bins: dict[str, Any]) -> dict[str, Any]:
        """The depth as a number, and axes as whole numbers."""
        in_redshift_space = checked_flag("redshift_space", bins.get("redshift_space", False))
        axes = checked_axes(bins.get("lines_of_sight", cls.lines_of_sight))
        return {
            **bins,
            "pi_max": _checks.number("pi_max", bins["pi_max"], DataError),
            "redshift_space": in_redshift_space,
            "lines_of_sight": axes if in_redshift_space else cls.lines_of_sight,
        }

    @property
    def volumes(self) -> np.ndarray:
        """Volume of each cylindrical shell of rp, 2 π_max deep, (Mpc/h)^3. (n_rp,)"""
        return np.pi * np.diff(np.square(self.rp_edges)) * self.per_excess

    @property
    def per_excess(self) -> float:
        """2 π_max."""
        return 2 * self.pi_max

    def prepare(self, halos: HaloCatalog) -> ProjectedPairs | tuple[ProjectedPairs, ...]:
        """Pairs in real space, or in redshift space for each line of sight."""
        bins = self.rp_edges, self.pi_max
        if not self.redshift_space:
            return ProjectedPairs(halos.positions, halos.boxsize, *bins)
        return self.along_each(ProjectedPairs, halos, *bins)

    def estimate(
        self,
        weights: jax.Array,
        prepared: ProjectedPairs | tuple[ProjectedPairs, ...],
        cross_with: jax.Array | None,
    ) -> jax.Array:
        """(n_row, n_sample) -> (n_sample, n_rp)."""
        return stats.wp(weights, prepared, cross_with=cross_with)

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, prepared: Any = None
    ) -> tuple[PairsWithoutRegions, ...]:
        """Pairs of the box without each subvolume, for each line of sight."""
        bins = np.array(self.rp_edges), self.pi_max
        return self.along_each(PairsWithoutRegions.projected, halos, *bins, n_side=n_side)
