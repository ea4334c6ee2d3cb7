"""The format of a file, from what is in it."""

from pathlib import Path

from halograd.catalogs._reading import reading
from halograd.catalogs.compaso import Compaso
from halograd.catalogs.gadget import is_gadget
from halograd.catalogs.hacc import is_hacc
from halograd.catalogs.halotools import is_halotools
from halograd.catalogs.hdf5 import is_halograd_file
from halograd.catalogs.millennium import is_millennium
from halograd.catalogs.rockstar import is_rockstar
from halograd.catalogs.text_stream import compression_of, plain_head
from halograd.catalogs.universemachine import is_universemachine
from halograd.errors import CatalogError, HalogradError
from halograd.registries import FORMATS

_MAGIC = {
    b"PAR1": "parquet",
    b"SIMPLE  =": "fits",
    b"PK\x03\x04": "npz",
    b"PK\x05\x06": "npz",
    b"# %ECSV": "ecsv",
}
_NEARLY = {
    b"#ASDF": "an ASDF file; give the folder of the snapshot, such as SimName/halos/z0.500",
    b"\x93NUMPY": "an npy file; save its columns by name with numpy.savez",
}
_HDF5 = b"\x89HDF\r\n\x1a\n"
# The HDF5 standard lets a user block of these sizes precede the signature.
_HDF5_OFFSETS = (0, 512, 1024, 2048)

_HDF5_LAYOUTS = {
    "halotools": is_halotools,
    "gadget": is_gadget,
    "hacc": is_hacc,
    "millennium": is_millennium,
}
_TEXT_LAYOUTS = {"rockstar": is_rockstar, "millennium": is_millennium}

_HEAD = 4096


def sniff(path: Path, *, as_table: bool = False) -> str:
    """Which of `read`'s formats a file or folder has, whatever its name.

    Args:
        path: The file or folder.
        as_table: Whether the caller explains the columns, so that the layouts of simulations
            count as plain tables.

    Raises:
        CatalogError: Where there is no such file, or it has no known format.
    """
    if not path.exists():
        raise CatalogError(f"{path}: no such file or folder; check the path")
    if path.is_dir():
        return _sniff_folder(path)
    with reading(path, "a file"), path.open("rb") as file:
        head = file.read(_HEAD)
    if not as_table and (added := _added_format(path, head)):
        return added
    if any(head[offset : offset + 8] == _HDF5 for offset in _HDF5_OFFSETS):
        if is_halograd_file(path):
            return "halograd"
        return "hdf5" if as_table else _layout(path, _HDF5_LAYOUTS, "hdf5")
    for magic, format in _MAGIC.items():
        if head.startswith(magic):
            return format
    for magic, reason in _NEARLY.items():
        if head.startswith(magic):
            raise CatalogError(f"{path}: this is {reason}")
    if not head.strip():
        raise CatalogError(f"{path}: the file is empty; fetch it again")
    return _sniff_text(path, compression_of(head), as_table)


def _sniff_text(path: Path, compression: str | None, as_table: bool) -> str:
    head = plain_head(path, _HEAD)
    if b"\x00" in head or not _is_text(head):
        if compression is None and not as_table and is_universemachine(path):
            return "universemachine"
        raise CatalogError(
            f"{path}: not a format known here (HDF5, Parquet, FITS, npz, a text table, "
            "UniverseMachine, or the folder of a CompaSO or GADGET catalogue); convert it, or name "
            "its format"
        )
    if compression is not None and head.startswith(b"# %ECSV"):
        raise CatalogError(f"{path}: ECSV compressed by {compression}; decompress it first")
    if not head.strip():
        raise CatalogError(f"{path}: there is nothing in this compressed file; fetch it again")
    return "csv" if as_table else _layout(path, _TEXT_LAYOUTS, "csv")


def _added_format(path: Path, head: bytes) -> str | None:
    """The format of an installed package, or one that the program registered, that knows it."""
    for name in FORMATS.added:
        try:
            knows = FORMATS[name]().recognises(path, head)
        except HalogradError:  # of a package that cannot be used
            continue
        if knows:
            return name
    return None


def _sniff_folder(path: Path) -> str:
    if Compaso().recognises(path, b""):
        return "compaso"
    if is_gadget(path):
        return "gadget"
    if added := _added_format(path, b""):
        return added
    raise CatalogError(
        f"{path}: a folder without halo_info or group files (fof_subhalo_tab_*.hdf5); give a file, "
        "or the folder of one snapshot such as SimName/halos/z0.500"
    )


def _layout(path: Path, layouts: dict, table: str) -> str:
    return next((format for format, is_it in layouts.items() if is_it(path)), table)


def _is_text(head: bytes) -> bool:
    try:
        # The last character may be cut by the end of the sample.
        head[: max(len(head) - 3, 1)].decode("utf-8")
    except UnicodeDecodeError as cause:
        return cause.start > len(head) - 7
    return True
