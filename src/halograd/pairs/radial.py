"""Weighted pair counts in bins of distance."""

from typing import ClassVar, Unpack

import numpy as np
from jax.typing import ArrayLike

from halograd.pairs._auto_pairs import AutoPairs
from halograd.pairs._cross_pairs import CrossPairs
from halograd.pairs._geometry import radial_bins
from halograd.pairs._options import PairOptions


class RadialPairs(AutoPairs):
    r"""Pairs of one point set, binned in distance r.

    Called with weights, returns

    $$ DD_b = \sum_{i \ne j} w_i w_j\, [r_{ij} \in b], $$

    (n_r,) or (n_sample, n_r), bins half open, in everything else as `ProjectedPairs`.

    Args:
        positions: (n, 3), comoving Mpc/h, in [0, L). x = L exactly wraps.
        boxsize: Side of the box, comoving Mpc/h, or (3,) sides; None only with periodic=False.
        r_edges: (n_r + 1,), comoving Mpc/h, increasing, at most half the shortest periodic side.
        options: As `PairOptions` says.

    Raises:
        HalogradError: As for `ProjectedPairs`.
    """

    _n_bin_axes: ClassVar[int] = 1

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike | None,
        r_edges: ArrayLike,
        **options: Unpack[PairOptions],
    ) -> None:
        super().__init__(positions, boxsize, radial_bins(r_edges), options)

    @property
    def r_edges(self) -> np.ndarray:
        """Edges of the bins. (n_r + 1,), comoving Mpc/h"""
        return self.geometry.edges


class RadialCrossPairs(CrossPairs):
    """Pairs between two point sets, binned in distance.

    As `RadialPairs`, for two different sets; pairs at zero separation are counted.

    Args:
        positions1: (n1, 3), comoving Mpc/h.
        positions2: (n2, 3), comoving Mpc/h.
        boxsize: Comoving Mpc/h, number or (3,); None only with periodic=False.
        r_edges: (n_r + 1,), comoving Mpc/h.
        options: As `PairOptions` says.
    """

    _n_bin_axes: ClassVar[int] = 1

    def __init__(
        self,
        positions1: ArrayLike,
        positions2: ArrayLike,
        boxsize: ArrayLike | None,
        r_edges: ArrayLike,
        **options: Unpack[PairOptions],
    ) -> None:
        super().__init__(positions1, positions2, boxsize, radial_bins(r_edges), options)

    @property
    def r_edges(self) -> np.ndarray:
        """Edges of the bins. (n_r + 1,), comoving Mpc/h"""
        return self.geometry.edges
