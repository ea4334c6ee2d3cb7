"""All the matter in a GADGET or AREPO snapshot."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from halograd.catalogs._reader_checks import into_box
from halograd.catalogs._reading import reading
from halograd.catalogs.gadget_files import check_complete, snapshot_files
from halograd.catalogs.gadget_header import GadgetHeader
from halograd.catalogs.growing_columns import GrowingColumns, row_ranges
from halograd.catalogs.hdf5_column import attribute, column, count, member, number, piece_rows
from halograd.catalogs.particles import Particles
from halograd.catalogs.read_options import ReadOptions
from halograd.errors import CatalogError

# (particles of the snapshot so far, positions of the last, their masses), in units of the file.
Piece = tuple[int, np.ndarray, np.ndarray]


def read_snapshot(header: GadgetHeader, options: ReadOptions) -> Particles:
    """The particles and cells of the snapshot beside a group catalogue, of every type with a mass.

    Types without coordinates (TNG's Monte-Carlo tracers) carry no mass and are left out.

    Raises:
        CatalogError: Where there is no snapshot, it is incomplete or damaged, or of another box or
            redshift than the catalogue.
    """
    files = snapshot_files(header.path)
    with reading(files[0], "a GADGET snapshot"):
        n_type, n_total = _census(files, header)
        if not n_total:
            raise CatalogError(f"{files[0]}: no particles in this snapshot; fetch the set again")
        gathered, draw = GrowingColumns(), options.particle_draw()
        for done, points, masses in _pieces(files, n_type):
            chosen = draw.chosen(len(points))
            columns = {"positions": points[chosen], "masses": masses[chosen]}
            columns = {name: values.astype(np.float64) for name, values in columns.items()}
            gathered.append(columns, done / n_total)
            options.report(done, n_total)
        positions, masses = gathered.take("positions"), gathered.take("masses")
        positions *= header.length_unit
        masses *= header.mass_unit
        sides = np.full(3, header.boxsize)
        return draw.particles(into_box(files[0], positions, sides), masses, sides)


def _census(files: list[Path], header: GadgetHeader) -> tuple[np.ndarray, int]:
    """Particles of each type in each file, (n_file, n_type), and of the types with coordinates."""
    import h5py

    counts, present = [], None
    for file in files:
        with reading(file, "a GADGET snapshot"), h5py.File(file, "r") as opened:
            snapshot = member(file, opened, "Header")
            if file == files[0]:
                check_complete(files, count(file, snapshot, "NumFilesPerSnapshot"))
                total = _totals(file, snapshot)
                present = np.zeros(len(total), bool)
            _check_same(file, snapshot, header)
            counts.append(_per_type(file, snapshot, "NumPart_ThisFile"))
            present |= [f"PartType{kind}/Coordinates" in opened for kind in range(len(total))]
    n_type = np.array(counts)
    if (n_type.sum(axis=0) != total).any():
        raise CatalogError(
            f"{files[0]}: the files hold {n_type.sum(axis=0).tolist()} particles of each type, but "
            f"the header declares {total.tolist()}; fetch the set again"
        )
    n_type[:, ~present] = 0
    return n_type, int(n_type.sum())


def _totals(file: Path, header: object) -> np.ndarray:
    total = _per_type(file, header, "NumPart_Total")
    if "NumPart_Total_HighWord" in header.attrs:
        total = total + (_per_type(file, header, "NumPart_Total_HighWord") << 32)
    return total


def _per_type(file: Path, header: object, name: str) -> np.ndarray:
    values = np.atleast_1d(attribute(file, header, name))
    if values.dtype.kind not in "iu" or values.ndim != 1:
        raise CatalogError(f"{file}: {name} must be counts, got {values}; fetch the file again")
    return values.astype(np.int64)


def _check_same(file: Path, snapshot: object, header: GadgetHeader) -> None:
    box, redshift = (number(file, snapshot, name) for name in ("BoxSize", "Redshift"))
    near = abs(box / header.boxsize_in_file - 1) < 1e-6
    if not near or abs(redshift - header.redshift) > 1e-4 * (1 + header.redshift):
        raise CatalogError(
            f"{file}: BoxSize = {box:g} at redshift {redshift:g}, but {header.path.name} has "
            f"{header.boxsize_in_file:g} at {header.redshift:g}; give the snapshot of the catalogue"
        )


def _pieces(files: list[Path], n_type: np.ndarray) -> Iterator[Piece]:
    import h5py

    done = 0
    for file, counts in zip(files, n_type, strict=True):
        with reading(file, "a GADGET snapshot"), h5py.File(file, "r") as opened:
            table = np.atleast_1d(attribute(file, opened["Header"], "MassTable"))
            for kind in np.flatnonzero(counts):
                group, n_row = member(file, opened, f"PartType{kind}"), int(counts[kind])
                points = column(file, group, "Coordinates", (n_row, 3))
                fixed = float(table[kind])
                masses = None if fixed > 0 else column(file, group, "Masses", (n_row,))
                for rows in row_ranges(n_row, piece_rows(points)):
                    n_here = rows.stop - rows.start
                    weights = np.full(n_here, fixed) if masses is None else masses[rows]
                    yield done + rows.stop, points[rows], weights
                done += n_row
