"""Nodes of halo properties, and the functions that spread each halo over them."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jax.typing import ArrayLike
from scipy import sparse
from scipy.interpolate import BSpline

from halograd import _checks
from halograd._arrays import unmasked
from halograd.errors import HalogradError


class Hats(NamedTuple):
    """The functions h_a that do not vanish at each halo.

    Attributes:
        nodes: (n, m), int32, node numbers.
        values: (n, m), float64, of which each row sums to 1.
        n_node: Number of nodes.
    """

    nodes: np.ndarray
    values: np.ndarray
    n_node: int

    @property
    def matrix(self) -> sparse.csr_array:
        """h_ia as a sparse matrix (n, n_node)."""
        n, m = self.nodes.shape
        starts = np.arange(0, n * m + 1, m)
        shape = n, self.n_node
        return sparse.csr_array((self.values.ravel(), self.nodes.ravel(), starts), shape=shape)


class _Axis(NamedTuple):
    name: str
    values: tuple[Any, ...]
    is_category: bool


class Nodes:
    r"""A grid of values of halo properties, the product of those of each property.

    A function of the properties is represented by numbers w_a at the nodes,
    w(x) = \sum_a h_a(x) w_a. By default h_a are hat functions and w_a the values of w: linear
    between neighbouring nodes of a continuous property, exact for what is linear there, and
    otherwise wrong by the second order of their spacing; 0 or 1 for a category; the product of
    them for several properties. A higher `degree` stands for B-splines, whose w_a are to be
    found by a fit: with 3, the error is of fourth order.

    Args:
        positions: By the name of each continuous property, its nodes, increasing: (n_position,).
        categories: By the name of each other property, the values it may take, for example
            `{"is_satellite": (False, True)}`.
        degree: Of the polynomials between positions of continuous properties, which then have
            degree - 1 nodes more than positions.

    Raises:
        HalogradError: For a degree below 1, no property at all, nodes that do not increase or are
            not finite, or a value named twice.
    """

    def __init__(
        self,
        positions: Mapping[str, ArrayLike],
        categories: Mapping[str, Sequence[Any]] | None = None,
        *,
        degree: int = 1,
    ) -> None:
        if not isinstance(degree, int | np.integer) or degree < 1:
            raise HalogradError(
                f"the degree of nodes must be a whole number of 1 or more, got {degree!r}"
            )
        self.degree = int(degree)
        categories = {} if categories is None else categories
        for given in (positions, categories):
            if not isinstance(given, Mapping):
                raise HalogradError(
                    "nodes are given by the name of their property, such as "
                    f'{{"log_mpeak": [11.0, 12.0]}}, got {type(given).__name__}'
                )
        both = set(positions) & set(categories)
        if both or not (positions or categories):
            found = f"{sorted(both)} as both" if both else "no property"
            raise HalogradError(
                f"nodes need properties, each either continuous or a category; got {found}"
            )
        self._axes = (
            *(_Axis(name, _increasing(name, at), False) for name, at in positions.items()),
            *(_Axis(name, _distinct(name, values), True) for name, values in categories.items()),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The properties, in the order of `shape`."""
        return tuple(axis.name for axis in self._axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each property; nodes are numbered in C order."""
        more = self.degree - 1
        return tuple(len(axis.values) + more * (not axis.is_category) for axis in self._axes)

    def __len__(self) -> int:
        return int(np.prod(self.shape))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Nodes) and self._axes == other._axes and self.degree == other.degree
        )

    def __hash__(self) -> int:
        return hash((self._axes, self.degree))

    def __repr__(self) -> str:
        grid = " x ".join(f"{len(axis.values)} {axis.name}" for axis in self._axes)
        return f"Nodes({grid})"

    def __getitem__(self, name: str) -> np.ndarray:
        """The value of a property at every node; for splines, where each is centred. (n_node,)"""
        if name not in self.names:
            raise HalogradError(
                f"the nodes have no property {name!r}{_checks.nearest(name, self.names)}; they "
                f"have {', '.join(self.names)}"
            )
        along = self.names.index(name)
        numbers = np.unravel_index(np.arange(len(self)), self.shape)[along]
        return self._places(self._axes[along])[numbers]

    def hats(self, properties: Mapping[str, ArrayLike]) -> Hats:
        """The functions of the nodes, at halos.

        Args:
            properties: By name, (n,) for every property of the nodes and no other.

        Returns:
            For each halo the (degree + 1)^d nodes around it, d being the number of continuous
            properties.

        Raises:
            HalogradError: For a missing property, columns of different lengths, values that are
                not finite or lie outside the nodes.
        """
        _check_names(self.names, properties)
        columns = {axis.name: _column(axis, properties[axis.name]) for axis in self._axes}
        lengths = {name: np.shape(column) for name, column in columns.items()}
        if len({*lengths.values()}) > 1 or len(lengths[self.names[0]]) != 1:
            raise HalogradError(f"properties must all be (n,), got shapes {lengths}")
        along = [self._along(axis, columns[axis.name]) for axis in self._axes]
        corners = (_corner(corner, self.shape) for corner in itertools.product(*along))
        nodes, values = zip(*corners, strict=True)
        return Hats(np.stack(nodes, 1).astype(np.int32), np.stack(values, 1), len(self))

    def described(self) -> dict[str, Any]:
        """The nodes in the types of JSON: the degree, and each property with its values."""
        parts = {axis.name: list(axis.values) for axis in self._axes}
        categories = [axis.name for axis in self._axes if axis.is_category]
        return {"degree": self.degree, "categories": categories, "properties": parts}

    @classmethod
    def from_description(cls, described: Mapping[str, Any]) -> "Nodes":
        """What `described` told."""
        named = described["properties"]
        categories = {name: named[name] for name in described["categories"]}
        positions = {name: named[name] for name in named if name not in categories}
        return cls(positions, categories, degree=described["degree"])

    def _knots(self, axis: _Axis) -> np.ndarray:
        return np.pad(np.asarray(axis.values), self.degree, mode="edge")

    def _places(self, axis: _Axis) -> np.ndarray:
        """The values of a property along its own axis of the grid; Greville's for splines."""
        if axis.is_category or self.degree == 1:
            return np.asarray(axis.values)
        windows = np.lib.stride_tricks.sliding_window_view(self._knots(axis)[1:-1], self.degree)
        return windows.mean(axis=1)

    def _along(self, axis: _Axis, column: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Numbers and values of the functions of one property: one pair, or degree + 1."""
        if axis.is_category:
            return ((_category(axis, column), np.ones(len(column))),)
        at = _inside(axis, column)
        design = BSpline.design_matrix(at, self._knots(axis), self.degree)
        shape = len(at), self.degree + 1
        numbers, values = design.indices.reshape(shape), design.data.reshape(shape)
        return tuple(zip(numbers.T, values.T, strict=True))


def _increasing(name: str, positions: ArrayLike) -> tuple[float, ...]:
    return tuple(_checks.increasing_edges(f"nodes of {name}", positions, minimum=-np.inf).tolist())


def _distinct(name: str, values: Sequence[Any]) -> tuple[Any, ...]:
    listed = np.asarray(unmasked(f"the values of {name}", values))
    if listed.ndim != 1 or not listed.size or len(np.unique(listed)) != listed.size:
        raise HalogradError(f"the values of {name} must be distinct, in a row, got {values!r}")
    return tuple(listed.tolist())


def _check_names(names: tuple[str, ...], properties: Mapping[str, ArrayLike]) -> None:
    if set(names) != set(properties):
        raise HalogradError(
            f"the nodes are of {', '.join(names)}: give these properties of the halos, got "
            f"{', '.join(properties) or 'none'}"
        )


def _column(axis: _Axis, values: ArrayLike) -> np.ndarray:
    """A property of the halos: floats, or for a category whatever its values are. (n,)"""
    if axis.is_category:
        return np.asarray(unmasked(axis.name, values))
    return _checks.finite(axis.name, values)


def _inside(axis: _Axis, at: np.ndarray) -> np.ndarray:
    low, high = axis.values[0], axis.values[-1]
    outside = (at < low) | (at > high)
    if outside.any():
        raise HalogradError(
            f"the nodes of {axis.name} run from {low:g} to {high:g}, but {int(outside.sum())} of "
            f"{len(at)} halos lie outside: they span {at.min():g} to {at.max():g}. Move the "
            "outermost nodes there, or leave these halos out"
        )
    return at


def _category(axis: _Axis, column: np.ndarray) -> np.ndarray:
    match = column[:, None] == np.asarray(axis.values)
    unknown = ~match.any(axis=1)
    if unknown.any():
        raise HalogradError(
            f"{axis.name} may be {', '.join(map(str, axis.values))}, but {int(unknown.sum())} of "
            f"{len(column)} halos have another value, such as {column[unknown][0]}; name it among "
            "the categories"
        )
    return match.argmax(axis=1)


def _corner(
    corner: tuple[tuple[np.ndarray, np.ndarray], ...], shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Node numbers and coefficients at one corner of the cell around each halo."""
    numbers, shares = zip(*corner, strict=True)
    return np.ravel_multi_index(numbers, shape), np.prod(shares, axis=0)
