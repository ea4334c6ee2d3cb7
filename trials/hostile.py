"""Hostile values and damaged files, and what halograd may answer to them."""

import traceback
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from halograd.errors import HalogradError

NUMBERS = (
    *(np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 1e300, -1e300, 1e-300, 5e-324, 1e20, 1e-21),
    *(2**31, 2**63, 2**64, -(2**63), 10**400, True, 1j, None, "1.5", "", "nan", b"1", object()),
    *([], [[]], [1, [2]], {}, {"a": 1}, range(3), np.datetime64("2020-01-01"), np.ma.masked),
)
"""What may be in the place of a number."""


class Answer(NamedTuple):
    """What a call gave: a value, a refusal, or a fault that is described."""

    value: Any = None
    refusal: str | None = None
    fault: str | None = None


def answer(call: Callable[[], Any]) -> Answer:
    """Call, and tell a refusal in one clear message from everything else that is raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return Answer(value=call())
        except HalogradError as error:
            said = str(error)
            if not 15 < len(said) < 1500:
                return Answer(fault=f"a message of {len(said)} letters: {said[:200]!r}")
            return Answer(refusal=said)
        except Exception as error:  # which is what a trial is for
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{where.filename.rsplit('/', 1)[-1]}:{where.lineno}"
            return Answer(fault=f"{type(error).__name__} at {place}: {str(error)[:200]}")


def spoiled(rng: np.random.Generator, value: Any) -> Any:
    """Something else in the place of an argument: another type, shape, or bad entries."""
    array = np.asarray(value)
    ways = [_number, _entries, _shape, _type, _masked] if array.dtype.kind in "fiu" else [_number]
    return ways[rng.integers(len(ways))](rng, array)


def as_numbers(value: Any) -> np.ndarray | None:
    """The argument as float64 where it holds plain numbers, else None."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        return None
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            return None
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def damaged(rng: np.random.Generator, content: bytes) -> bytes:
    """A file with flipped bits, a hole, a part missing, doubled or random, or more at its end."""
    data = bytearray(content)
    n = max(len(data), 1)
    way = rng.integers(7)
    at, length = int(rng.integers(n)), int(min(n, 2 ** rng.integers(0, 12)))
    if way == 0:
        for place in rng.integers(n, size=rng.integers(1, 9)):
            data[place : place + 1] = bytes([data[place] ^ (1 << int(rng.integers(8)))])
    elif way == 1:
        data[at : at + length] = bytes(min(length, n - at))
    elif way == 2:
        del data[at:]
    elif way == 3:
        del data[at : at + length]
    elif way == 4:
        data[at:at] = data[at : at + length]
    elif way == 5:
        data[at : at + length] = rng.integers(
            256, size=min(length, n - at), dtype=np.uint8
        ).tobytes()
    else:
        data += bytes(rng.integers(256, size=length, dtype=np.uint8))
    return bytes(data)


def _number(rng: np.random.Generator, array: np.ndarray) -> Any:
    return NUMBERS[rng.integers(len(NUMBERS))]


def _entries(rng: np.random.Generator, array: np.ndarray) -> Any:
    found = np.array(array, np.float64)
    if found.size:
        bad = [x for x in NUMBERS if isinstance(x, float)]
        found.flat[rng.integers(found.size)] = bad[rng.integers(len(bad))]
    return found


def _shape(rng: np.random.Generator, array: np.ndarray) -> Any:
    changes = (
        lambda a: a[..., None],
        lambda a: a[:0] if a.ndim else a[None],
        lambda a: np.concatenate([a, a]) if a.ndim else np.stack([a, a]),
        lambda a: a.ravel()[::-1],
        lambda a: a.T,
        lambda a: a[None],
    )
    return changes[rng.integers(len(changes))](array)


def _type(rng: np.random.Generator, array: np.ndarray) -> Any:
    types = (np.int64, np.uint64, np.int8, bool, np.float16, ">f4", ">i8", complex, object, str)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return array.astype(types[rng.integers(len(types))])


def _masked(rng: np.random.Generator, array: np.ndarray) -> Any:
    return np.ma.array(array, mask=rng.random(array.shape) < 0.3)
