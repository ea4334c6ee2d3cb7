"""The format of a file, from its first bytes."""

from pathlib import Path

from halograd.catalogs._reading import reading
from halograd.catalogs.hdf5 import is_halograd_file
from halograd.errors import CatalogError

_MAGIC = {
    b"PAR1": "parquet",
    b"SIMPLE  =": "fits",
    b"PK\x03\x04": "npz",
    b"PK\x05\x06": "npz",
    b"# %ECSV": "ecsv",
}
_NEARLY = {
    b"#ASDF": "an ASDF file; give the folder of the snapshot, such as SimName/halos/z0.500",
    b"\x1f\x8b": "compressed by gzip; decompress it first",
    b"BZh": "compressed by bzip2; decompress it first",
    b"\x93NUMPY": "an npy file; save its columns by name with numpy.savez",
}
_HDF5 = b"\x89HDF\r\n\x1a\n"
# The HDF5 standard lets a user block of these sizes precede the signature.
_HDF5_OFFSETS = (0, 512, 1024, 2048)


def sniff(path: Path) -> str:
    """Which of `read`'s formats a file or folder has, whatever its name.

    Raises:
        CatalogError: Where there is no such file, or it has no known format.
    """
    if not path.exists():
        raise CatalogError(f"{path}: no such file or folder; check the path")
    if path.is_dir():
        return _sniff_folder(path)
    with reading(path, "a file"), path.open("rb") as file:
        head = file.read(4096)
    if any(head[offset : offset + 8] == _HDF5 for offset in _HDF5_OFFSETS):
        return "halograd" if is_halograd_file(path) else "hdf5"
    for magic, format in _MAGIC.items():
        if head.startswith(magic):
            return format
    for magic, reason in _NEARLY.items():
        if head.startswith(magic):
            raise CatalogError(f"{path}: this is {reason}")
    if not head.strip():
        raise CatalogError(f"{path}: the file is empty; fetch it again")
    if b"\x00" in head or not _is_text(head):
        raise CatalogError(
            f"{path}: not a format known here (HDF5, Parquet, FITS, npz, CSV, ECSV or a CompaSO "
            "folder); convert it, or name its format"
        )
    return "csv"


def _sniff_folder(path: Path) -> str:
    if (path / "halo_info").is_dir() or any(path.glob("*halo_info*.asdf")):
        return "compaso"
    raise CatalogError(
        f"{path}: a folder without halo_info; give a file, or the folder of one snapshot such as "
        "SimName/halos/z0.500"
    )


def _is_text(head: bytes) -> bool:
    try:
        # The last character may be cut by the end of the sample.
        head[: max(len(head) - 3, 1)].decode("utf-8")
    except UnicodeDecodeError as cause:
        return cause.start > len(head) - 7
    return True
