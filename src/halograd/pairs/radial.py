"""Weighted pair counts in bins of distance."""

from typing import ClassVar, Self, Unpack

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.pairs._options import PairOptions
from halograd.pairs._pairs import AutoPairs, CrossPairs
from halograd.pairs.geometry import ShellBins, shells


class Radial(ShellBins):
    """Bins of distance r, in any direction."""

    pair_classes: ClassVar[tuple[str, ...]] = ("RadialPairs", "RadialCrossPairs")
    edge_names: ClassVar[tuple[str, ...]] = ("r_edges",)
    n_axes: ClassVar[int] = 1

    @classmethod
    def checked(cls, r_edges: ArrayLike) -> Self:
        """The bins of these edges."""
        return cls(_checks.increasing_edges("r_edges", r_edges), np.array([0.0, 1.0]))

    @property
    def r_edges(self) -> np.ndarray:
        """Edges of the bins. (n_r + 1,), comoving Mpc/h"""
        return self.edges

    def bin_volumes(self, depth: jax.Array | np.ndarray) -> jax.Array | np.ndarray:
        """Volume of the separations in each bin, both signs of dz counted. (*bins), (Mpc/h)^3"""
        return shells(self.edges)


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

    Attributes:
        r_edges: Edges of the bins. (n_r + 1,), comoving Mpc/h

    Raises:
        HalogradError: As for `ProjectedPairs`.
    """

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike | None,
        r_edges: ArrayLike,
        **options: Unpack[PairOptions],
    ) -> None:
        bins = Radial.checked(r_edges)
        super().__init__(bins, positions, boxsize=boxsize, **options)


class RadialCrossPairs(CrossPairs):
    """Pairs between two point sets, binned in distance.

    As `RadialPairs`, for two different sets; pairs at zero separation are counted.

    Args:
        positions1: (n1, 3), comoving Mpc/h.
        positions2: (n2, 3), comoving Mpc/h.
        boxsize: Comoving Mpc/h, number or (3,); None only with periodic=False.
        r_edges: (n_r + 1,), comoving Mpc/h.
        options: As `PairOptions` says.

    Attributes:
        r_edges: Edges of the bins. (n_r + 1,), comoving Mpc/h
    """

    def __init__(
        self,
        positions1: ArrayLike,
        positions2: ArrayLike,
        boxsize: ArrayLike | None,
        r_edges: ArrayLike,
        **options: Unpack[PairOptions],
    ) -> None:
        bins = Radial.checked(r_edges)
        super().__init__(bins, positions1, positions2, boxsize=boxsize, **options)
