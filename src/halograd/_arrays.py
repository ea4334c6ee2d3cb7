"""Numbers of whatever type a user holds, taken at their value or refused.

NumPy and JAX convert without a word where numbers are lost: masks of masked arrays and units of
quantities vanish, 64-bit integers wrap to 32 bits, imaginary parts go, large floats become
infinite. Every array that enters halograd therefore passes here first.
"""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from halograd.errors import HalogradError

if TYPE_CHECKING:
    import jax

__all__ = ["float_array", "is_concrete", "real_array", "unmasked", "weight_array"]

Error = type[HalogradError]

_PLAIN = (np.dtype(np.float32), np.dtype(np.float64))
_SCALARS = (float, int, bool)


def is_concrete(values: ArrayLike) -> bool:
    """Whether the numbers are known now, rather than traced by a JAX transformation."""
    if "jax" not in sys.modules:  # the published tables are listed without JAX
        return True
    from jax.core import Tracer

    return not isinstance(values, Tracer)


def unmasked(name: str, value: Any, error: Error = HalogradError) -> Any:
    """`value` itself, or the data of a masked array of which nothing is masked.

    Raises:
        HalogradError: Where an element is masked, also in a list of masked arrays.
    """
    for part in _parts(value):
        if isinstance(part, np.ma.MaskedArray) or hasattr(part, "unmasked"):
            n_masked = int(np.count_nonzero(part.mask))
            if n_masked:
                raise error(
                    f"{name} must be known everywhere, but {n_masked} of {np.size(part)} values "
                    "are masked: leave these rows out, or fill them with numbers that you mean"
                )
    if isinstance(value, np.ma.MaskedArray):
        return np.ma.getdata(value)  # a quantity or a column stays one
    return getattr(value, "unmasked", value)


def real_array(
    name: str, value: Any, error: Error = HalogradError, *, unit: str = ""
) -> "np.ndarray | jax.Array":
    """`value` as real numbers in float32 or float64, on the host or, where it was, on the device.

    Arrays that are so already come back as they are, traced ones too. Truth values and integers
    become floats by way of float64, half precision becomes float32, and foreign byte orders
    become native.

    Args:
        name: What the numbers are, for messages.
        value: A number, an array, a list, a column of a table.
        error: Raised for what is refused.
        unit: What plain numbers are in, for the message that refuses a unit.

    Raises:
        HalogradError: For masked elements, numbers with a unit, complex numbers, text, dates and
            objects.
    """
    if type(value) is np.ndarray and value.dtype in _PLAIN and value.dtype.isnative:
        return value
    if _is_on_device(value):
        return _device_floats(name, value, error)
    value = _without_unit(name, unmasked(name, value, error), error, unit)
    if any(_is_on_device(part) for part in _parts(value)):
        import jax.numpy as jnp

        return _device_floats(name, jnp.asarray(value), error)
    try:
        if type(value) is int:
            value = float(value)  # also where no integer type of NumPy holds it
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError) as cause:
        raise error(f"{name} must be numbers, got {type(value).__name__}: {cause}") from cause
    return _host_floats(name, array, error)


def float_array(
    name: str, value: Any, error: Error = HalogradError, *, unit: str = ""
) -> "jax.Array":
    """`value` as a JAX array, float32 or, where JAX's x64 mode is on, float64; see `real_array`.

    Raises:
        HalogradError: Also for finite numbers beyond the range of float32, without x64.
    """
    import jax
    import jax.numpy as jnp

    array = real_array(name, value, error, unit=unit)
    if isinstance(array, np.ndarray) and array.dtype != jax.dtypes.canonicalize_dtype(array.dtype):
        with np.errstate(over="ignore"):
            narrow = array.astype(np.float32)
        if np.isinf(narrow).any() and (np.isinf(narrow) & np.isfinite(array)).any():
            raise error(
                f"{name} must lie within the range of float32, up to "
                f"{np.finfo(np.float32).max:.2g}, got {np.abs(array[np.isfinite(array)]).max():g}: "
                "scale the numbers down, or turn on JAX's x64 mode"
            )
        array = narrow
    # A Python number takes the precision of what it meets, as everywhere in JAX.
    return jnp.asarray(float(value) if type(value) in _SCALARS else array)


