"""Weighted pair counts in bins of projected separation."""

from typing import ClassVar, Unpack

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd.pairs._auto_pairs import AutoPairs
from halograd.pairs._cross_pairs import CrossPairs
from halograd.pairs._geometry import projected_bins
from halograd.pairs._options import PairOptions


class ProjectedPairs(AutoPairs):
    r"""Pairs of one point set, binned in projected separation r_p.

    Called with weights, returns

    $$ DD_b = \sum_{i \ne j} w_i w_j\, [r_p^{ij} \in b]\, [|\pi_{ij}| < \pi_{max}], $$

    both orders counted, bins half open: r_p in [edge_b, edge_{b+1}). The points are prepared
    here, once; calls only weigh them, and may be jitted, vmapped and differentiated in the
    weights (`grad`, `jvp`, `jacfwd`, `jacrev`, forward over reverse). The derivative follows
    from the per-point sums S_i of the same pass (the adjoint pair count): dDD = 2 sum_i dw_i S_i,
    so that it costs next to nothing, whatever the number of parameters.

    Bins are those of float64 arithmetic and sums good to about 1e-6 for float32 weights (the
    reference backend takes separations to 2^-32 of the box). With JAX's x64 mode on and float64
    weights, everything is float64 and unit weights give exact counts.

    Weights may be of any real number type. Those that are not finite are refused; under a JAX
    transformation, which hides their values, the counts of a sample that holds one are NaN, at
    least in every bin where that point has a pair.

    Args:
        positions: (n, 3), comoving Mpc/h, in [0, L). x = L exactly wraps.
        boxsize: Side of the box, comoving Mpc/h, or (3,) sides; None only with periodic=False.
        rp_edges: (n_rp + 1,), comoving Mpc/h, increasing, at most half the box across the sky.
        pi_max: Comoving Mpc/h, at most half the box along the line of sight.
        options: periodic (True), line_of_sight (2), backend, memory and threads ("auto"), as
            `PairOptions` says.

    Raises:
        HalogradError: For positions that are not finite or lie outside the box, a box that is
            not positive, edges that do not increase, separations beyond half a periodic side,
            sides outside 1e-9 to 1e12 Mpc/h, edges above 0 but below 1e-15 Mpc/h, or an option
            that does not exist. For masked arrays, and quantities with a unit.
    """

    _n_bin_axes: ClassVar[int] = 1

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike | None,
        rp_edges: ArrayLike,
        pi_max: float,
        **options: Unpack[PairOptions],
    ) -> None:
        super().__init__(positions, boxsize, projected_bins(rp_edges, pi_max), options)

    @property
    def rp_edges(self) -> np.ndarray:
        """Edges of the bins. (n_rp + 1,), comoving Mpc/h"""
        return self.geometry.edges

    @property
    def pi_max(self) -> np.ndarray | jax.Array:
        """Depth along the line of sight. (), comoving Mpc/h"""
        return self.geometry.line_of_sight_edges[1]


class ProjectedCrossPairs(CrossPairs):
    """Pairs between two point sets, binned in projected separation.

    As `ProjectedPairs`, for two different sets; pairs at zero separation are counted.

    Args:
        positions1: (n1, 3), comoving Mpc/h.
        positions2: (n2, 3), comoving Mpc/h.
        boxsize: Comoving Mpc/h, number or (3,); None only with periodic=False.
        rp_edges: (n_rp + 1,), comoving Mpc/h.
        pi_max: Comoving Mpc/h, at most half the box; None counts along the whole box.
        options: As `PairOptions` says.
    """

    _n_bin_axes: ClassVar[int] = 1

    def __init__(
        self,
        positions1: ArrayLike,
        positions2: ArrayLike,
        boxsize: ArrayLike | None,
        rp_edges: ArrayLike,
        *,
        pi_max: float | None = None,
        **options: Unpack[PairOptions],
    ) -> None:
        bins = projected_bins(rp_edges, pi_max)
        super().__init__(positions1, positions2, boxsize, bins, options)

    @property
    def rp_edges(self) -> np.ndarray:
        """Edges of the bins. (n_rp + 1,), comoving Mpc/h"""
        return self.geometry.edges

    @property
    def pi_max(self) -> np.ndarray | jax.Array:
        """Depth along the line of sight, infinite for the whole box. (), comoving Mpc/h"""
        return self.geometry.line_of_sight_edges[1]
