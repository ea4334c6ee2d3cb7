"""Pair counts between nodes of halo properties, to be weighted like pairs of points."""

import json
import os
from pathlib import Path
from typing import NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd._arrays import float_array
from halograd._sealed import Sealed, read_sealed, write_sealed
from halograd._summation import tree_sum
from halograd.pairs._pairs import AutoPairs, as_columns
from halograd.pairs.geometry import Geometry, geometry_class
from halograd.pairs.identity import Identity, check_identity
from halograd.pairs.nodes import Nodes
from halograd.pairs.split_float64 import SplitFloat64

_KIND = "halograd pair table 1"
_SUFFIX = "Table"  # of the name that a file gives its geometry


class Frame(NamedTuple):
    """Bins and space of a table, which are those of the pairs it was made from."""

    geometry: Geometry
    boxsize: np.ndarray | None
    periodic: tuple[bool, bool, bool]
    line_of_sight: int
    fingerprint: np.ndarray

    @classmethod
    def of(cls, pairs: AutoPairs) -> Self:
        """The bins and space of pairs of points."""
        return cls(*(getattr(pairs, name) for name in cls._fields))


class TableContent(NamedTuple):
    """The numbers of a table, by node.

    Attributes:
        counts: (n_bin, n_node, n_node), float64.
        multiplicity: (n_node,), N_a = sum_i h_ia, float64.
        overlaps: (n_node, n_node), Q_ac = sum_i h_ia h_ic, float64.
        profiles: (n_node, n_R), mean ΔΣ of the halos of a node, float64, or None.
    """

    counts: np.ndarray
    multiplicity: np.ndarray
    overlaps: np.ndarray
    profiles: np.ndarray | None


class TablePlan(eqx.Module):
    """What `PairSums` offers for points, for nodes.

    Attributes:
        counts: (n_node, n_node, n_bin), T[a, c, k] = sum_{i != j} h_ia h_jc [ij in k].
    """

    counts: SplitFloat64

    is_one_set = True

    def per_point(self, weights: jax.Array) -> jax.Array:
        """Weighted pairs with each node, S_a = sum_c T_ac w_c. (n_node, n_sample, n_bin)"""
        n_node, _, n_bin = self.counts.shape
        counts = self.counts.astype(weights.dtype).reshape(n_node, n_node * n_bin)
        # samples first, so that each is one pass along the rows of the table, which is symmetric
        sums = jax.lax.dot(weights.T, counts, precision=jax.lax.Precision.HIGHEST)
        return sums.reshape(-1, n_node, n_bin).swapaxes(0, 1)

    def totals(self, first: jax.Array, second: jax.Array) -> jax.Array:
        """sum_ac first_a T_ac second_c: twice (n_node, n_sample) -> (n_sample, n_bin)."""
        return tree_sum(first[..., None] * self.per_point(second))


