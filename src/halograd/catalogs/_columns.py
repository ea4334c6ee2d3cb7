"""Columns as they come from callers and files, made plain arrays without a change of meaning.

`np.asarray` drops masks, units and imaginary parts without a word, and reads text and dates as
numbers. What cannot be converted rightly is refused here, with the column named.
"""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from halograd import _checks
from halograd.errors import CatalogError

# Spellings of the unit that a column has anyway, without spaces. Tables write h for
# H0 / (100 km/s/Mpc); to astropy it is the hour, littleh is the constant. yt marks comoving by cm.
_SPELLINGS = {
    "comoving Mpc/h": {"Mpc/h", "cMpc/h", "Mpccm/h", "Mpc/littleh"},
    "Msun/h": {"Msun/h", "solMass/h", "Msun/littleh", "solMass/littleh"},
    "km/s": {"km/s", "kms-1"},
    "": {"", "1", "dimensionless", "redshift"},
}
# Units that stand for one quantity only, so that any other unit of it can be converted. Lengths
# and masses cannot: whether they are comoving, and over h, no unit says.
_CONVERTIBLE = {"km/s": "km/s", "": ""}
_KINDS = {
    "b": "truth values",
    "c": "complex numbers",
    "S": "text",
    "U": "text",
    "M": "dates",
    "m": "time spans",
    "V": "records",
    "O": "objects",
    "f": "numbers that are not whole",
    "T": "text",
}


def plain_array(name: str, values: Any, unit: str | None = "") -> np.ndarray:
    """`values` as an array of NumPy without mask and unit.

    Args:
        name: What they are, for the message.
        values: An array, a column of a table, a quantity or (nested) lists.
        unit: What the numbers have to be in: "comoving Mpc/h", "Msun/h", "km/s", "" for pure
            numbers; None where it is not known, so that no unit can be accepted.

    Raises:
        CatalogError: For masked values and nulls, and for a unit that is not the one needed.
    """
    if isinstance(values, np.ndarray) and type(values) is np.ndarray:
        return values
    if isinstance(values, list | tuple):
        values = [_bare(name, part, unit) if hasattr(part, "dtype") else part for part in values]
    bare = _bare(name, values, unit)
    try:
        return np.asarray(bare)
    except (TypeError, ValueError) as cause:
        raise CatalogError(
            f"{name} must be an array, got {type(values).__name__}: {cause}"
        ) from cause


def numbers(name: str, values: Any, unit: str | None = "") -> np.ndarray:
    """A column of finite numbers as float64, in the byte order of the machine. (n, ...)

    Args:
        name: The column.
        values: As for `plain_array`.
        unit: As for `plain_array`.

    Raises:
        CatalogError: For anything that is not a finite number.
    """
    array = _from_objects(name, plain_array(name, values, unit))
    is_number = array.dtype.kind in "iuf" or array.dtype.name == "bfloat16"
    if array.size and not is_number:
        raise CatalogError(
            f"{name} must be numbers, got {_what(array)}; convert them to float64 first"
        )
    return _checks.finite(name, array.astype(np.float64, copy=False), CatalogError)


def integers(name: str, values: Any) -> np.ndarray:
    """A column of whole numbers as int64. (n, ...)

    Raises:
        CatalogError: For other types, and for numbers that 64 bits with a sign cannot hold.
    """
    array = _from_objects(name, plain_array(name, values))
    if array.size and array.dtype.kind not in "iu":
        raise CatalogError(f"{name} must be integers, got {_what(array)}")
    if array.size and array.max() > np.iinfo(np.int64).max:
        raise CatalogError(f"{name} must fit in 64-bit signed integers, got {array.max()}")
    return array.astype(np.int64, copy=False)


def flags(name: str, values: Any) -> np.ndarray:
    """A column of truth values. (n, ...)

    Raises:
        CatalogError: Unless they are True and False, or 1 and 0.
    """
    array = _from_objects(name, plain_array(name, values))
    is_number = array.dtype.kind in "iuf"
    other = ~((array == 0) | (array == 1)) if is_number else np.full(array.shape, True)
    if array.dtype.kind != "b" and other.any():
        such = f", such as {array[other].flat[0]}" if is_number else ""
        raise CatalogError(
            f"{name} must be True or False (or 1 or 0) for every halo, got {_what(array)}{such}"
        )
    return array.astype(bool, copy=False)


