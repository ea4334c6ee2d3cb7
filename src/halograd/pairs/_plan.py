"""Two point sets and bins, checked and prepared for an engine."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd.pairs._box import (
    Box,
    check_reach,
    check_scale,
    checked_positions,
    checked_sides,
    effective_box,
)
from halograd.pairs._geometry import Geometry
from halograd.pairs._options import CheckedOptions, PairOptions, check_names, checked_options
from halograd.pairs._reference_plan import ReferencePlan


class Plan(Protocol):
    """What does not depend on weights, for the pairs of a first set with a second.

    Ordinary JAX functions, linear in each argument; a point set with itself includes the pair
    of each point with itself. Weights are (n, n_sample).
    """

    def per_point(self, weights: jax.Array) -> jax.Array:
        """S_i = sum_j w_j [ij in bin]: (n2, n_sample) -> (n1, n_sample, n_bin)."""

    def totals(self, first: jax.Array, second: jax.Array) -> jax.Array:
        """sum_i first_i S_i(second), keeping no S_i for derivatives: (n_sample, n_bin)."""

    def contracted(self, second: jax.Array, cotangent: jax.Array) -> jax.Array:
        """sum_bin cotangent S_i(second), keeping no S_i: (n_sample, n_bin) -> (n1, n_sample)."""


class Prepared(NamedTuple):
    """A plan and what it was made with.

    Attributes:
        plan: The pairs.
        boxsize: (3,), comoving Mpc/h, or None.
        n_points: Of the first set and the second.
        options: As checked.
    """

    plan: Plan
    boxsize: np.ndarray | None
    n_points: tuple[int, int]
    options: CheckedOptions


def prepare(
    positions1: ArrayLike,
    positions2: ArrayLike | None,
    boxsize: ArrayLike | None,
    geometry: Geometry,
    options: PairOptions,
) -> Prepared:
    """Check everything, turn the line of sight to the third axis, and build the plan.

    Without `positions2`, the pairs are those within the first set.
    """
    check_names(options)
    checked = checked_options(**options)
    periodic, axes = checked.periodic, checked.axes
    sides = checked_sides(boxsize, periodic)
    flags = [periodic[axis] for axis in axes]
    turned = None if sides is None else sides[axes]
    if turned is not None:
        check_reach(geometry, turned, flags)
    first = checked_positions(positions1, sides, periodic)[:, axes]
    second = first
    if positions2 is not None:
        second = checked_positions(positions2, sides, periodic)[:, axes]
    box = effective_box((first, second), turned, flags, geometry.reach)
    check_scale(geometry, box)
    plan = _build((first, second), box, geometry, checked)
    return Prepared(plan, sides, (len(first), len(second)), checked)


def _build(
    points: Sequence[np.ndarray], box: Box, geometry: Geometry, options: CheckedOptions
) -> Plan:
    if options.backend == "reference":
        return ReferencePlan(*points, box, geometry)
    from halograd.pairs._native import NativePlan

    return NativePlan(*points, box, geometry, options.threads)
