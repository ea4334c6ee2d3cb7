"""Where GADGET and its descendants keep the files of one snapshot."""

import re
from pathlib import Path

from halograd.errors import CatalogError

_GROUPS = ("fof_subhalo_tab", "fof_subhalo_hbt_tab", "fof_tab", "groups")
_SNAPSHOTS = ("snap", "snapshot")
_NAME = re.compile(r"(?P<stem>(?P<kind>.+)_(?P<number>\d+))(?:\.(?P<part>\d+))?\.(?:hdf5|h5)")


def group_files(path: Path) -> list[Path]:
    """The files of the group catalogue in a folder, or of the one that a file is a part of.

    Raises:
        CatalogError: Where there is none, or a folder holds several catalogues.
    """
    if not path.is_dir():
        if not path.exists():
            raise CatalogError(f"{path}: no such file or folder; check the path")
        return _parts(path)
    found = [file for file in _hdf5_files(path) if _NAME.fullmatch(file.name)["kind"] in _GROUPS]
    stems = sorted({_NAME.fullmatch(file.name)["stem"] for file in found})
    if len(stems) != 1:
        what = f"several group catalogues ({', '.join(stems)})" if stems else "no group catalogue"
        raise CatalogError(
            f"{path}: {what} in this folder; give one file of it, such as "
            "groups_099/fof_subhalo_tab_099.0.hdf5"
        )
    return _parts(found[0])


def snapshot_files(group_file: Path) -> list[Path]:
    """The files of the snapshot that lies beside a group catalogue.

    Raises:
        CatalogError: Where there is none.
    """
    name = _NAME.fullmatch(group_file.name)
    number = name["number"] if name else ""
    here = group_file.parent
    folders = [here, *(base / f"snapdir_{number}" for base in (here, here.parent)), here.parent]
    for folder in folders if name else ():
        for file in _hdf5_files(folder):
            found = _NAME.fullmatch(file.name)
            if found["kind"] in _SNAPSHOTS and found["number"] == number:
                return _parts(file)
    raise CatalogError(
        f"{group_file}: no snapshot beside this catalogue, snapdir_{number}/snap_{number}.0.hdf5 "
        f"or snap_{number}.hdf5; fetch it, or read without particles"
    )


def check_complete(files: list[Path], declared: int) -> None:
    """Raise where a file of the set that the headers declare is missing."""
    if declared == len(files):
        return
    present = {_part(file) for file in files}
    missing = sorted(set(range(declared)) - present)
    what = f"part {missing[0]} is missing" if missing else "there are more"
    raise CatalogError(
        f"{files[0]}: the header declares {declared} file(s) and {len(files)} are there, {what}; "
        "fetch all the files of the set into one folder"
    )


def _parts(file: Path) -> list[Path]:
    """All files of the set that `file` belongs to, in order."""
    name = _NAME.fullmatch(file.name)
    if name is None or name["part"] is None:
        return [file]
    siblings = (other for other in _hdf5_files(file.parent) if _part(other) is not None)
    same = [other for other in siblings if _NAME.fullmatch(other.name)["stem"] == name["stem"]]
    return sorted(same, key=_part)


def _part(file: Path) -> int | None:
    part = _NAME.fullmatch(file.name)["part"]
    return None if part is None else int(part)


def _hdf5_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if _NAME.fullmatch(file.name))
