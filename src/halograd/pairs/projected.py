"""Weighted pair counts in bins of projected separation."""

from typing import ClassVar, Self, Unpack

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError
from halograd.pairs._options import PairOptions
from halograd.pairs._pairs import AutoPairs, CrossPairs
from halograd.pairs.geometry import CylinderBins, annuli


class Projected(CylinderBins):
    """Bins of r_p, with |π| below one limit, or anywhere along the line of sight."""

    pair_classes: ClassVar[tuple[str, ...]] = ("ProjectedPairs", "ProjectedCrossPairs")
    edge_names: ClassVar[tuple[str, ...]] = ("rp_edges", "pi_max")
    n_axes: ClassVar[int] = 1

    @classmethod
    def checked(cls, rp_edges: ArrayLike, pi_max: float | None) -> Self:
        """The bins of these edges; no limit along the line of sight for None."""
        edges = _checks.increasing_edges("rp_edges", rp_edges)
        depth = (
            np.inf if pi_max is None else _checks.finite("pi_max", pi_max, unit="comoving Mpc/h")
        )
        if np.shape(depth) != () or not depth > 0:
            raise HalogradError(f"pi_max must be one positive number of Mpc/h, got {pi_max}")
        return cls(edges, np.array([0.0, float(depth)]))

    @property
    def rp_edges(self) -> np.ndarray:
        """Edges of the bins. (n_rp + 1,), comoving Mpc/h"""
        return self.edges

    @property
    def pi_max(self) -> np.ndarray | jax.Array:
        """Depth along the line of sight, infinite for the whole box. (), comoving Mpc/h"""
        return self.line_of_sight_edges[1]

    def line_of_sight_length(self, depth: jax.Array | np.ndarray) -> jax.Array:
        """Length that pairs span in a box of side `depth`: 2 pi_max, or all. (), comoving Mpc/h"""
        return jnp.minimum(2 * self.pi_max, depth)

    def bin_volumes(self, depth: jax.Array | np.ndarray) -> jax.Array | np.ndarray:
        """Volume of the separations in each bin, both signs of dz counted. (*bins), (Mpc/h)^3"""
        return annuli(self.edges) * self.line_of_sight_length(depth)


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

    Attributes:
        rp_edges: Edges of the bins. (n_rp + 1,), comoving Mpc/h
        pi_max: Depth along the line of sight, infinite for the whole box. (), comoving Mpc/h

    Raises:
        HalogradError: For positions that are not finite or lie outside the box, a box that is
            not positive, edges that do not increase, separations beyond half a periodic side,
            sides outside 1e-9 to 1e12 Mpc/h, edges above 0 but below 1e-15 Mpc/h, or an option
            that does not exist. For masked arrays, and quantities with a unit.
    """

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike | None,
        rp_edges: ArrayLike,
        pi_max: float,
        **options: Unpack[PairOptions],
    ) -> None:
        bins = Projected.checked(rp_edges, pi_max)
        super().__init__(bins, positions, boxsize=boxsize, **options)


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

    Attributes:
        rp_edges: Edges of the bins. (n_rp + 1,), comoving Mpc/h
        pi_max: Depth along the line of sight, infinite for the whole box. (), comoving Mpc/h
    """

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
        bins = Projected.checked(rp_edges, pi_max)
        super().__init__(bins, positions1, positions2, boxsize=boxsize, **options)
