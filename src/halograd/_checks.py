"""Shared checks, run once at the public edge.

Each takes what the user gave, returns it as a clean NumPy array (float64 unless said
otherwise) and raises `error` with what was expected, what came, and what to do.
"""

from collections.abc import Iterable
from dataclasses import MISSING, Field
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from halograd._arrays import is_concrete, real_array
from halograd.errors import HalogradError

if TYPE_CHECKING:
    from jax import Array

Error = type[HalogradError]


def finite(
    name: str, values: ArrayLike, error: Error = HalogradError, *, unit: str = ""
) -> np.ndarray:
    """`values` as float64, all of them finite; `unit` names theirs where another is refused."""
    given = real_array(name, values, error, unit=unit)
    if not is_concrete(given):
        raise error(
            f"{name} must be known numbers, but a JAX transformation traces them: work this out "
            "outside of jit, vmap and grad"
        )
    array = np.asarray(given, dtype=np.float64)
    bad = ~np.isfinite(array)
    if bad.any():
        first = np.argwhere(bad)[0].tolist()
        raise error(
            f"{name} must be finite, but {int(bad.sum())} of {array.size} values are NaN or "
            f"infinite (the first at index {first}); drop or repair them"
        )
    return array


def number(name: str, value: ArrayLike, error: Error = HalogradError, *, unit: str = "") -> float:
    """One finite number; `unit` names its own where another is refused."""
    found = finite(name, value, error, unit=unit)
    if found.shape != ():
        raise error(f"{name} must be one number, got shape {found.shape}")
    return float(found)


def counts(**given: ArrayLike) -> tuple[int, ...]:
    """Whole numbers, by their names."""
    for name, value in given.items():
        if not number(name, value).is_integer():
            raise HalogradError(f"{name} must be a whole number, got {value}")
    return tuple(int(number(name, value)) for name, value in given.items())


def axis(value: ArrayLike, error: Error = HalogradError) -> int:
    """The axis of the line of sight, 0, 1 or 2."""
    try:
        found = None if isinstance(value, bool | np.bool_) else number("line_of_sight", value)
    except HalogradError:
        found = None
    if found not in (0, 1, 2):
        raise error(f"line_of_sight must be the axis 0, 1 or 2, got {value!r}")
    return int(found)


def boxsize(value: ArrayLike, error: Error = HalogradError) -> np.ndarray:
    """Side lengths of the periodic box, one per axis, from a number or three. (3,)"""
    if value is None:
        raise error("boxsize is missing: give the side of the periodic box in comoving Mpc/h")
    sides = finite("boxsize", value, error, unit="comoving Mpc/h")
    if sides.shape not in {(), (1,), (3,)}:
        raise error(f"boxsize must be one number or three, got shape {sides.shape}")
    sides = np.broadcast_to(sides, (3,)).copy()
    if (sides <= 0).any():
        raise error(f"boxsize must be positive, got {sides.tolist()} Mpc/h")
    return sides


def shape(
    name: str, array: np.ndarray, expected: tuple[int | None, ...], error: Error = HalogradError
) -> None:
    """Raise unless `array` has the `expected` shape, where None stands for any length."""
    fits = array.ndim == len(expected) and all(
        want is None or got == want for got, want in zip(array.shape, expected, strict=True)
    )
    if not fits:
        want = "(" + ", ".join("n" if size is None else str(size) for size in expected) + ")"
        raise error(f"{name} must have shape {want}, got {array.shape}")


def positions_in_box(
    positions: ArrayLike, sides: np.ndarray, error: Error = HalogradError
) -> np.ndarray:
    """Positions in [0, L) along each axis; x = L exactly wraps to 0. (n, 3)

    Where nothing wraps this may be the array that was given.
    """
    points = finite("positions", positions, error, unit="comoving Mpc/h")
    if points.size == 0:
        points = points.reshape(0, 3)
    shape("positions", points, (None, 3), error)
    outside = (points < 0) | (points > sides)
    if outside.any():
        row, axis = np.argwhere(outside)[0]
        raise error(
            f"positions must lie in [0, L) with L = {sides.tolist()} Mpc/h, but "
            f"{int(outside.any(axis=1).sum())} of {len(points)} lie outside: position {row} has "
            f"coordinate {points[row, axis]:.6g} on axis {axis}, and the whole set spans "
            f"{points.min(axis=0).tolist()} to {points.max(axis=0).tolist()}. Check the units and "
            "boxsize; for a box centred on 0, add L/2 (readers: origin = [-L/2, -L/2, -L/2])"
        )
    is_upper = points == sides
    return np.where(is_upper, 0.0, points) if is_upper.any() else points


def increasing_edges(
    name: str, edges: ArrayLike, error: Error = HalogradError, *, minimum: float = 0.0
) -> np.ndarray:
    """Bin edges, at least two, strictly increasing, none below `minimum`. (n_bin + 1,)"""
    array = finite(name, edges, error)
    if array.ndim != 1 or array.size < 2:
        raise error(f"{name} must be at least two numbers in a row, got shape {array.shape}")
    if (np.diff(array) <= 0).any():
        raise error(f"{name} must increase strictly, got {array.tolist()}")
    if array[0] < minimum:
        raise error(f"{name} must start at {minimum:g} or above, got {array[0]:g}")
    return array


def nearest(name: str, candidates: Iterable[str]) -> str:
    """The end of an error message: the candidate that `name` may have meant, or nothing."""
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    close = get_close_matches(str(name).casefold(), by_folded, n=1, cutoff=0.6)
    return f"; did you mean {by_folded[close[0]]!r}?" if close else ""


def is_required(field: Field) -> bool:
    """Whether a field of a dataclass has no default."""
    return field.default is MISSING and field.default_factory is MISSING


def known_keys(
    what: str, given: Iterable[str], valid: Iterable[str], error: Error = HalogradError
) -> None:
    """Raise for the first key of `given` that is not `valid`, naming the nearest that is."""
    valid = list(valid)
    for key in given:
        if key not in valid:
            hint = nearest(key, valid) or f"; valid keys are {', '.join(valid)}"
            raise error(f"{what} has no key {key!r}{hint}")


def ordered_intervals(low: "Array", high: "Array", error: Error = HalogradError) -> None:
    """Raise unless every concrete interval has low < high and neither is NaN."""
    if is_concrete(low) and is_concrete(high) and not (np.asarray(low) < np.asarray(high)).all():
        raise error(
            "sample edges must increase, without NaN: each sample needs low < high, got low "
            f"{np.asarray(low).tolist()} and high {np.asarray(high).tolist()}"
        )


def not_nan(name: str, values: "Array", error: Error = HalogradError) -> None:
    """Raise if a concrete array has a NaN; infinities and traced arrays pass."""
    if is_concrete(values):
        n_nan = int(np.isnan(np.asarray(values)).sum())
        if n_nan:
            raise error(f"{name} must be known, but {n_nan} of {values.size} values are NaN")


def not_negative(name: str, values: "Array", error: Error = HalogradError) -> None:
    """Raise if a concrete array has a negative or NaN value; traced arrays pass."""
    if is_concrete(values) and not (np.asarray(values) >= 0).all():
        worst = float(np.nanmin(np.asarray(values), initial=np.inf))
        raise error(f"{name} must be 0 or positive, without NaN, got values down to {worst:g}")