class PairTable(AutoPairs):
    r"""Pairs of one point set, counted once between nodes of halo properties.

    Where the weight of a halo depends on a few properties only, w_i = \sum_a h_a(x_i) w_a with
    the hat functions of `Nodes`, and

    $$ DD_k = \sum_{ac} T_{kac}\, w_a w_c, \qquad
       T_{kac} = \sum_{i \ne j} h_{ia} h_{jc}\, [ij \in k]. $$

    A table is called like the pairs it was made from, with weights of nodes, (n_node,) or
    (n_node, n_sample), in the place of weights of points: itself, `cross` and `per_point` (the
    weighted pairs with each node), and every statistic of `halograd.stats` that takes pairs,
    with derivatives of any order. n and ΔΣ are those of `galaxies`:

        weights = model.weights(theta, table.nodes["log_mpeak"], low, high)
        stats.wp(weights, table)
        stats.number_density(table.galaxies(weights), volume)
        stats.delta_sigma(table.galaxies(weights), table.profiles)

    Made by `tabulate`, or read by `load`. Numbers are those of float64, rounded to float32 where
    the weights are.

    Attributes:
        nodes: Where the weights are wanted.
        identity: Points, bins, nodes and version it belongs to, as JSON.
    """

    plan: TablePlan
    nodes: Nodes = eqx.field(static=True)
    identity: str = eqx.field(static=True)
    _multiplicity: SplitFloat64
    _overlaps: SplitFloat64
    _profiles: SplitFloat64 | None

    def __init__(
        self, frame: Frame, nodes: Nodes, content: TableContent, identity: Identity
    ) -> None:
        self.geometry, self.boxsize = frame.geometry, frame.boxsize
        self.periodic, self.line_of_sight = frame.periodic, frame.line_of_sight
        self.fingerprint = frame.fingerprint
        self.backend, self.memory = "table", "keep"
        self.nodes, self.n_points = nodes, len(nodes)
        self.identity = json.dumps(identity)
        self.plan = TablePlan(SplitFloat64(content.counts.transpose(1, 2, 0)))
        self._multiplicity = SplitFloat64(content.multiplicity)
        self._overlaps = SplitFloat64(content.overlaps)
        self._profiles = None if content.profiles is None else SplitFloat64(content.profiles)

    @property
    def multiplicity(self) -> jax.Array:
        """N_a = sum_i h_ia, the number of halos at each node. (n_node,)"""
        return self._multiplicity.astype(jnp.result_type(float))

    @property
    def profiles(self) -> jax.Array | None:
        """Mean ΔΣ of the halos of each node, (n_node, n_R), h Msun / pc^2, or None."""
        return None if self._profiles is None else self._profiles.astype(jnp.result_type(float))

    def galaxies(self, weights: ArrayLike) -> jax.Array:
        """N_a w_a, the galaxies at each node, in the place of weights of halos.

        Args:
            weights: (n_node,) or (n_node, n_sample).

        Returns:
            The same shape.
        """
        columns, _ = as_columns("weights", weights, self.n_points)
        galaxies = self._multiplicity.astype(columns.dtype)[:, None] * columns
        return galaxies.reshape(np.shape(weights))

    def total(self, weights: ArrayLike) -> jax.Array:
        """W = sum_a N_a w_a, the weight of all points: (n_node, ...) -> (...)."""
        return _contracted(self._multiplicity, float_array("weights", weights))

    def overlap(self, weights1: ArrayLike, weights2: ArrayLike) -> jax.Array:
        """sum_i w1_i w2_i = sum_ac w1_a Q_ac w2_c: twice (n_node, ...) -> (...)."""
        first, second = float_array("weights1", weights1), float_array("weights2", weights2)
        return tree_sum(first * _contracted(self._overlaps, second))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table to HDF5, whole or not at all, with a checksum.

        Raises:
            HalogradError: Where the file cannot be written.
        """
        write_sealed(Path(path), _KIND, sealed_table(self))

    @classmethod
    def load(cls, path: str | os.PathLike[str], expected: Identity | None = None) -> "PairTable":
        """Read what `save` wrote.

        Args:
            path: The file.
            expected: What the table must belong to, as `table_identity` tells; None for any.

        Returns:
            The table, in the geometry of the pairs it was made from.

        Raises:
            DamagedFileError: For a file that is cut short, changed, or no table.
            HalogradError: For a table of other halos, bins, nodes or version; says which.
            FileNotFoundError: Where there is none.
        """
        table = unsealed_table(read_sealed(Path(path), _KIND))
        if expected is not None:
            check_identity(path, json.loads(table.identity), expected)
        return table


def sealed_table(table: PairTable) -> Sealed:
    """The table as arrays and metadata."""
    arrays = {
        "counts": table.plan.counts.numpy(),
        "multiplicity": table._multiplicity.numpy(),
        "overlaps": table._overlaps.numpy(),
        "edges": table.geometry.edges,
        "line_of_sight_edges": table.geometry.line_of_sight_edges,
        "fingerprint": table.fingerprint,
    }
    if table._profiles is not None:
        arrays["profiles"] = table._profiles.numpy()
    if table.boxsize is not None:
        arrays["boxsize"] = table.boxsize
    return Sealed(
        {name: np.asarray(values) for name, values in arrays.items()},
        {
            "class": type(table.geometry).__name__ + _SUFFIX,
            "periodic": table.periodic,
            "line_of_sight": table.line_of_sight,
            "further": table.geometry.further,
            "nodes": table.nodes.described(),
            "identity": json.loads(table.identity),
        },
    )


def unsealed_table(sealed: Sealed) -> PairTable:
    """The table that `sealed_table` took apart."""
    arrays, told = sealed
    of_class = geometry_class(told["class"].removesuffix(_SUFFIX))
    frame = Frame(
        geometry=of_class(
            arrays["edges"], arrays["line_of_sight_edges"], **told.get("further", {})
        ),
        boxsize=arrays.get("boxsize"),
        periodic=tuple(told["periodic"]),
        line_of_sight=told["line_of_sight"],
        fingerprint=arrays["fingerprint"],
    )
    content = TableContent(
        counts=arrays["counts"].transpose(2, 0, 1),
        multiplicity=arrays["multiplicity"],
        overlaps=arrays["overlaps"],
        profiles=arrays.get("profiles"),
    )
    nodes = Nodes.from_description(told["nodes"])
    return PairTable(frame, nodes, content, told["identity"])


def _contracted(matrix: SplitFloat64, weights: jax.Array) -> jax.Array:
    """Sum over the first axis of both, in the precision of the weights."""
    return jnp.tensordot(
        matrix.astype(weights.dtype), weights, axes=1, precision=jax.lax.Precision.HIGHEST
    )