def weight_array(name: str, weights: Any) -> "jax.Array":
    """Weights (n,) or (n, n_sample) as a JAX array of floats, finite as far as they are known.

    Raises:
        HalogradError: For what `float_array` refuses, another number of axes, NaN and infinity.
    """
    import jax
    import jax.numpy as jnp

    array = real_array(name, weights, unit="galaxies per point")
    if array.ndim not in {1, 2}:
        raise HalogradError(
            f"{name} must have shape (n,) or (n, n_sample), one row per point, got {array.shape}"
        )
    if is_concrete(array):
        with jax.ensure_compile_time_eval():
            xp = np if isinstance(array, np.ndarray) else jnp
            if not bool(xp.isfinite(array).all()):
                bad = ~np.isfinite(np.asarray(array))
                raise HalogradError(
                    f"{name} must be finite, but {int(bad.sum())} of {bad.size} are NaN or "
                    f"infinite (the first at index {np.argwhere(bad)[0].tolist()}): give points "
                    "without a galaxy the weight 0, and look where the others come from"
                )
    return float_array(name, array)


def _parts(value: Any) -> Iterator[Any]:
    """What a list or tuple holds, however nested, or the value itself; plain numbers left out."""
    if isinstance(value, list | tuple):
        for part in value:
            if not isinstance(part, float | int | np.generic):
                yield from _parts(part)
    else:
        yield value


def _is_on_device(value: Any) -> bool:
    if "jax" not in sys.modules:
        return False
    from jax import Array

    return isinstance(value, Array)


def _device_floats(name: str, array: "jax.Array", error: Error) -> "jax.Array":
    import jax.numpy as jnp

    if jnp.issubdtype(array.dtype, jnp.floating):
        return array if array.dtype.itemsize >= 4 else array.astype(jnp.float32)
    if jnp.issubdtype(array.dtype, jnp.integer) or array.dtype == bool:
        return array.astype(jnp.result_type(float))
    raise error(f"{name} must be real numbers, got a JAX array of {array.dtype}")


def _host_floats(name: str, array: np.ndarray, error: Error) -> np.ndarray:
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind == "f":
        return np.asarray(array, np.float64 if size >= 8 else np.float32)
    if kind in "biu":
        return array.astype(np.float64)
    if array.dtype.type.__module__ == "ml_dtypes" and "float" in array.dtype.name:
        return array.astype(np.float32)
    got = {"U": "text", "S": "text", "M": "dates", "m": "time spans", "c": "complex numbers"}
    found = got.get(kind, f"an array of {array.dtype}")
    if kind == "O" and array.size:
        found = f"objects, the first of them {array.flat[0]!r}"
    real = "real numbers" if kind == "c" else "numbers"
    raise error(f"{name} must be {real}, got {found}: convert them to float first")


def _without_unit(name: str, value: Any, error: Error, unit: str) -> Any:
    """`value` as plain numbers if it has no dimension, like the fraction that a percentage is."""
    for part in _parts(value):
        given = _unit_of(part)
        if given is None:
            continue
        if part is value and str(given) in {"", "1", "dimensionless"}:
            return np.asarray(value)
        try:
            if part is value:
                return np.asarray(value.to_value(""))
            part.to_value("")
        except Exception as cause:  # whatever the package of the units raises
            wanted = f"in {unit}" if unit else "in the unit that the documentation names"
            raise error(
                f"{name} has the unit {given}, but units are not converted here: give plain "
                f"numbers {wanted}, such as quantity.to_value(...) of astropy"
            ) from cause
    return value


def _unit_of(value: Any) -> Any:
    """The unit that an array says it has, or None; of a data frame these are columns."""
    if type(value) in {np.ndarray, *_SCALARS} or hasattr(value, "iloc"):
        return None
    unit = getattr(value, "unit", None)
    return getattr(value, "units", None) if unit is None else unit
