"""Whether a catalogue fills its box, and holds each halo once, as far as the halos tell."""

from collections.abc import Iterator

import numpy as np

from halograd.catalogs.halo_catalog import HaloCatalog

# Nothing is said of fewer central halos: chance makes gaps between them.
_ENOUGH = 200
# In a slab across the whole box, so many halos are never all missing by chance or clustering: in
# whole catalogues of 30 to 125 Mpc/h the widest gap along an axis lacks 7 to 17 of them.
_N_IN_SLAB = 50
_SLABS = 512
# Cells of at least this side hold a third or more of the mean where that is 100 halos or more;
# voids are smaller.
_CELL = 20.0  # Mpc/h
_N_IN_CELL = 100
_MOST_CELLS = 8  # along an axis
# Coordinates of two decimals coincide by chance, for fewer halos than this share.
_REPEATED = 1e-3
# Of more particles than this, only some are looked at.
_PARTICLES = 1_000_000


def box_warnings(halos: HaloCatalog) -> list[str]:
    """Why the halos may not be those of the whole box, each once.

    Judged are the central halos, and the particles, where there are 200 or more. A slab or a cell
    of the box counts as missing where it has none of the halos expected there, and these are too
    many for chance and for a void; halos count as repeated where more than one in a thousand
    stands exactly where another does, or has the identifier of another.

    Args:
        halos: The catalogue.

    Returns:
        A sentence for each reason; none where nothing is found.
    """
    central = ~halos.is_satellite
    positions = halos.positions[central]
    found = _missing_parts("halo", positions, halos.boxsize)
    if halos.particles is not None:
        some = halos.particles.positions[:: len(halos.particles) // _PARTICLES + 1]
        found += _missing_parts("particle", some, halos.boxsize)
    if len(positions) < _ENOUGH:
        return found
    found += _repeated_places(positions)
    if halos.halo_id is not None:
        found += _repeated_identifiers(halos.halo_id[central])
    return found


def _missing_parts(what: str, positions: np.ndarray, sides: np.ndarray) -> list[str]:
    if len(positions) < _ENOUGH:
        return []
    return list(_empty_slabs(what, positions, sides)) or list(_empty_cells(what, positions, sides))


def _empty_slabs(what: str, positions: np.ndarray, sides: np.ndarray) -> Iterator[str]:
    """The widest gap along each axis, where it cannot be chance."""
    for axis, side in enumerate(sides):
        place = np.minimum(positions[:, axis] / side * _SLABS, _SLABS - 1).astype(int)
        full = np.flatnonzero(np.bincount(place, minlength=_SLABS))
        # The box is periodic: the gap may go through its face.
        gaps = np.diff(np.append(full, full[0] + _SLABS)) - 1
        widest = int(np.argmax(gaps))
        expected = len(positions) * gaps[widest] / _SLABS
        if expected >= _N_IN_SLAB:
            low = (full[widest] + 1) / _SLABS * side
            high = (low + gaps[widest] / _SLABS * side) % side or side
            yield (
                f"No {what} has {'xyz'[axis]} between {low:.4g} and {high:.4g} Mpc/h"
                f"{' (through the face of the box)' if high < low else ''}, where "
                f"{expected:,.0f} are expected: is a file missing, or a part of the box?"
            )


def _empty_cells(what: str, positions: np.ndarray, sides: np.ndarray) -> Iterator[str]:
    """Empty cells of the finest grid in which no cell of a whole box would be empty."""
    for finest in range(_MOST_CELLS, 1, -1):
        shape = np.clip((sides / _CELL).astype(int), 1, finest)
        expected = len(positions) / np.prod(shape)
        if expected >= _N_IN_CELL:
            break
    else:
        return
    place = np.minimum((positions / sides * shape).astype(int), shape - 1)
    counts = np.bincount(np.ravel_multi_index(place.T, shape), minlength=np.prod(shape))
    empty = np.flatnonzero(counts == 0)
    if empty.size:
        corner = np.array(np.unravel_index(empty[0], shape)) * sides / shape
        cell = " x ".join(f"{side:.4g}" for side in sides / shape)
        yield (
            f"{empty.size} of {counts.size} cells of {cell} Mpc/h have no {what}, the first from "
            f"({', '.join(f'{x:.4g}' for x in corner)}) Mpc/h on, where {expected:,.0f} each are "
            "expected: is a file missing, or a part of the box?"
        )


def _repeated_places(positions: np.ndarray) -> Iterator[str]:
    # Single precision, in case one of the copies was written so.
    bits = np.ascontiguousarray(positions, np.float32).view(np.uint32).astype(np.uint64)
    mixed = (bits[:, 0] * np.uint64(0x9E3779B97F4A7C15)) ^ (bits[:, 1] << np.uint64(32))
    n_repeated = _n_repeated(mixed * np.uint64(0xBF58476D1CE4E5B9) + bits[:, 2])
    if n_repeated > _REPEATED * len(positions):
        yield (
            f"{n_repeated:,} of {len(positions):,} central halos stand exactly where another does: "
            "are files read twice, or do they overlap?"
        )


def _repeated_identifiers(halo_id: np.ndarray) -> Iterator[str]:
    n_repeated = _n_repeated(halo_id)
    if n_repeated > _REPEATED * len(halo_id):
        yield (
            f"{n_repeated:,} of {len(halo_id):,} central halos have the identifier of another, so "
            "that hosts are not told apart: are files read twice, or numbered anew in each?"
        )


def _n_repeated(values: np.ndarray) -> int:
    ordered = np.sort(values)
    return int(np.count_nonzero(ordered[1:] == ordered[:-1]))
