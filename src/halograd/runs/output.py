"""The folder of a run and the files in it, each written whole or not at all."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halograd._atomic import atomic_write
from halograd.errors import HalogradError

if TYPE_CHECKING:
    from jax import Array

    from halograd.inference import Observables, Prediction
    from halograd.runs.stages import Stages

RESULTS = (
    *("report.html", "summary.json", "figures", "result.json", "best_fit.hdf5"),
    *("data.hdf5", "chains.nc", "prediction.hdf5"),
)
"""What fits, samplings and predictions leave in their folder, page first."""

# What the same command, given again, goes on from.
_HISTORIES = ("history*.jsonl", "starts/*.jsonl")
_STATES = ("sampling.h5", "halo_table.h5", ".halo_table_*.part.h5", "checkpoint_*.h5")

_CLOCK = 0.01  # s, by which the times of files lag behind


def output_folder(path: str | os.PathLike[str]) -> Path:
    """The folder to write to, made where there is none."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise HalogradError(f"--out {folder}: cannot make this folder: {cause}") from cause
    return folder


@contextmanager
def removed_if_empty(folder: Path | None) -> Iterator[None]:
    """Remove a folder, if there is nothing in it, where the block ends in an error or Ctrl-C."""
    try:
        yield
    except BaseException:
        if folder is not None:
            with suppress(OSError):  # there is something in it
                folder.rmdir()
        raise


def set_results_aside(folder: Path, stages: "Stages") -> None:
    """Move the results in `folder`, if there are any, to `old_1`, or the next number, and say so.

    Otherwise a run that is killed late leaves its own results beside a page about other ones.
    """
    found = [path for name in RESULTS if (path := folder / name).exists()]
    if not found:
        return
    number = 1
    while (aside := folder / f"old_{number}").exists():
        number += 1
    aside.mkdir()
    for path in found:
        path.rename(aside / path.name)
    stages.note(f"the results of an earlier run are now in {aside}")


def has_resumable_state(folder: Path) -> bool:
    """Whether there are steps of a fit, draws, a table, or checkpoints of a training."""
    histories = (path for pattern in _HISTORIES for path in folder.glob(pattern))
    for path in histories:
        is_current = "_old_" not in path.stem
        if is_current and path.read_bytes().count(b"\n") > 1:  # a line after the header
            return True
    return any(True for pattern in _STATES for _ in folder.glob(pattern))


def was_written(path: Path, since: float) -> bool:
    """Whether a file, or anything in a folder, was written after a time in seconds."""
    files = [path, *path.rglob("*")] if path.is_dir() else [path]
    return any(file.is_file() and file.stat().st_mtime >= since - _CLOCK for file in files)


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
    if hasattr(value, "__array__"):  # of NumPy or JAX
        return plain(np.asarray(value).tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if isinstance(value, str | bool | int | float | None) else str(value)


def write_prediction(
    path: Path,
    layout: "Observables",
    theta: Mapping[str, float],
    vector: "Array",
    jacobian: "Mapping[str, Array]",
) -> None:
    """Write the statistics and their derivatives in every parameter to HDF5.

    Groups `value` and `jacobian/PARAMETER` hold each statistic by its name, (n_sample,),
    (n_sample, n_bin) or (n_sample, n_order, n_bin); `samples` their limits in log10 Msun, with
    their names as an attribute; attributes of `parameters` the point; the bins stand beside them
    under the names that `Observables` gives them.
    """
    import h5py

    from halograd.statistics import UNITS

    with atomic_write(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["format"] = "halograd prediction 2"
        units = [f"{s.name}: {UNITS[s.unit]}" for s in layout.statistics]
        file.attrs["units"] = "; ".join([*units, "edges: Mpc/h"])
        file.create_group("parameters").attrs.update({k: float(v) for k, v in theta.items()})
        for s in layout.statistics:
            limits = [sample.members[0][:2] for sample in s.samples]
            samples = file.create_dataset(f"samples/{s.name}", data=np.array(limits))
            samples.attrs["names"] = [sample.name for sample in s.samples]
        for name, value in layout.declared.items():
            file[name] = np.asarray(value)
        _write_parts(file.create_group("value"), layout.split(vector))
        for name, column in jacobian.items():
            _write_parts(file.create_group(f"jacobian/{name}"), layout.split(column))


def _write_parts(group: Any, parts: "Prediction") -> None:
    for name, values in parts.items():
        group[name] = np.asarray(values, np.float64)
