"""Weighted pair counts in bins of distance, each pair weighed by Legendre polynomials."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self, Unpack

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd._arrays import unmasked
from halograd.errors import HalogradError
from halograd.pairs._options import PairOptions
from halograd.pairs._pairs import AutoPairs, CrossPairs
from halograd.pairs.geometry import ShellBins, shells


class Multipole(ShellBins):
    """Bins of distance s, in which each pair counts with the Legendre polynomials of its μ.

    No bins of μ: the polynomials are those of each pair. In place of a second coordinate the
    engines number the orders ℓ; users see them first, (n_ell, n_s).

    Attributes:
        ells: The orders ℓ, even whole numbers. (n_ell,)
    """

    ells: tuple[int, ...] = eqx.field(static=True, converter=tuple)

    kind: ClassVar[str] = "s, ell"
    pair_classes: ClassVar[tuple[str, ...]] = ("MultipolePairs", "MultipoleCrossPairs")
    edge_names: ClassVar[tuple[str, ...]] = ("s_edges", "ells")

    @classmethod
    def checked(cls, s_edges: ArrayLike, ells: Sequence[int]) -> Self:
        """The bins of these edges, for these orders."""
        edges = _checks.increasing_edges("s_edges", s_edges)
        return cls(edges, np.array([0.0, 1.0]), checked_ells(ells))

    @property
    def s_edges(self) -> np.ndarray:
        """Edges in distance. (n_s + 1,), comoving Mpc/h"""
        return self.edges

    @property
    def shape(self) -> tuple[int, int]:
        """Number of bins of distance, and of orders."""
        return len(self.edges) - 1, len(self.ells)

    def arranged(self, counts: jax.Array) -> jax.Array:
        """Counts as users see them: (..., n_bin) -> (..., n_ell, n_s)."""
        return counts.reshape(*counts.shape[:-1], *self.shape).swapaxes(-1, -2)

    @property
    def polynomials(self) -> np.ndarray:
        """Each Legendre polynomial by its coefficients of 1, μ², μ⁴, ... (n_ell, n_power)"""
        n_power = max(self.ells) // 2 + 1
        found = np.zeros((len(self.ells), n_power))
        for row, ell in zip(found, self.ells, strict=True):
            row[: ell // 2 + 1] = np.polynomial.legendre.leg2poly(np.eye(ell + 1)[ell])[::2]
        return found

    def factor_parameters(self) -> tuple[np.ndarray, ...]:
        """The coefficients of each polynomial."""
        return (self.polynomials,)

    @staticmethod
    def factor(second: jax.Array, *parameters: jax.Array) -> jax.Array:
        """L_ℓ(μ) of pairs."""
        (coefficients,) = parameters
        squared, value = second * second, jnp.zeros_like(second)
        for coefficient in coefficients[::-1]:
            value = value * squared + coefficient
        return value

    @property
    def of_zero_separation(self) -> tuple[float, ...]:
        """L_ℓ(0) where coincident points are in the first bin, since they have μ = 0."""
        return tuple(self.polynomials[:, 0].tolist()) if self.edges[0] == 0 else ()

    def bin_volumes(self, depth: jax.Array | np.ndarray) -> jax.Array | np.ndarray:
        """Volume of the shells for the monopole, 0 for the others. (n_ell, n_s), (Mpc/h)^3

        Pairs of random points have no direction of their own, so that their L_ℓ average to 0.
        """
        return np.array([ell == 0 for ell in self.ells], float)[:, None] * shells(self.edges)

    def described(self) -> dict[str, Any]:
        """The bins in the types of JSON."""
        return {**super().described(), "ells": list(self.ells)}


def checked_ells(ells: Sequence[int]) -> tuple[int, ...]:
    """The orders, if they are different even whole numbers in a row."""
    try:
        orders = np.asarray(unmasked("ells", ells))
    except ValueError:
        orders = np.zeros(0)
    whole = orders.ndim == 1 and orders.size and np.issubdtype(orders.dtype, np.integer)
    if not whole or (orders < 0).any() or (orders % 2).any():
        raise HalogradError(
            f"ells must be even whole numbers in a row, such as (0, 2, 4), got {ells!r}; odd "
            "multipoles vanish, since each pair is met in both orders"
        )
    return tuple(int(ell) for ell in orders)


class MultipolePairs(AutoPairs):
    r"""Pairs of one point set by distance s, weighed by the Legendre polynomials of μ = |π| / s.

    Called with weights, returns

    $$ DD_{\ell b} = \sum_{i \ne j} w_i w_j\, L_\ell(\mu_{ij})\, [s_{ij} \in b], $$

    (n_ell, n_s) or (n_sample, n_ell, n_s), without bins of μ. `stats.multipoles` makes
    correlation functions of them. Bins are half open, coincident points have μ = 0; in everything
    else as `ProjectedPairs`. The monopole is the count of `RadialPairs`. With float32 weights the
    others are good to 2e-5 of the monopole, below which polynomials of many pairs may cancel.

    Args:
        positions: (n, 3), comoving Mpc/h, in [0, L). x = L exactly wraps.
        boxsize: Side of the box, comoving Mpc/h, or (3,) sides; None only with periodic=False.
        s_edges: (n_s + 1,), comoving Mpc/h, increasing, at most half the shortest periodic side.
        ells: The orders, even whole numbers. The native engine goes up to 4; "auto" takes the
            slower reference engine for higher ones.
        options: As `PairOptions` says.

    Attributes:
        s_edges: Edges in distance. (n_s + 1,), comoving Mpc/h
        ells: The orders. (n_ell,)

    Raises:
        HalogradError: For odd orders, which vanish, and as for `ProjectedPairs`.
    """

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike | None,
        s_edges: ArrayLike,
        ells: Sequence[int] = (0, 2, 4),
        **options: Unpack[PairOptions],
    ) -> None:
        bins = Multipole.checked(s_edges, ells)
        super().__init__(bins, positions, boxsize=boxsize, **options)


class MultipoleCrossPairs(CrossPairs):
    """Pairs between two point sets by distance, weighed by the Legendre polynomials of μ.

    As `MultipolePairs`, for two different sets; pairs at zero separation are counted, with μ = 0.

    Args:
        positions1: (n1, 3), comoving Mpc/h.
        positions2: (n2, 3), comoving Mpc/h.
        boxsize: Comoving Mpc/h, number or (3,); None only with periodic=False.
        s_edges: (n_s + 1,), comoving Mpc/h.
        ells: The orders, even whole numbers: with μ = |π| / s odd ones have no meaning.
        options: As `PairOptions` says.

    Attributes:
        s_edges: Edges in distance. (n_s + 1,), comoving Mpc/h
        ells: The orders. (n_ell,)
    """

    def __init__(
        self,
        positions1: ArrayLike,
        positions2: ArrayLike,
        boxsize: ArrayLike | None,
        s_edges: ArrayLike,
        ells: Sequence[int] = (0, 2, 4),
        **options: Unpack[PairOptions],
    ) -> None:
        bins = Multipole.checked(s_edges, ells)
        super().__init__(bins, positions1, positions2, boxsize=boxsize, **options)
