"""What pairs are binned in: the interface that every geometry has, and its two common forms."""

from dataclasses import fields
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.errors import HalogradError


class Geometry(eqx.Module):
    r"""Bins in two coordinates of a separation (dx, dy, dz), dz being along the line of sight.

    The first coordinate is a separation, in half-open bins [low, high) between `edges`. The
    second, such as |π| or μ, enters a count as a factor for each of its n2 "bins",

    $$ S_{ibk} = \sum_j w_j\, [r_{ij} \in b]\, f_k(ij), $$

    where f is 1 in the bin and 0 elsewhere for `CylinderBins` and `ShellBins`, and may be any
    function of the pair for others, such as a polynomial in μ.

    A geometry is one class in one file. It says what is binned, how far that reaches, which
    fraction of random pairs each bin holds, and by which names a user knows its edges; the
    reference engine counts in it, and no other file asks which geometry it has. The native
    engine counts in the two forms named above, and `backend="auto"` takes the reference engine
    for others, a subclass of one of them with another `factor` included.

    Attributes:
        edges: (n1 + 1,), of the separation, comoving Mpc/h.
        line_of_sight_edges: (n2 + 1,), of the second coordinate.
    """

    edges: np.ndarray
    line_of_sight_edges: np.ndarray

    kind: ClassVar[str]
    """Names of the two coordinates, as tables of pair counts keep them."""
    separation: ClassVar[str]
    """Name of the first coordinate, for messages."""
    pair_classes: ClassVar[tuple[str, ...]]
    """Names of the classes whose pairs are binned so, for messages."""
    edge_names: ClassVar[tuple[str, ...]]
    """Attributes that pairs in this geometry have too, such as "rp_edges"."""
    n_axes: ClassVar[int] = 2
    """How many axes of bins counts have: 1 where there is one bin in the second coordinate."""

    @property
    def shape(self) -> tuple[int, int]:
        """Number of bins in each coordinate."""
        return len(self.edges) - 1, len(self.line_of_sight_edges) - 1

    @property
    def n_bin(self) -> int:
        """Number of bins in all; the engines number them in C order of `shape`."""
        return self.shape[0] * self.shape[1]

    def arranged(self, counts: jax.Array) -> jax.Array:
        """Counts as users see them: (..., n_bin) -> (..., *bins)."""
        return counts.reshape(*counts.shape[:-1], *self.shape[: self.n_axes])

    @property
    def further(self) -> dict[str, Any]:
        """The fields besides edges, by name, as tables of pair counts keep them."""
        own = {"edges", "line_of_sight_edges"}
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in own}

    @property
    def reach(self) -> np.ndarray:
        """How far a pair may stretch along each axis. (3,), comoving Mpc/h"""
        raise NotImplementedError

    @property
    def of_zero_separation(self) -> tuple[float, ...]:
        """What coincident points count in the first bins, numbered as the engines number them.

        Empty where they are in no bin; 1 in the first bin unless a geometry says otherwise.
        """
        is_held = self.edges[0] == 0 and self.line_of_sight_edges[0] == 0
        return (1.0,) if is_held else ()

    def check_fits(self, half: np.ndarray) -> None:
        """Raise unless all bins lie within half of each periodic side.

        Args:
            half: (3,), half sides in comoving Mpc/h, infinite along open axes.
        """
        raise NotImplementedError

    @staticmethod
    def distance(apart: np.ndarray) -> np.ndarray:
        """The first coordinate of separations: (..., 3) -> (...), comoving Mpc/h."""
        raise NotImplementedError

    @staticmethod
    def coordinates(apart: jax.Array) -> tuple[jax.Array, jax.Array]:
        """The square of the first coordinate, and the second: (3, ...) -> twice (...)."""
        raise NotImplementedError

    def factor_parameters(self) -> tuple[np.ndarray, ...]:
        """Arrays (n2, ...), of which `factor` is given the entry of one second bin."""
        return self.line_of_sight_edges[:-1], self.line_of_sight_edges[1:]

    @staticmethod
    def factor(second: jax.Array, *parameters: jax.Array) -> jax.Array:
        """f_k of pairs, from their second coordinate, boolean or floating: (...) -> (...)."""
        low, high = parameters
        return (second >= low) & (second < high)

    def factors(self, apart: np.ndarray) -> np.ndarray:
        """What pairs count in each bin, 0 or 1 where the second coordinate is binned too.

        Args:
            apart: (n, 3), separations in comoving Mpc/h, dz along the line of sight.

        Returns:
            (n, n_bin), float64.
        """
        place = np.searchsorted(self.edges, self.distance(apart), "right") - 1
        along = np.asarray(self.coordinates(apart.T)[1])
        second_bins = zip(*self.factor_parameters(), strict=True)
        of_second = np.stack([self.factor(along, *one) for one in second_bins], axis=1)
        of_first = np.arange(self.shape[0]) == place[:, None]
        return (of_first[:, :, None] * of_second[:, None, :]).reshape(len(apart), -1).astype(float)

    def bin_volumes(self, depth: jax.Array | np.ndarray) -> jax.Array | np.ndarray:
        """Volume of the separations in each bin, both signs of dz counted. (*bins), (Mpc/h)^3

        Divided by the volume of a periodic box, it is the fraction of the pairs of uniform
        random points that the bin holds; where pairs count with a factor, times its mean.

        Args:
            depth: Side of the box along the line of sight, comoving Mpc/h.
        """
        raise NotImplementedError

    def described(self) -> dict[str, Any]:
        """The bins in the types of JSON."""
        return {
            "kind": self.kind,
            "edges": self.edges.tolist(),
            "line_of_sight_edges": list(map(str, self.line_of_sight_edges.tolist())),
        }