def any_column(name: str, values: Any) -> np.ndarray:
    """A column of any type that models and files can hold, in the byte order of the machine.

    Numbers, truth values and text keep their types; objects become what all of them are.

    Raises:
        CatalogError: For masked values, nulls, a unit, and objects that are of no such type.
    """
    array = _from_objects(name, plain_array(name, values, None))
    if array.dtype.kind == "T":
        return array.astype(str)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def is_value(name: str, values: np.ndarray, wanted: Any) -> np.ndarray:
    """Where a column has the value `wanted`. (n,)

    A negative number is found in a column of unsigned integers as what it was stored as, 2^64 - 1
    for -1. Text is compared without the spaces around it, which pad it in some formats.

    Raises:
        CatalogError: Where the type of the column cannot hold the value, so that none would be
            found, and for NaN in the column, which is a null.
    """
    kind = values.dtype.kind
    if isinstance(wanted, str) != (kind in "US"):
        raise CatalogError(
            f"{name} is compared with {wanted!r}, which is of another type than {_what(values)}; "
            "give a value of the column's type"
        )
    if isinstance(wanted, str):
        words = np.char.decode(values, "utf-8") if kind == "S" else values
        return np.char.strip(words) == wanted.strip()
    if kind == "f" and np.isnan(values).any():
        raise CatalogError(
            f"{name} has {int(np.isnan(values).sum())} NaN, so which rows are meant is not known; "
            "fill those rows, or drop them"
        )
    if kind not in "iub" or not values.size:
        return values == wanted
    low, high = (0, 1) if kind == "b" else (int(edge) for edge in _limits(values.dtype))
    if kind == "u" and -high <= wanted < 0 and (values == high + 1 + int(wanted)).any():
        wanted = high + 1 + int(wanted)
    if not (float(wanted).is_integer() and low <= wanted <= high):
        raise CatalogError(
            f"{name} is compared with {wanted!r}, which a column of {values.dtype} cannot hold; "
            f"its values go from {values.min()} to {values.max()}: give one of them"
        )
    return values == int(wanted)


def _limits(dtype: np.dtype) -> tuple[int, int]:
    return np.iinfo(dtype).min, np.iinfo(dtype).max


def box_sides(boxsize: Any) -> np.ndarray:
    """Sides of the box, comoving Mpc/h, from a number or three. (3,)"""
    if boxsize is not None:
        boxsize = numbers("boxsize", boxsize, "comoving Mpc/h")
    return _checks.boxsize(boxsize, CatalogError)


def file_numbers(path: Path, name: str, values: np.ndarray, first_row: int = 0) -> np.ndarray:
    """A column of a file as float64, all of it finite; text is read as the numbers it spells.

    Args:
        path: The file, for the message.
        name: The column.
        values: (n_row, ...), as they are in the file.
        first_row: The number of rows before these.

    Raises:
        CatalogError: For a word that is no number, with its row; for NaN and infinity.
    """
    if values.dtype.kind == "U":
        for row, word in enumerate(values.flat, start=first_row + 1):
            if not _is_number(word):
                raise CatalogError(
                    f"{path}: {name} must be numbers, but row {row} has {word[:40]!r}; repair it"
                )
        values = values.astype(np.float64)
    where = f"{path}, after row {first_row}" if first_row else f"{path}"
    return numbers(f"{where}: {name}", values)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    # Python also takes the underscores of 1_000, which no table means.
    return "_" not in word


def freeze(values: Iterable[Any]) -> None:
    """Make the arrays among `values` read-only, with the memory that they look at."""
    for array in values:
        while isinstance(array, np.ndarray):
            array.setflags(write=False)
            array = array.base


def owned(given: Any, checked: np.ndarray) -> np.ndarray:
    """What a check made of what was given, copied where somebody may still write to it."""
    is_new = isinstance(given, np.ndarray) and not np.may_share_memory(given, checked)
    return checked if is_new or _is_frozen(checked) else checked.copy()


