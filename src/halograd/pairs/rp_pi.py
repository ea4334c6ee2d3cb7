"""Weighted pair counts in bins of separation across and along the line of sight."""

from typing import ClassVar, Self, Unpack

import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.pairs._options import PairOptions
from halograd.pairs._pairs import AutoPairs, CrossPairs
from halograd.pairs.geometry import CylinderBins


class RpPi(CylinderBins):
    """Bins of r_p and of |π|."""

    pair_classes: ClassVar[tuple[str, ...]] = ("RpPiPairs", "RpPiCrossPairs")
    edge_names: ClassVar[tuple[str, ...]] = ("rp_edges", "pi_edges")

    @classmethod
    def checked(cls, rp_edges: ArrayLike, pi_edges: ArrayLike) -> Self:
        """The bins of these edges."""
        return cls(
            _checks.increasing_edges("rp_edges", rp_edges),
            _checks.increasing_edges("pi_edges", pi_edges),
        )

    @property
    def rp_edges(self) -> np.ndarray:
        """Edges across the line of sight. (n_rp + 1,), comoving Mpc/h"""
        return self.edges

    @property
    def pi_edges(self) -> np.ndarray:
        """Edges along the line of sight. (n_pi + 1,), comoving Mpc/h"""
        return self.line_of_sight_edges


class RpPiPairs(AutoPairs):
    r"""Pairs of one point set, binned in r_p across and |π| along the line of sight.

    Called with weights, returns

    $$ DD_{bk} = \sum_{i \ne j} w_i w_j\, [r_p^{ij} \in b]\, [|\pi_{ij}| \in k], $$

    (n_rp, n_pi) or (n_sample, n_rp, n_pi), bins half open, in everything else as
    `ProjectedPairs`.

    Args:
        positions: (n, 3), comoving Mpc/h, in [0, L). x = L exactly wraps.
        boxsize: Side of the box, comoving Mpc/h, or (3,) sides; None only with periodic=False.
        rp_edges: (n_rp + 1,), comoving Mpc/h, increasing, at most half the box across the sky.
        pi_edges: (n_pi + 1,), comoving Mpc/h, increasing from 0 or above, at most half the box
            along the line of sight.
        options: As `PairOptions` says.

    Attributes:
        rp_edges: Edges across the line of sight. (n_rp + 1,), comoving Mpc/h
        pi_edges: Edges along the line of sight. (n_pi + 1,), comoving Mpc/h

    Raises:
        HalogradError: As for `ProjectedPairs`.
    """

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike | None,
        rp_edges: ArrayLike,
        pi_edges: ArrayLike,
        **options: Unpack[PairOptions],
    ) -> None:
        bins = RpPi.checked(rp_edges, pi_edges)
        super().__init__(bins, positions, boxsize=boxsize, **options)


class RpPiCrossPairs(CrossPairs):
    """Pairs between two point sets, binned in r_p and |π|.

    As `RpPiPairs`, for two different sets; pairs at zero separation are counted.

    Args:
        positions1: (n1, 3), comoving Mpc/h.
        positions2: (n2, 3), comoving Mpc/h.
        boxsize: Comoving Mpc/h, number or (3,); None only with periodic=False.
        rp_edges: (n_rp + 1,), comoving Mpc/h.
        pi_edges: (n_pi + 1,), comoving Mpc/h.
        options: As `PairOptions` says.

    Attributes:
        rp_edges: Edges across the line of sight. (n_rp + 1,), comoving Mpc/h
        pi_edges: Edges along the line of sight. (n_pi + 1,), comoving Mpc/h
    """

    def __init__(
        self,
        positions1: ArrayLike,
        positions2: ArrayLike,
        boxsize: ArrayLike | None,
        rp_edges: ArrayLike,
        pi_edges: ArrayLike,
        **options: Unpack[PairOptions],
    ) -> None:
        bins = RpPi.checked(rp_edges, pi_edges)
        super().__init__(bins, positions1, positions2, boxsize=boxsize, **options)
