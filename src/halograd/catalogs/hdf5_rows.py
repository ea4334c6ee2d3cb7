"""Rows of parallel HDF5 columns, of which some decide what is read of the others."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from halograd.catalogs.hdf5_column import piece_rows
from halograd.catalogs.properties import EXTRA
from halograd.catalogs.row_ranges import row_ranges
from halograd.errors import CatalogError

if TYPE_CHECKING:
    import h5py

Columns = dict[str, np.ndarray]


def cut_rows(
    path: Path,
    datasets: Mapping[str, "h5py.Dataset"],
    deciding: tuple[str, ...],
    keeps: Callable[[Columns], np.ndarray],
) -> Iterator[tuple[slice, np.ndarray, Columns]]:
    """Read the columns in `datasets` piece by piece, keeping the rows that `keeps` chooses.

    Args:
        path: The file, for messages.
        datasets: Columns of one length, by the names they get; where these begin with `EXTRA`,
            they may hold NaN.
        deciding: The names of those that `keeps` needs; the others are read where a row is kept.
        keeps: From those columns, whether each row is kept. (n,)

    Yields:
        The range of rows, which of them are kept, and the kept rows of every column.

    Raises:
        CatalogError: For a number that is not finite, in a row that is needed.
    """
    n_row = len(datasets[deciding[0]])
    for rows in row_ranges(n_row, piece_rows(*datasets.values())):
        read = {name: _read(path, datasets[name], rows) for name in deciding}
        kept = keeps(read)
        # A piece of which nothing is kept costs the deciding columns only.
        wanted, mask = (rows, kept) if kept.any() else (slice(0, 0), slice(0, 0))
        for name in datasets.keys() - read.keys():
            may_be_nan = name.startswith(EXTRA)
            read[name] = _read(path, datasets[name], wanted, may_be_nan=may_be_nan)
        yield rows, kept, {name: read[name][mask] for name in datasets}


def _read(
    path: Path, dataset: "h5py.Dataset", rows: slice, *, may_be_nan: bool = False
) -> np.ndarray:
    values = dataset[rows]
    if may_be_nan:
        return values
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        row = rows.start + int(np.argwhere(~np.isfinite(values))[0, 0])
        raise CatalogError(
            f"{path}: {dataset.name} has NaN or infinity in row {row}; the file is damaged, fetch "
            "it again"
        )
    return values
