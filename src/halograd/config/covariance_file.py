"""A covariance matrix out of a file: text, .npy or HDF5."""

from pathlib import Path

import numpy as np

from halograd.config.measured_table import is_hdf5, load_text
from halograd.config.section import Section
from halograd.errors import DataError


def read_covariance(section: Section, size: int, order: str) -> np.ndarray:
    """The matrix that `covariance` names: a path, or {file, dataset} for HDF5.

    Args:
        section: Where `covariance` stands.
        size: Numbers before any cut.
        order: Their order in words, for the error message.

    Returns:
        (size, size), finite.
    """
    path, dataset = _source(section)
    matrix = section.checked(lambda: _read(path, dataset))
    if matrix.shape != (size, size):
        raise section.error(
            f"{path}: the covariance must have shape ({size}, {size}), one row per measured "
            f"number before any cut, {order}; got {matrix.shape}"
        )
    if not np.isfinite(matrix).all():
        raise section.error(f"{path}: the covariance has values that are not finite")
    return matrix


def _source(section: Section) -> tuple[Path, str | None]:
    if not isinstance(section.content["covariance"], dict):
        return section.path("covariance"), None
    table = section.table("covariance")
    table.only("file", "dataset")
    return table.path("file"), table.text("dataset")


def _read(path: Path, dataset: str | None) -> np.ndarray:
    if not path.is_file():
        raise DataError(f"{path}: no such covariance file; check the path")
    if is_hdf5(path):
        return _from_hdf5(path, dataset)
    try:
        is_npy = path.suffix == ".npy"
        return np.load(path, allow_pickle=False) if is_npy else load_text(path)
    except (OSError, ValueError) as cause:
        raise DataError(f"{path}: not a matrix of numbers: {cause}") from cause


def _from_hdf5(path: Path, dataset: str | None) -> np.ndarray:
    import h5py

    if dataset is None:
        raise DataError(f'{path} is HDF5: give covariance = {{file = "…", dataset = "…"}}')
    try:
        with h5py.File(path, "r") as file:
            return np.asarray(file[dataset][()], np.float64)
    except (OSError, KeyError, TypeError, ValueError) as cause:
        raise DataError(f"{path}: no matrix of numbers at {dataset!r}: {cause}") from cause
