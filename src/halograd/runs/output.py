"""Files of a run, each written whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from halograd._atomic import atomic_write
from halograd.errors import HalogradError
from halograd.inference import Observables, Prediction
from halograd.statistic_names import NAMES


def output_folder(path: str | os.PathLike[str]) -> Path:
    """The folder to write to, made where there is none."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise HalogradError(f"--out {folder}: cannot make this folder: {cause}") from cause
    return folder


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that any parser reads: infinities and NaN become text."""
    text = json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False)
    with atomic_write(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def plain(value: Any) -> Any:
    """`value` in the types JSON has."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray | jax.Array | np.generic):
        return plain(np.asarray(value).tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if isinstance(value, str | bool | int | float | None) else str(value)


def write_prediction(
    path: Path,
    layout: Observables,
    theta: Mapping[str, float],
    vector: jax.Array,
    jacobian: Mapping[str, jax.Array],
) -> None:
    """Write the statistics and their derivatives in every parameter to HDF5.

    Groups `value` and `jacobian/PARAMETER` hold n (n_sample,), wp (n_sample, n_rp), delta_sigma
    (n_sample, n_R), xi (n_sample, n_r) and multipoles (n_sample, n_ell, n_s); `samples` their
    limits in log10 Msun; attributes of `parameters` the point; the bins stand beside them under
    the names that `Observables` gives them.
    """
    import h5py

    with atomic_write(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["format"] = "halograd prediction 1"
        file.attrs["units"] = (
            "n: (Mpc/h)^-3; wp: Mpc/h; delta_sigma: h Msun/pc^2; xi, multipoles: 1; r: Mpc/h"
        )
        file.create_group("parameters").attrs.update({k: float(v) for k, v in theta.items()})
        for name in NAMES:
            file[f"samples/{name}"] = np.array(getattr(layout, name)).reshape(-1, 2)
        for name, value in layout.declared.items():
            file[name] = np.asarray(value)
        _write_parts(file.create_group("value"), layout.split(vector))
        for name, column in jacobian.items():
            _write_parts(file.create_group(f"jacobian/{name}"), layout.split(column))


def _write_parts(group: Any, parts: Prediction) -> None:
    for name, values in parts._asdict().items():
        group[name] = np.asarray(values, np.float64)