def with_vectors(
    rows: Mapping[str, np.ndarray], **components: Sequence[str]
) -> dict[str, np.ndarray]:
    """The columns, with components side by side in a vector where they are among them.

    Args:
        rows: Columns by name. (n,)
        **components: The three columns of each vector, by the name that it gets.

    Returns:
        The vectors, (n, 3) float64, and the columns left.
    """
    rows = dict(rows)
    for name, axes in components.items():
        if rows.keys() >= set(axes):
            rows[name] = np.stack([rows.pop(axis) for axis in axes], axis=-1, dtype=np.float64)
    return rows


def _is_frozen(array: np.ndarray) -> bool:
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return array is None


def _bare(name: str, values: Any, unit: str | None) -> Any:
    """The numbers under a mask that hides nothing, in the unit that they have to be in."""
    if isinstance(values, np.ma.MaskedArray) or hasattr(values, "unmasked"):
        n_masked = np.count_nonzero(np.ma.flatten_mask(np.asarray(values.mask)))
    else:
        n_masked = 0
    nulls = getattr(values, "null_count", 0)  # pyarrow's number, polars' method
    nulls = nulls() if callable(nulls) else nulls
    for n_bad, what in ((int(n_masked), "masked"), (nulls, "null")):
        if isinstance(n_bad, Integral) and n_bad:
            raise CatalogError(_refusal(name, n_bad, what))
    return _without_unit(name, getattr(values, "unmasked", values), unit)


def _refusal(name: str, n_bad: int, what: str) -> str:
    are = "value is" if n_bad == 1 else "values are"
    return f"{name}: {n_bad} {are} {what}; drop those rows, or fill them"


def _without_unit(name: str, values: Any, unit: str | None) -> Any:
    """The numbers of a quantity (astropy, unyt, pint) in the unit that they have to be in."""
    declared = getattr(values, "unit", None)
    declared = getattr(values, "units", None) if declared is None else declared
    if declared is None or callable(declared):
        return values
    if "".join(str(declared).split()) in _SPELLINGS.get(unit, _SPELLINGS[""]):
        return np.asarray(getattr(values, "magnitude", values))
    if unit in _CONVERTIBLE:
        try:
            if hasattr(values, "to_value"):
                return np.asarray(values.to_value(_CONVERTIBLE[unit]))
            if hasattr(declared, "to"):  # that of a column of an astropy table
                return np.asarray(declared.to(_CONVERTIBLE[unit], np.asarray(values)))
        # Each library of units has errors of its own for units that do not fit.
        except Exception as cause:
            raise CatalogError(_wrong_unit(name, declared, unit)) from cause
    raise CatalogError(_wrong_unit(name, declared, unit))


def _wrong_unit(name: str, declared: Any, unit: str | None) -> str:
    if unit:
        wanted = f"give plain numbers in {unit}"
    else:
        wanted = "give plain numbers" + (" in the unit that is meant" if unit is None else "")
    return f"{name} has the unit {declared}, which is not kept here; {wanted}, such as its .value"


def _from_objects(name: str, array: np.ndarray) -> np.ndarray:
    """An array of Python objects as one of numbers, truth values or text; others as they are."""
    if array.dtype.kind != "O":
        return array
    entries = list(array.flat)
    n_null = sum(entry is None or type(entry).__name__ in _NULLS for entry in entries)
    if n_null:
        raise CatalogError(_refusal(name, n_null, "null"))
    if all(isinstance(entry, str | bytes) for entry in entries):
        words = [entry.decode() if isinstance(entry, bytes) else entry for entry in entries]
        return np.array(words, dtype=str).reshape(array.shape)
    types = {bool if isinstance(entry, bool | np.bool_) else type(entry) for entry in entries}
    if bool in types and len(types) == 1:
        return array.astype(bool)
    if bool not in types and not any(issubclass(kind, str | bytes) for kind in types):
        try:
            if all(issubclass(kind, Integral) for kind in types):
                is_large = max(entries) > np.iinfo(np.int64).max
                return array.astype(np.uint64 if is_large else np.int64)
            return array.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            pass
    listed = ", ".join(sorted(kind.__name__ for kind in types))
    raise CatalogError(f"{name} must be numbers, truth values or text, got objects ({listed})")


# Missing values of pandas, and of NumPy's masked arrays.
_NULLS = ("NAType", "NaTType", "MaskedConstant")


def _what(array: np.ndarray) -> str:
    return f"{_KINDS.get(array.dtype.kind, 'numbers')} ({array.dtype})"