class CylinderBins(Geometry):
    """Bins of r_p² = dx² + dy², compared with squared edges, and of |π| = |dz|."""

    kind: ClassVar[str] = "rp, pi"
    separation: ClassVar[str] = "rp"

    @property
    def reach(self) -> np.ndarray:
        """How far a pair may stretch along each axis. (3,), comoving Mpc/h"""
        return np.array([self.edges[-1], self.edges[-1], self.line_of_sight_edges[-1]])

    def check_fits(self, half: np.ndarray) -> None:
        """Raise unless all bins lie within half of each periodic side."""
        _check_separation(self, half[:2].min())
        depth = self.line_of_sight_edges[-1]
        if half[2] < depth < np.inf:
            raise HalogradError(
                f"pi_max, or the largest pi edge, must be at most half the box along the line of "
                f"sight ({half[2]:g} Mpc/h), got {depth:g} Mpc/h"
            )

    @staticmethod
    def distance(apart: np.ndarray) -> np.ndarray:
        """r_p of separations: (..., 3) -> (...), comoving Mpc/h."""
        return np.hypot(apart[..., 0], apart[..., 1])

    @staticmethod
    def coordinates(apart: jax.Array) -> tuple[jax.Array, jax.Array]:
        """r_p² and |π|: (3, ...) -> twice (...)."""
        dx, dy, dz = apart
        return rounded_square(dx) + rounded_square(dy), jnp.abs(dz)

    def bin_volumes(self, depth: jax.Array | np.ndarray) -> jax.Array | np.ndarray:
        """Volume of the separations in each bin, both signs of dz counted. (*bins), (Mpc/h)^3"""
        return annuli(self.edges)[:, None] * 2 * widths(self.line_of_sight_edges)


