"""Weighted pair counts in bins of distance and direction."""

from typing import ClassVar, Self, Unpack

import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError
from halograd.pairs._options import PairOptions
from halograd.pairs._pairs import AutoPairs, CrossPairs
from halograd.pairs.geometry import ShellBins


class SMu(ShellBins):
    """Bins of distance s, and of its cosine μ to the line of sight."""

    pair_classes: ClassVar[tuple[str, ...]] = ("SMuPairs", "SMuCrossPairs")
    edge_names: ClassVar[tuple[str, ...]] = ("s_edges", "mu_edges")

    @classmethod
    def checked(cls, s_edges: ArrayLike, mu_edges: ArrayLike) -> Self:
        """The bins of these edges."""
        cosines = _checks.increasing_edges("mu_edges", mu_edges)
        if cosines[-1] > 1:
            raise HalogradError(
                f"mu_edges must lie between 0 and 1 (mu = |pi| / s), got {cosines.tolist()}"
            )
        return cls(_checks.increasing_edges("s_edges", s_edges), cosines)

    @property
    def s_edges(self) -> np.ndarray:
        """Edges in distance. (n_s + 1,), comoving Mpc/h"""
        return self.edges

    @property
    def mu_edges(self) -> np.ndarray:
        """Edges in direction. (n_mu + 1,)"""
        return self.line_of_sight_edges


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

    Attributes:
        s_edges: Edges in distance. (n_s + 1,), comoving Mpc/h
        mu_edges: Edges in direction. (n_mu + 1,)

    Raises:
        HalogradError: As for `ProjectedPairs`.
    """

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike | None,
        s_edges: ArrayLike,
        mu_edges: ArrayLike,
        **options: Unpack[PairOptions],
    ) -> None:
        bins = SMu.checked(s_edges, mu_edges)
        super().__init__(bins, positions, boxsize=boxsize, **options)


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

    Attributes:
        s_edges: Edges in distance. (n_s + 1,), comoving Mpc/h
        mu_edges: Edges in direction. (n_mu + 1,)
    """

    def __init__(
        self,
        positions1: ArrayLike,
        positions2: ArrayLike,
        boxsize: ArrayLike | None,
        s_edges: ArrayLike,
        mu_edges: ArrayLike,
        **options: Unpack[PairOptions],
    ) -> None:
        bins = SMu.checked(s_edges, mu_edges)
        super().__init__(bins, positions1, positions2, boxsize=boxsize, **options)
