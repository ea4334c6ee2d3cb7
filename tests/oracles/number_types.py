"""The types of numbers a user may hold: those that keep a value, and those that cannot."""

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pandas as pd
from astropy import units
from astropy.cosmology.units import littleh
from astropy.table import Column, MaskedColumn
from astropy.utils.masked import Masked


def _cast(dtype):
    return lambda values: np.asarray(values).astype(dtype)


def _series(dtype):
    return lambda values: pd.Series(values, dtype=dtype)


def _masked(values):
    return np.ma.array(values, mask=np.arange(values.size).reshape(values.shape) == 0)


def _nested(values):
    """A list of masked arrays, which NumPy takes for plain ones."""
    return [_masked(np.atleast_1d(row)) for row in np.atleast_1d(values)]


KEPT = {
    "list": lambda values: values.tolist(),
    "tuple": lambda values: tuple(values.tolist()) if values.ndim else values.tolist(),
    "int64": _cast(np.int64),
    "int8": _cast(np.int8),
    "uint64": _cast(np.uint64),
    "bool": _cast(bool),
    "float16": _cast(np.float16),
    "float32": _cast(np.float32),
    "bfloat16": _cast(ml_dtypes.bfloat16),
    "longdouble": _cast(np.longdouble),
    "big-endian float": _cast(">f4"),
    "big-endian double": _cast(">f8"),
    "big-endian integer": _cast(">i8"),
    "masked array without a mask": np.ma.array,
    "astropy masked without a mask": lambda values: Masked(values, mask=False),
    "number without unit": lambda values: values * units.one,
    "percent": lambda values: 100 * values * units.percent,
    "table column": Column,
    "masked table column": MaskedColumn,
    "series": _series(float),
    "nullable series": _series("Int64"),
    "JAX integers": lambda values: jnp.asarray(values, jnp.int32),
    "JAX half precision": lambda values: jnp.asarray(values, jnp.bfloat16),
    "read-only": lambda values: np.broadcast_to(values, values.shape),
    "strided": lambda values: np.repeat(values, 2, axis=-1)[..., ::2] if values.ndim else values,
}
NARROW = {
    "int8": np.int8,
    "uint64": np.uint64,
    "bool": bool,
    "bfloat16": ml_dtypes.bfloat16,
    "JAX half precision": ml_dtypes.bfloat16,
}
REFUSED = {
    "masked array": _masked,
    "list of masked arrays": _nested,
    "astropy masked": lambda values: Masked(values, mask=True),
    "kpc": lambda values: values * units.kpc,
    "Mpc/h": lambda values: values * (units.Mpc / littleh),
    "dex": lambda values: values * units.dex,
    "list of quantities": lambda values: [values * units.kpc],
    "table column in kpc": lambda values: Column(values, unit="kpc"),
    "masked quantity": lambda values: Masked(values * units.kpc, mask=False),
    "complex": lambda values: values + 1j,
    "JAX complex": lambda values: jnp.asarray(values) + 1j,
    "objects": lambda values: values.astype(object),
    "text": lambda values: values.astype(str),
    "bytes": lambda values: values.astype(bytes),
    "dates": lambda values: values.astype("M8[D]"),
    "ragged": lambda values: [[1.0, 2.0], [3.0]],
    "a set": lambda values: {1.0},
}


def kept(values):
    """By name, all types that hold exactly these whole numbers."""
    found = {}
    for name, make in KEPT.items():
        if values.ndim != 1 and ("series" in name or "column" in name):
            continue
        if name in NARROW and (values.astype(NARROW[name]).astype(float) != values).any():
            continue
        found[name] = make(values)
    return found
