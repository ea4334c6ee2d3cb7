"""Datasets, attributes and rows of an HDF5 file, checked before anything is read from them."""

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halograd.catalogs.growing_columns import ROWS, row_ranges
from halograd.catalogs.hdf5_trial import try_text
from halograd.catalogs.properties import EXTRA
from halograd.errors import CatalogError

if TYPE_CHECKING:
    import h5py

Columns = dict[str, np.ndarray]

_KINDS = {"f": "numbers", "i": "integers"}


def member(path: Path, group: "h5py.Group", name: str) -> Any:
    """The group or dataset `name`, which the layout requires.

    Raises:
        CatalogError: Where it is missing; the message lists what is there.
    """
    if name not in group:
        listed = ", ".join(list(group)[:20]) or "nothing"
        raise CatalogError(
            f"{path}: {group.name} has no {name!r}; it has {listed}. The file is incomplete or of "
            "another format; fetch it again or name its format"
        )
    return group[name]


def attribute(path: Path, item: "h5py.Group", *names: str) -> Any:
    """The value of the first attribute of `names` that `item` has, bytes as text.

    Raises:
        CatalogError: Where it has none of them.
    """
    for name in names:
        if name in item.attrs:
            _check_readable(path, item, name)
            return _plain(item.attrs[name])
    raise CatalogError(
        f"{path}: {item.name} does not declare {' or '.join(names)}; the file is incomplete or of "
        "another format; fetch it again or name its format"
    )


def number(path: Path, item: "h5py.Group", *names: str) -> float:
    """As `attribute`, for one finite number."""
    value = attribute(path, item, *names)
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise CatalogError(
            f"{path}: {names[0]} of {item.name} must be a number, got {value!r}; fetch it again"
        )
    return found


def count(path: Path, item: "h5py.Group", *names: str) -> int:
    """As `attribute`, for a whole number that is not negative."""
    value = number(path, item, *names)
    if value < 0 or value != int(value):
        raise CatalogError(
            f"{path}: {names[0]} of {item.name} must be a count, got {value:g}; fetch it again"
        )
    return int(value)


def column(
    path: Path,
    group: "h5py.Group",
    name: str,
    shape: tuple[int | None, ...] = (None,),
    kind: str = "f",
) -> "h5py.Dataset":
    """The dataset `name`, of the shape and kind expected and with all of its data in the file.

    Args:
        path: The file.
        group: Where the dataset is.
        name: Its name.
        shape: The expected shape; None stands for any length.
        kind: "f" for real numbers (integers too), "i" for integers.

    Raises:
        CatalogError: Where it is missing, of another shape or type, or incomplete.
    """
    dataset = member(path, group, name)
    _check_type(path, dataset, kind)
    found = dataset.shape
    if len(found) != len(shape) or any(
        want is not None and want != got for want, got in zip(shape, found, strict=True)
    ):
        want = " x ".join("n" if size is None else str(size) for size in shape)
        raise CatalogError(
            f"{path}: {dataset.name} must have {want} values, got shape {found}; fetch it again"
        )
    check_stored(path, dataset)
    return dataset


def row_column(path: Path, group: "h5py.Group", name: str, n_row: int) -> "h5py.Dataset":
    """The dataset `name` of numbers or truth values in any shape, with a row for each halo.

    Raises:
        CatalogError: As `column`.
    """
    dataset = member(path, group, name)
    kind = getattr(getattr(dataset, "dtype", None), "kind", "")
    if kind not in tuple("iufb") or dataset.ndim == 0 or len(dataset) != n_row:
        raise CatalogError(
            f"{path}: {dataset.name} cannot be kept as a column: it must be numbers with {n_row} "
            f"rows, got {getattr(dataset, 'shape', 'a group')} of {getattr(dataset, 'dtype', '')}"
        )
    check_stored(path, dataset)
    return dataset


def check_stored(path: Path, dataset: "h5py.Dataset", *, may_be_elsewhere: bool = False) -> None:
    """Raise where a part of `dataset` was never written: HDF5 would answer zeros for it.

    Args:
        path: The file, for messages.
        dataset: What is to be read.
        may_be_elsewhere: Whether its data may be in other files, which must be there.
    """
    if dataset.is_virtual or dataset.external:
        if may_be_elsewhere:
            _check_sources(path, dataset)
            return
        raise CatalogError(
            f"{path}: {dataset.name} keeps its data in other files; copy it with h5repack"
        )
    if dataset.chunks is not None:
        pairs = zip(dataset.shape, dataset.chunks, strict=True)
        want = math.prod(-(-size // chunk) for size, chunk in pairs)
        got, what = dataset.id.get_num_chunks(), "chunks"
    else:
        want, got, what = dataset.nbytes, dataset.id.get_storage_size(), "bytes"
    if got < want:
        raise CatalogError(
            f"{path}: {dataset.name} declares {want} {what}, but {got} are in the file; it was cut "
            "short when written or copied; fetch it again"
        )


def _check_sources(path: Path, dataset: "h5py.Dataset") -> None:
    """Raise where a file is missing that a virtual or external dataset takes its data from."""
    if dataset.is_virtual:
        names = [source.file_name for source in dataset.virtual_sources()]
    else:
        names = [name for name, _, _ in dataset.external]
    for name in names:
        if name != "." and not (path.parent / name).exists():
            raise CatalogError(
                f"{path}: {dataset.name} keeps its data in {name}, which is not there; fetch it too"
            )


def piece_rows(*datasets: "h5py.Dataset") -> int:
    """How many rows to read at once, so that no compressed chunk is unpacked twice."""
    longest = max((dataset.chunks[0] for dataset in datasets if dataset.chunks), default=1)
    return -(-ROWS // longest) * longest


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


def _check_readable(path: Path, item: "h5py.Group", name: str) -> None:
    """Raise where an attribute is neither numbers nor text: HDF5 can crash on a damaged type."""
    import h5py

    kind = item.attrs.get_id(name).get_type()
    plain = (h5py.h5t.TypeIntegerID, h5py.h5t.TypeFloatID, h5py.h5t.TypeEnumID)
    if not isinstance(kind, (*plain, h5py.h5t.TypeStringID)):
        raise CatalogError(
            f"{path}: attribute {name} of {item.name} is neither a number nor text; the file is "
            "damaged, fetch it again"
        )
    if isinstance(kind, h5py.h5t.TypeStringID) and kind.is_variable_str():
        try_text(path)


def _check_type(path: Path, dataset: Any, kind: str) -> None:
    dtype = getattr(dataset, "dtype", None)
    if dtype is None or dtype.kind not in ("iuf" if kind == "f" else "iu"):
        raise CatalogError(
            f"{path}: {dataset.name} must be a dataset of {_KINDS[kind]}, got "
            f"{dtype or 'a group'}; the file is of another format or damaged"
        )


def _plain(value: Any) -> Any:
    """An attribute without its wrapping: bytes as text, one-element arrays as their element."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(())[()]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
