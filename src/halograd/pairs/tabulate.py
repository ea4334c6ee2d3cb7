"""Count pairs between nodes of halo properties, once, for weights to come."""

import os
import time
from collections.abc import Callable, Mapping

import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError
from halograd.pairs._pairs import AutoPairs
from halograd.pairs._table_counts import TableCheckpoint, TableCounts, table_counts
from halograd.pairs.identity import Identity, table_identity
from halograd.pairs.nodes import Hats, Nodes
from halograd.pairs.table import Frame, PairTable, TableContent

_LARGEST_BYTES = 2**32


def tabulate(
    pairs: AutoPairs,
    nodes: Nodes,
    properties: Mapping[str, ArrayLike],
    *,
    profiles: ArrayLike | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> PairTable:
    r"""A table of pair counts between nodes, T_{kac} = \sum_{i \ne j} h_{ia} h_{jc} [ij \in k].

    With the native engine and up to two continuous properties, all of it is one pass over the
    pairs; otherwise one weighted count for every few nodes. A node without halos is allowed: its
    weight plays no role.

    Args:
        pairs: The pairs of the n points, of any kind.
        nodes: Where the weights will be given.
        properties: By name, (n,) for each property of the nodes.
        profiles: (n, n_R), ΔΣ_i of each point, h Msun / pc^2, to stack at the nodes too.
        checkpoint: A file that keeps the counts every 20 s. Where it exists, counting goes on
            from it, to the same bits as without interruption; it stays when all is done.
        on_progress: Called with the steps done and their total, several times a second.

    Returns:
        A table with the interface of `pairs`.

    Raises:
        HalogradError: For pairs between two sets, properties or profiles that do not fit, a
            table too large for memory, and a checkpoint of something else.
    """
    if not isinstance(pairs, AutoPairs) or isinstance(pairs, PairTable):
        raise HalogradError(
            "tables are made of the pairs of one set, such as ProjectedPairs, got "
            f"{type(pairs).__name__}"
        )
    hats = nodes.hats(properties)
    if len(hats.nodes) != pairs.n_points:
        raise HalogradError(
            f"properties must have one row per point, {pairs.n_points}, got {len(hats.nodes)}"
        )
    _check_size(pairs.geometry.n_bin, len(nodes))
    stacked = _stacked(hats, profiles)
    identity = table_identity(pairs, nodes, properties, profiles)
    counts = _counted(pairs, hats, identity, checkpoint, on_progress)
    matrix = hats.matrix
    content = TableContent(
        counts=counts,
        multiplicity=np.asarray(matrix.sum(axis=0)),
        overlaps=(matrix.T @ matrix).toarray(),
        profiles=stacked,
    )
    return PairTable(Frame.of(pairs), nodes, content, identity)


def _counted(
    pairs: AutoPairs,
    hats: Hats,
    identity: Identity,
    path: str | os.PathLike[str] | None,
    on_progress: Callable[[int, int], None],
) -> np.ndarray:
    work = table_counts(pairs, hats)
    engine = {"engine": {"name": type(work).__name__, "backend": pairs.backend}}
    checkpoint = TableCheckpoint(path, {**identity, **engine})
    done, counts = checkpoint.resume(work.shape)
    on_progress(done, work.n_step)
    seconds, steps = None, 0
    while done < work.n_step:
        steps = min(work.portion(seconds, steps), work.n_step - done)
        seconds = _seconds(work, done, done + steps, counts)
        done += steps
        checkpoint.keep(done, counts, last=done == work.n_step)
        on_progress(done, work.n_step)
    return work.whole(counts)


def _seconds(work: TableCounts, begin: int, end: int, counts: np.ndarray) -> float:
    began = time.perf_counter()
    work.add(begin, end, counts)
    return time.perf_counter() - began


def _stacked(hats: Hats, profiles: ArrayLike | None) -> np.ndarray | None:
    """Mean profile of the halos of each node, 0 where there are none. (n_node, n_R)"""
    if profiles is None:
        return None
    rows = _checks.finite("profiles", profiles)
    _checks.shape("profiles", rows, (len(hats.nodes), None))
    matrix = hats.matrix
    halos = np.asarray(matrix.sum(axis=0))[:, None]
    return (matrix.T @ rows) / np.where(halos > 0, halos, 1.0)


def _check_size(n_bin: int, n_node: int) -> None:
    size = 8 * n_bin * n_node**2
    if size > _LARGEST_BYTES:
        raise HalogradError(
            f"a table of {n_bin} bins and {n_node} nodes would take {size / 2**30:.1f} GiB, more "
            f"than the {_LARGEST_BYTES / 2**30:.0f} allowed: use fewer nodes or bins"
        )
