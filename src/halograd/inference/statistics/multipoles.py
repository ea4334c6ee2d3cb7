"""Multipoles of the correlation function in redshift space."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import DataError
from halograd.inference.galaxy_sample import Sample
from halograd.inference.statistics.pair_statistic import PairStatistic, shells
from halograd.inference.statistics.statistic import Survey, declared_edges, middles
from halograd.pairs import SMuPairs
from halograd.stats.multipoles import checked_ells, projected_on_legendre
from halograd.stats.pairs_without_regions import PairsWithoutRegions


@dataclass(frozen=True)
class Multipoles(PairStatistic):
    """ξ_ℓ(s) of galaxies that move with their halos, for a distant observer.

    Attributes:
        s_edges: (n_s + 1,), comoving Mpc/h.
        ells: Even orders ℓ.
        n_mu: Equal bins of |μ| from 0 to 1, in which pairs are counted.
        lines_of_sight: Axes of the box, over which ξ_ℓ is averaged.
    """

    s_edges: tuple[float, ...]
    ells: tuple[int, ...]
    n_mu: int
    lines_of_sight: tuple[int, ...]

    name: ClassVar[str] = "multipoles"

    @classmethod
    def declare(
        cls,
        samples: tuple[Sample, ...],
        s_edges: ArrayLike | None,
        ells: Sequence[int],
        n_mu: int,
        lines_of_sight: Sequence[int],
    ) -> Self:
        """Checked."""
        edges = declared_edges("s_edges", s_edges, cls.name)
        axes = tuple(int(axis) for axis in np.atleast_1d(lines_of_sight))
        if not axes or len(set(axes)) != len(axes) or not set(axes) <= {0, 1, 2}:
            raise DataError(
                f"lines_of_sight must be different axes 0, 1 or 2, got {lines_of_sight!r}"
            )
        orders = checked_ells(np.asarray(ells).tolist())
        if len(set(orders)) != len(orders):
            raise DataError(f"ells must be different, got {ells!r}")
        if int(n_mu) != n_mu or n_mu <= max(orders) / 2:
            raise DataError(
                f"n_mu must be a whole number above half the largest ell, got {n_mu!r}: fewer "
                "bins of mu cannot tell the multipoles apart"
            )
        return cls(samples, edges, orders, int(n_mu), axes)

    @property
    def separation(self) -> np.ndarray:
        """Of the shells."""
        return middles(self.s_edges)

    @property
    def kinds(self) -> tuple[int, ...]:
        """The orders."""
        return self.ells

    @property
    def volumes(self) -> np.ndarray:
        """Of the shells."""
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

    def source(self, halos: HaloCatalog, profiles: ArrayLike | None) -> tuple[SMuPairs, ...]:
        """Pairs in redshift space, for each line of sight."""
        bins = self.s_edges, self._mu_edges
        return tuple(
            SMuPairs(_seen_along(axis, halos), halos.boxsize, *bins, line_of_sight=axis)
            for axis in self.lines_of_sight
        )

    def measure(self, weights: jax.Array, source: Sequence[SMuPairs]) -> jax.Array:
        """(n_row, n_sample) -> (n_sample, n_ell, n_s)."""
        return stats.multipoles(weights, source, self.ells)

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, profiles: ArrayLike | None
    ) -> tuple[PairsWithoutRegions, ...]:
        """Pairs of the box without each subvolume, for each line of sight."""
        bins = np.array(self.s_edges), self._mu_edges
        return tuple(
            PairsWithoutRegions.s_mu(
                *(_seen_along(axis, halos), halos.boxsize, *bins),
                n_side=n_side,
                line_of_sight=axis,
            )
            for axis in self.lines_of_sight
        )

    def leave_one_out(
        self, weights: jax.Array, regions: Sequence[PairsWithoutRegions]
    ) -> jax.Array:
        """(n_halo, n_sample) -> (K, n_sample, n_ell, n_s)."""
        excess = sum(one(weights) for one in regions) / len(regions)
        return projected_on_legendre(excess, self.ells, self._mu_edges)

    def halo_columns(self, halos: HaloCatalog) -> Mapping[str, ArrayLike]:
        """What moves halos into redshift space."""
        matter = None if halos.cosmology is None else halos.cosmology.omega_m
        columns = {"velocities": halos.velocities, "redshift": halos.redshift, "omega_m": matter}
        return {name: np.asarray(x) for name, x in columns.items() if x is not None}

    @property
    def _mu_edges(self) -> np.ndarray:
        return np.linspace(0, 1, self.n_mu + 1)


def _seen_along(axis: int, halos: HaloCatalog) -> np.ndarray:
    """Positions in redshift space. (n_halo, 3)"""
    if halos.velocities is None:
        raise DataError(
            "multipoles are of redshift space, but the halo catalogue has no velocities: read one "
            "that has, or use xi"
        )
    return stats.redshift_space_positions(
        halos.positions,
        halos.velocities,
        boxsize=halos.boxsize,
        redshift=halos.redshift,
        cosmology=halos.cosmology,
        line_of_sight=axis,
    )