class ShellBins(Geometry):
    """Bins of r² = (dx² + dy²) + dz², compared with squared edges, and of μ = |dz| / √r².

    μ is 0 where r = 0. A last edge of μ = 1 is closed: μ = 1 is in its bin.
    """

    kind: ClassVar[str] = "s, mu"
    separation: ClassVar[str] = "separation"

    @property
    def reach(self) -> np.ndarray:
        """How far a pair may stretch along each axis. (3,), comoving Mpc/h"""
        return np.full(3, self.edges[-1])

    def check_fits(self, half: np.ndarray) -> None:
        """Raise unless all bins lie within half of each periodic side."""
        _check_separation(self, half.min())

    @staticmethod
    def distance(apart: np.ndarray) -> np.ndarray:
        """R of separations: (..., 3) -> (...), comoving Mpc/h."""
        return np.hypot(np.hypot(apart[..., 0], apart[..., 1]), apart[..., 2])

    @staticmethod
    def coordinates(apart: jax.Array) -> tuple[jax.Array, jax.Array]:
        """r² and μ: (3, ...) -> twice (...)."""
        dx, dy, dz = apart
        squared = (rounded_square(dx) + rounded_square(dy)) + rounded_square(dz)
        # the floor does nothing but keep the quotient from becoming a product with 1 / sqrt(r²)
        distance = jnp.maximum(jnp.sqrt(squared), jnp.finfo(squared.dtype).tiny)
        return squared, jnp.abs(dz) / distance

    def factor_parameters(self) -> tuple[np.ndarray, ...]:
        """Lower edges of μ and upper ones, the last one open where μ = 1 is its end."""
        low, high = self.line_of_sight_edges[:-1], np.array(self.line_of_sight_edges[1:])
        if high[-1] >= 1:
            high[-1] = np.inf
        return low, high

    def bin_volumes(self, depth: jax.Array | np.ndarray) -> jax.Array | np.ndarray:
        """Volume of the separations in each bin, both signs of dz counted. (*bins), (Mpc/h)^3"""
        return shells(self.edges)[:, None] * widths(self.line_of_sight_edges)


def geometry_class(name: str) -> type[Geometry]:
    """The geometry whose class has this name, among all those that were imported.

    Raises:
        HalogradError: Where there is none.
    """
    classes, found = [Geometry], {}
    while classes:
        below = classes.pop().__subclasses__()
        found.update({each.__name__: each for each in below})
        classes += below
    if name not in found:
        raise HalogradError(
            f"there is no geometry of pairs {name!r} here: import the module that defines it first"
        )
    return found[name]


def rounded_square(values: jax.Array) -> jax.Array:
    """Squares rounded by themselves, so that a pair on an edge falls as plain arithmetic has it.

    A compiler may otherwise fuse the product with the sum it goes into, which rounds once. The
    floor, smaller than any separation, prevents that, and keeps mu = 0 / 0 from coincident points.
    """
    return jnp.maximum(values * values, jnp.finfo(values.dtype).tiny)


def widths(edges: np.ndarray) -> np.ndarray:
    """Width of each bin: (n + 1,) -> (n,)."""
    return edges[1:] - edges[:-1]


# Factored: differences of powers would cancel in float32 where bins are narrow.
def annuli(edges: np.ndarray) -> np.ndarray:
    """Area of the annulus between neighbouring radii: (n + 1,) -> (n,)."""
    return np.pi * widths(edges) * (edges[1:] + edges[:-1])


def shells(edges: np.ndarray) -> np.ndarray:
    """Volume of the spherical shell between neighbouring radii: (n + 1,) -> (n,)."""
    low, high = edges[:-1], edges[1:]
    return 4 * np.pi / 3 * widths(edges) * (low**2 + low * high + high**2)


def _check_separation(geometry: Geometry, limit: float) -> None:
    furthest = geometry.edges[-1]
    if furthest > limit:
        raise HalogradError(
            f"the largest {geometry.separation} edge, {furthest:g} Mpc/h, exceeds half the box "
            f"({limit:g} Mpc/h), beyond which pairs meet their periodic images; use smaller bins "
            "or a larger box"
        )
