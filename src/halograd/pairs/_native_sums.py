r"""The three pair sums of the compiled engine as JAX primitives, with their derivative rules.

All are faces of one form, linear in each of three arguments,

$$ T(u, v, c) = \sum_{ijb} u_i\, v_j\, c_b\, [ij \in b], $$

per sample: `per_point` gives S_ib = sum_j v_j [ij in b], `totals` is dT/dc and `contracted` is
dT/du. dT/dv is `contracted` with the two point sets swapped, so that the derivatives of all
three, of any order and direction, are again among the three.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from halograd.pairs._native_library import TARGETS

_PER_POINT, _TOTALS, _CONTRACTED = range(3)  # enum class Sink in native/src/problem.hpp


class PointSet(NamedTuple):
    """Points in the order of their columns; see `sort_points`.

    Attributes:
        positions: (n, 3, 2), the words of float64, which JAX would round outside of x64 mode.
        rows: (n,)
        starts: (n_column + 1,)
    """

    positions: jax.Array
    rows: jax.Array
    starts: jax.Array


class Layout(NamedTuple):
    """Two point sets on one grid, and the bins; float64 as words.

    Attributes:
        first: The points around which is counted.
        second: The points counted.
        box: (6, 2), origin and sides.
        shape: (2,), columns across the sky.
        edges: (n1 + 1, 2)
        sight_edges: (n2 + 1, 2)
    """

    first: PointSet
    second: PointSet
    box: jax.Array
    shape: jax.Array
    edges: jax.Array
    sight_edges: jax.Array

    @property
    def n_bin(self) -> int:
        return (self.edges.shape[0] - 1) * (self.sight_edges.shape[0] - 1)

    def swapped(self) -> "Layout":
        return self._replace(first=self.second, second=self.first)


_STRUCTURE = jax.tree.structure(
    Layout(PointSet(*[0] * 3), PointSet(*[0] * 3), *[0] * 4)  # its leaves are the operands
)
_N_LAYOUT = _STRUCTURE.num_leaves

per_point_p = Primitive("halograd_pairs_per_point")
totals_p = Primitive("halograd_pairs_totals")
contracted_p = Primitive("halograd_pairs_contracted")


def per_point(layout: Layout, second: jax.Array, **settings: Any) -> jax.Array:
    """S_ib: weights (n2, n_sample) -> (n1, n_sample, n_bin)."""
    return per_point_p.bind(*jax.tree.leaves(layout), second, **settings)


def totals(layout: Layout, first: jax.Array, second: jax.Array, **settings: Any) -> jax.Array:
    """sum_i u_i S_ib: (n1, n_sample), (n2, n_sample) -> (n_sample, n_bin)."""
    return totals_p.bind(*jax.tree.leaves(layout), *_aligned(first, second), **settings)


def contracted(
    layout: Layout, second: jax.Array, cotangent: jax.Array, **settings: Any
) -> jax.Array:
    """sum_b c_b S_ib: (n2, n_sample), (n_sample, n_bin) -> (n1, n_sample)."""
    return contracted_p.bind(*jax.tree.leaves(layout), *_aligned(second, cotangent), **settings)


# What each computes -------------------------------------------------------------------------


def _call(
    layout: Layout,
    sink: int,
    shape: tuple[int, ...],
    weights: dict[str, jax.Array],
    is_projected: bool,
    threads: int,
) -> jax.Array:
    dtype = weights["second"].dtype
    unused = jnp.zeros((0, 0), dtype)
    call = jax.ffi.ffi_call(TARGETS[str(dtype)], jax.ShapeDtypeStruct(shape, dtype))
    return call(
        layout.first.positions,
        layout.first.rows,
        layout.second.positions,
        layout.second.rows,
        layout.second.starts,
        layout.box,
        layout.shape,
        layout.edges,
        layout.sight_edges,
        weights.get("first", unused),
        weights["second"],
        weights.get("cotangent", unused),
        sink=np.int32(sink),
        is_projected=is_projected,
        threads=np.int64(threads),
    )


def _split(operands: Sequence[Any]) -> tuple[Layout, list[Any]]:
    layout = jax.tree.unflatten(_STRUCTURE, operands[:_N_LAYOUT])
    return layout, list(operands[_N_LAYOUT:])


def _per_point(*operands: jax.Array, **settings: Any) -> jax.Array:
    layout, (second,) = _split(operands)
    shape = (layout.first.rows.shape[0], second.shape[1], layout.n_bin)
    return _call(layout, _PER_POINT, shape, {"second": second}, **settings)


def _totals(*operands: jax.Array, **settings: Any) -> jax.Array:
    layout, (first, second) = _split(operands)
    shape = (second.shape[1], layout.n_bin)
    return _call(layout, _TOTALS, shape, {"first": first, "second": second}, **settings)


def _contracted(*operands: jax.Array, **settings: Any) -> jax.Array:
    layout, (second, cotangent) = _split(operands)
    shape = (layout.first.rows.shape[0], second.shape[1])
    weights = {"second": second, "cotangent": cotangent}
    return _call(layout, _CONTRACTED, shape, weights, **settings)


def _abstract(function: Callable[..., jax.Array], *operands: Any, **settings: Any) -> Any:
    """Shape of the result, varying over the mesh axes (of `shard_map`) that weights vary over."""
    out = jax.eval_shape(partial(function, **settings), *operands)
    weights = max(operands[_N_LAYOUT:], key=lambda operand: len(_varying(operand)))
    spec = jax.sharding.PartitionSpec(*[None] * len(out.shape))
    return weights.update(shape=out.shape, sharding=weights.sharding.update(spec=spec))


def _varying(kind: Any) -> frozenset[str]:
    axes = getattr(kind, "mat", None)  # JAX before 0.10 has `vma` instead
    return frozenset(axes.varying if axes is not None else getattr(kind, "vma", ()))


def _aligned(*weights: jax.Array) -> tuple[jax.Array, ...]:
    """Weights varying over the same mesh axes, with the sums that this means for cotangents."""
    varying = [_varying(jax.typeof(weight)) for weight in weights]
    all_axes = frozenset().union(*varying)
    return tuple(
        _cast(weight, tuple(sorted(all_axes - axes))) if all_axes - axes else weight
        for weight, axes in zip(weights, varying, strict=True)
    )


def _cast(weight: jax.Array, axes: tuple[str, ...]) -> jax.Array:
    if hasattr(jax.lax, "pcast"):
        return jax.lax.pcast(weight, axes, to="varying")
    return jax.lax.pvary(weight, axes)  # JAX before 0.9


# Derivatives --------------------------------------------------------------------------------


def _linear_jvp(primitive: Primitive) -> Callable[..., Any]:
    """Product rule over the weight operands."""

    def jvp(primals: Sequence[Any], tangents: Sequence[Any], **settings: Any) -> Any:
        out = primitive.bind(*primals, **settings)
        slopes = [
            primitive.bind(*primals[:place], tangents[place], *primals[place + 1 :], **settings)
            for place in range(_N_LAYOUT, len(primals))
            if not isinstance(tangents[place], ad.Zero)
        ]
        return out, sum(slopes[1:], slopes[0]) if slopes else ad.Zero.from_primal_value(out)

    return jvp


def _per_point_transpose(cotangent: Any, *operands: Any, **settings: Any) -> list[Any]:
    """Bin by bin, since here each point has a cotangent of its own for every bin."""
    layout, (second,) = _split(operands)
    of_bins = jnp.moveaxis(cotangent, -1, 0)
    choices = jnp.eye(layout.n_bin, dtype=cotangent.dtype)

    def step(total: jax.Array, of_bin: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
        weights, choice = of_bin
        choice = jnp.broadcast_to(choice, (weights.shape[1], layout.n_bin))
        return total + contracted(layout.swapped(), weights, choice, **settings), None

    start = jnp.zeros(second.aval.shape, cotangent.dtype) + jnp.sum(
        cotangent[:0]
    )  # varies as it does
    return [None] * _N_LAYOUT + [jax.lax.scan(step, start, (of_bins, choices))[0]]


def _totals_transpose(cotangent: Any, *operands: Any, **settings: Any) -> list[Any]:
    layout, (first, second) = _split(operands)
    if ad.is_undefined_primal(first):
        slopes = [contracted(layout, second, cotangent, **settings), None]
    else:
        slopes = [None, contracted(layout.swapped(), first, cotangent, **settings)]
    return [None] * _N_LAYOUT + slopes


def _contracted_transpose(cotangent: Any, *operands: Any, **settings: Any) -> list[Any]:
    layout, (second, of_bins) = _split(operands)
    if ad.is_undefined_primal(second):
        slopes = [contracted(layout.swapped(), cotangent, of_bins, **settings), None]
    else:
        slopes = [None, totals(layout, cotangent, second, **settings)]
    return [None] * _N_LAYOUT + slopes


def _or_zero(transpose: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    def rule(cotangent: Any, *operands: Any, **settings: Any) -> list[Any]:
        if isinstance(cotangent, ad.Zero):
            return [
                ad.Zero(operand.aval) if ad.is_undefined_primal(operand) else None
                for operand in operands
            ]
        return transpose(cotangent, *operands, **settings)

    return rule


# Batching -----------------------------------------------------------------------------------


def _batched(primitive: Primitive, sample_axes: Sequence[int], out_axis: int) -> Callable[..., Any]:
    """A batch of weights is more samples of one pass."""

    def rule(operands: Sequence[Any], axes: Sequence[int | None], **settings: Any) -> Any:
        if any(axis is not None for axis in axes[:_N_LAYOUT]):
            raise NotImplementedError(
                "pairs cannot be batched over their points: vmap over weights, or loop"
            )
        size = next(x.shape[a] for x, a in zip(operands, axes, strict=True) if a is not None)
        weights = [
            _fold(operand, axis, sample_axis, size)
            for operand, axis, sample_axis in zip(
                operands[_N_LAYOUT:], axes[_N_LAYOUT:], sample_axes, strict=True
            )
        ]
        out = primitive.bind(*operands[:_N_LAYOUT], *weights, **settings)
        shape = (*out.shape[:out_axis], size, -1, *out.shape[out_axis + 1 :])
        n_sample = out.shape[out_axis] // size
        return out.reshape(*shape[: out_axis + 1], n_sample, *shape[out_axis + 2 :]), out_axis

    return rule


def _fold(operand: jax.Array, axis: int | None, sample_axis: int, size: int) -> jax.Array:
    """The batch moved in front of the samples, and the two made one axis."""
    if axis is None:
        operand = jnp.broadcast_to(operand, (size, *operand.shape))
        axis = 0
    moved = jnp.moveaxis(operand, axis, sample_axis)
    shape = moved.shape
    return moved.reshape(
        *shape[:sample_axis], size * shape[sample_axis + 1], *shape[sample_axis + 2 :]
    )


# Registration -------------------------------------------------------------------------------


def _register(
    primitive: Primitive,
    function: Callable[..., jax.Array],
    transpose: Callable[..., list[Any]],
    sample_axes: Sequence[int],
    out_axis: int,
) -> None:
    primitive.def_impl(jax.jit(function, static_argnames=("is_projected", "threads")))
    primitive.def_abstract_eval(partial(_abstract, function))
    mlir.register_lowering(
        primitive, mlir.lower_fun(function, multiple_results=False), platform="cpu"
    )
    ad.primitive_jvps[primitive] = _linear_jvp(primitive)
    ad.primitive_transposes[primitive] = _or_zero(transpose)
    batching.primitive_batchers[primitive] = _batched(primitive, sample_axes, out_axis)


_register(per_point_p, _per_point, _per_point_transpose, [1], 1)
_register(totals_p, _totals, _totals_transpose, [1, 1], 0)
_register(contracted_p, _contracted, _contracted_transpose, [1, 0], 1)
