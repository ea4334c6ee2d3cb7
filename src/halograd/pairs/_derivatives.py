r"""All derivative rules of pair counts, for every engine.

Counts are faces of one form, linear in each of three arguments,

$$ T(u, v, c) = \sum_{ijb} u_i\, v_j\, c_b\, [ij \in b], $$

per sample, of which an engine computes three sums: `per_point` gives S_ib = sum_j v_j [ij in b],
`totals` is dT/dc and `contracted` is dT/du. dT/dv is `contracted` with the two point sets swapped,
so that the derivatives of all three, of any order and direction, are again among the three: they
are JAX primitives here, each with its rules, lowered to the functions of the plan.

`count` is T(u, v, 1) bin by bin, with one rule of its own: the sums around points that give the
value give the slope too (the adjoint pair count), so that with the sums kept one pass serves both.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from halograd._summation import tree_sum
from halograd.errors import HalogradError
from halograd.pairs.backends import Plan

_KEPT_BYTES = 2**30


class PairSums(eqx.Module):
    """The sums of a plan, differentiable, no point of one set being its own neighbour.

    Args:
        plan: An engine's, which includes the pairs of each point with itself.
        is_one_set: Whether the pairs lie within one set.
        of_zero_separation: What those pairs count in the first bins; see `Geometry`.
    """

    plan: Plan
    is_one_set: bool = eqx.field(static=True)
    of_zero_separation: tuple[float, ...] = eqx.field(static=True)

    def per_point(self, weights: jax.Array) -> jax.Array:
        """S_i = sum_j w_j [ij in bin]: (n2, n_sample) -> (n1, n_sample, n_bin)."""
        return self._without_self(per_point(self.plan, weights), weights)

    def totals(self, first: jax.Array, second: jax.Array) -> jax.Array:
        """sum_i first_i S_i(second), keeping no S_i: twice (n, n_sample) -> (n_sample, n_bin)."""
        sums = totals(self.plan, first, second)
        return self._without_self(sums, tree_sum(first * second) if self._holds_self else None)

    def table(self, nodes: np.ndarray, coefficients: np.ndarray, n_node: int) -> Any:
        """Pair counts between nodes in one pass of the engine, or None where it has none."""
        in_one_pass = getattr(self.plan, "table", None)
        return None if in_one_pass is None else in_one_pass(nodes, coefficients, n_node)

    @property
    def _holds_self(self) -> bool:
        return self.is_one_set and bool(self.of_zero_separation)

    def _without_self(self, sums: jax.Array, of_self: jax.Array | None) -> jax.Array:
        """Sums (..., n_bin) less the weight (...) that points have with themselves."""
        if not self._holds_self:
            return sums
        factors = jnp.asarray(self.of_zero_separation, sums.dtype)
        return sums.at[..., : len(factors)].add(-of_self[..., None] * factors)


# Counts ---------------------------------------------------------------------------------------


def keeps_sums(memory: str, weights: jax.Array, n_bin: int) -> bool:
    """Whether the policy `memory` keeps the sums of weights (n, n_sample) for derivatives."""
    if memory != "auto":
        return memory == "keep"
    return weights.size * n_bin * weights.dtype.itemsize <= _KEPT_BYTES


@jax.jit  # called eagerly, neither it nor its transpose should hold products the size of `sums`
def weighted_sum(weights: jax.Array, sums: jax.Array) -> jax.Array:
    """sum_i w_i S_i: (n, n_sample), (n, n_sample, n_bin) -> (n_sample, n_bin)."""
    return tree_sum(weights[..., None] * sums)


@eqx.filter_custom_jvp
def count(samples: tuple[jax.Array, ...], *, sums: PairSums, keep: bool) -> jax.Array:
    """T(u, v) of samples (u, v), or T(u, u) of (u,): (n, n_sample) each -> (n_sample, n_bin).

    With `keep`, (n, n_sample, n_bin) sums are held for reverse mode, and value and gradient take
    one pass over the pairs; without, nothing is held, and the gradient takes another pass.
    """
    (form,) = _forms(sums, keep, samples[-1])
    return form(samples[0])


@count.def_jvp
def _count_jvp(
    primals: tuple[tuple[jax.Array, ...]],
    tangents: tuple[tuple[jax.Array | None, ...]],
    *,
    sums: PairSums,
    keep: bool,
) -> tuple[jax.Array, jax.Array]:
    (samples,), (slopes,) = primals, tangents
    first, d_first, d_second = samples[0], slopes[0], slopes[-1]
    if len(samples) == 1:  # both orders of a pair contribute the same
        (form,) = _forms(sums, keep, first)
        return form(first), 2 * form(d_first)
    second = samples[1]
    if sums.is_one_set:
        form, form_of_second = _forms(sums, keep, second, first)
    else:
        (form,), form_of_second = _forms(sums, keep, second), partial(sums.totals, first)
    along = [
        of_slope(slope)
        for of_slope, slope in ((form, d_first), (form_of_second, d_second))
        if slope is not None
    ]
    return form(first), sum(along[1:], along[0])


def _forms(
    sums: PairSums, keep: bool, *others: jax.Array
) -> list[Callable[[jax.Array], jax.Array]]:
    """X -> T(x, other) for each of the others; with `keep`, one pass gives the sums of them all."""
    if not keep:
        return [lambda x, other=other: sums.totals(x, other) for other in others]
    around = sums.per_point(jnp.concatenate(others, axis=1) if len(others) > 1 else others[0])
    parts = jnp.split(around, len(others), axis=1) if len(others) > 1 else [around]
    return [lambda x, part=part: weighted_sum(x, part) for part in parts]


# The three sums -------------------------------------------------------------------------------

per_point_p = Primitive("halograd_pairs_per_point")
totals_p = Primitive("halograd_pairs_totals")
contracted_p = Primitive("halograd_pairs_contracted")


def per_point(plan: Plan, second: jax.Array) -> jax.Array:
    """S_ib: weights (n2, n_sample) -> (n1, n_sample, n_bin)."""
    return _bind(per_point_p, plan, second)


def totals(plan: Plan, first: jax.Array, second: jax.Array) -> jax.Array:
    """sum_i u_i S_ib: (n1, n_sample), (n2, n_sample) -> (n_sample, n_bin)."""
    return _bind(totals_p, plan, first, second)


def contracted(plan: Plan, second: jax.Array, cotangent: jax.Array) -> jax.Array:
    """sum_b c_b S_ib: (n2, n_sample), (n_sample, n_bin) -> (n1, n_sample)."""
    return _bind(contracted_p, plan, second, cotangent)


def _bind(primitive: Primitive, plan: Plan, *weights: jax.Array) -> jax.Array:
    leaves, structure = jax.tree.flatten(plan)
    return primitive.bind(*leaves, *_aligned(*weights), structure=structure)


def _split(operands: Sequence[Any], structure: Any) -> tuple[Plan, list[Any]]:
    """The plan and the weights that operands of a primitive stand for."""
    n = structure.num_leaves
    return jax.tree.unflatten(structure, operands[:n]), list(operands[n:])


def _shape_rule(name: str) -> Callable[..., Any]:
    """Shape of the result, varying over the mesh axes (of `shard_map`) that weights vary over."""

    def rule(*operands: Any, structure: Any) -> Any:
        plan, weights = _split(operands, structure)
        n_first, n_sample = plan.n_points[0], weights[-1 if name == "totals" else 0].shape[1]
        shape = {
            "per_point": (n_first, n_sample, plan.n_bin),
            "totals": (n_sample, plan.n_bin),
            "contracted": (n_first, n_sample),
        }[name]
        weight = max(weights, key=lambda operand: len(_varying(operand)))
        spec = jax.sharding.PartitionSpec(*[None] * len(shape))
        return weight.update(shape=shape, sharding=weight.sharding.update(spec=spec))

    return rule


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


# Their derivatives ----------------------------------------------------------------------------


def _linear_jvp(primitive: Primitive) -> Callable[..., Any]:
    """Product rule over the weight operands."""

    def jvp(primals: Sequence[Any], tangents: Sequence[Any], *, structure: Any) -> Any:
        out = primitive.bind(*primals, structure=structure)
        slopes = [
            primitive.bind(
                *primals[:place], tangents[place], *primals[place + 1 :], structure=structure
            )
            for place in range(structure.num_leaves, len(primals))
            if not isinstance(tangents[place], ad.Zero)
        ]
        return out, sum(slopes[1:], slopes[0]) if slopes else ad.Zero.from_primal_value(out)

    return jvp


def _per_point_transpose(cotangent: Any, plan: Plan, second: Any) -> list[Any]:
    """The engine's own transpose, or bin by bin, each point having a cotangent for every bin."""
    if hasattr(plan, "per_point_transpose"):
        return [plan.per_point_transpose(cotangent)]
    n_bin, swapped = cotangent.shape[-1], plan.swapped()
    of_bins = jnp.moveaxis(cotangent, -1, 0)
    choices = jnp.eye(n_bin, dtype=cotangent.dtype)

    def step(total: jax.Array, of_bin: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
        weights, choice = of_bin
        choice = jnp.broadcast_to(choice, (weights.shape[1], n_bin))
        return total + contracted(swapped, weights, choice), None

    varying_zero = jnp.sum(cotangent[:0])  # varies over devices as the cotangent does
    start = jnp.zeros(second.aval.shape, cotangent.dtype) + varying_zero
    return [jax.lax.scan(step, start, (of_bins, choices))[0]]


def _totals_transpose(cotangent: Any, plan: Plan, first: Any, second: Any) -> list[Any]:
    if ad.is_undefined_primal(first):
        return [contracted(plan, second, cotangent), None]
    return [None, contracted(plan.swapped(), first, cotangent)]


def _contracted_transpose(cotangent: Any, plan: Plan, second: Any, of_bins: Any) -> list[Any]:
    if ad.is_undefined_primal(second):
        return [contracted(plan.swapped(), cotangent, of_bins), None]
    return [None, totals(plan, cotangent, second)]


def _whole_rule(transpose: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """A rule for all operands, the plan having no cotangents, from one for the weights."""

    def rule(cotangent: Any, *operands: Any, structure: Any) -> list[Any]:
        plan, weights = _split(operands, structure)
        if isinstance(cotangent, ad.Zero):
            slopes = [ad.Zero(w.aval) if ad.is_undefined_primal(w) else None for w in weights]
        else:
            slopes = transpose(cotangent, plan, *weights)
        return [None] * structure.num_leaves + slopes

    return rule


# Batching -------------------------------------------------------------------------------------


def _batched(primitive: Primitive, sample_axes: Sequence[int], out_axis: int) -> Callable[..., Any]:
    """A batch of weights is more samples of one pass."""

    def rule(operands: Sequence[Any], axes: Sequence[int | None], *, structure: Any) -> Any:
        n = structure.num_leaves
        if any(axis is not None for axis in axes[:n]):
            raise NotImplementedError(
                "pairs cannot be batched over their points: vmap over weights, or loop"
            )
        size = next(x.shape[a] for x, a in zip(operands, axes, strict=True) if a is not None)
        weights = [
            _fold(operand, axis, sample_axis, size)
            for operand, axis, sample_axis in zip(operands[n:], axes[n:], sample_axes, strict=True)
        ]
        out = primitive.bind(*operands[:n], *weights, structure=structure)
        n_sample = out.shape[out_axis] // size
        shape = *out.shape[:out_axis], size, n_sample, *out.shape[out_axis + 1 :]
        return out.reshape(shape), out_axis

    return rule


def _fold(operand: jax.Array, axis: int | None, sample_axis: int, size: int) -> jax.Array:
    """The batch moved in front of the samples, and the two made one axis."""
    if axis is None:
        operand = jnp.broadcast_to(operand, (size, *operand.shape))
        axis = 0
    moved = jnp.moveaxis(operand, axis, sample_axis)
    return jax.lax.collapse(moved, sample_axis, sample_axis + 2)


# Registration ---------------------------------------------------------------------------------


def _lowering(name: str) -> Callable[..., Any]:
    """How JAX compiles one of the three pair sums: by the engine that prepared the pairs."""

    def function(*operands: jax.Array, structure: Any) -> jax.Array:
        plan, weights = _split(operands, structure)
        return getattr(plan, name)(*weights)

    lower = mlir.lower_fun(function, multiple_results=False)

    def rule(context: Any, *operands: Any, structure: Any) -> Any:
        plan, _ = _split(context.avals_in, structure)
        able, wanted = plan.platforms, context.module_context.platforms
        if able is not None and not set(wanted) <= set(able):
            raise HalogradError(
                f"these pairs were prepared for {', '.join(able)} and cannot be counted on "
                f"{', '.join(wanted)}: make them with backend='reference', which runs everywhere, "
                "or place the weights on a device they were made for"
            )
        return lower(context, *operands, structure=structure)

    return rule


def _register(
    primitive: Primitive,
    name: str,
    transpose: Callable[..., list[Any]],
    sample_axes: Sequence[int],
    out_axis: int,
) -> None:
    primitive.def_impl(jax.jit(primitive.bind, static_argnames="structure"))
    primitive.def_abstract_eval(_shape_rule(name))
    mlir.register_lowering(primitive, _lowering(name))
    ad.primitive_jvps[primitive] = _linear_jvp(primitive)
    ad.primitive_transposes[primitive] = _whole_rule(transpose)
    batching.primitive_batchers[primitive] = _batched(primitive, sample_axes, out_axis)


_register(per_point_p, "per_point", _per_point_transpose, [1], 1)
_register(totals_p, "totals", _totals_transpose, [1, 1], 0)
_register(contracted_p, "contracted", _contracted_transpose, [1, 0], 1)
