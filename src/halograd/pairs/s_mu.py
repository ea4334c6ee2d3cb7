"""Weighted pair counts in bins of distance and direction."""

from typing import ClassVar, Unpack

import numpy as np
from jax.typing import ArrayLike

from halograd.pairs._auto_pairs import AutoPairs
from halograd.pairs._cross_pairs import CrossPairs
from halograd.pairs._geometry import s_mu_bins
from halograd.pairs._options import PairOptions


class SMuPairs(AutoPairs):
    r"""Pairs of one point set, binned in distance s and μ = |π| / s.

    Called with weights, returns

    $$ DD_{bk} = \sum_{i \ne j} w_i w_j\, [s_{ij} \in b]\, [\mu_{ij} \in k], $$

    (n_s, n_mu) or (n_sample, n_s, n_mu), bins half open except that a last mu edge of 1 is
    closed; coincident points have μ = 0. In everything else as `ProjectedPairs`.

    Args:
        positions: (n, 3), comoving Mpc/h, in [0, L). x = L exactly wraps.
        boxsize: Side of the box, comoving Mpc/h, or (3,) sides; None only with periodic=False.
        s_edges: (n_s + 1,), comoving Mpc/h, increasing, at most half the shortest periodic side.
        mu_edges: (n_mu + 1,), increasing, between 0 and 1.
        options: As `PairOptions` says.

    Raises:
        HalogradError: As for `ProjectedPairs`.
    """

    _n_bin_axes: ClassVar[int] = 2

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike | None,
        s_edges: ArrayLike,
        mu_edges: ArrayLike,
        **options: Unpack[PairOptions],
    ) -> None:
        super().__init__(positions, boxsize, s_mu_bins(s_edges, mu_edges), options)

    @property
    def s_edges(self) -> np.ndarray:
        """Edges in distance. (n_s + 1,), comoving Mpc/h"""
        return self.geometry.edges

    @property
    def mu_edges(self) -> np.ndarray:
        """Edges in direction. (n_mu + 1,)"""
        return self.geometry.line_of_sight_edges


class SMuCrossPairs(CrossPairs):
    """Pairs between two point sets, binned in distance and direction.

    As `SMuPairs`, for two different sets; pairs at zero separation are counted.

    Args:
        positions1: (n1, 3), comoving Mpc/h.
        positions2: (n2, 3), comoving Mpc/h.
        boxsize: Comoving Mpc/h, number or (3,); None only with periodic=False.
        s_edges: (n_s + 1,), comoving Mpc/h.
        mu_edges: (n_mu + 1,), between 0 and 1.
        options: As `PairOptions` says.
    """

    _n_bin_axes: ClassVar[int] = 2

    def __init__(
        self,
        positions1: ArrayLike,
        positions2: ArrayLike,
        boxsize: ArrayLike | None,
        s_edges: ArrayLike,
        mu_edges: ArrayLike,
        **options: Unpack[PairOptions],
    ) -> None:
        bins = s_mu_bins(s_edges, mu_edges)
        super().__init__(positions1, positions2, boxsize, bins, options)

    @property
    def s_edges(self) -> np.ndarray:
        """Edges in distance. (n_s + 1,), comoving Mpc/h"""
        return self.geometry.edges

    @property
    def mu_edges(self) -> np.ndarray:
        """Edges in direction. (n_mu + 1,)"""
        return self.geometry.line_of_sight_edges
