"""What the header of a Rockstar or consistent-trees list declares."""

import re
from dataclasses import dataclass
from pathlib import Path

from halograd.catalogs.text_header import TextHeader
from halograd.errors import CatalogError
from halograd.theory.cosmology import Cosmology

_NUMBER = r"([-+.\deE]+)"
_BOX = re.compile(rf"box size\s*[=:]\s*{_NUMBER}\s*Mpc\s*/\s*h", re.IGNORECASE)
_SCALE = re.compile(rf"^a\s*=\s*{_NUMBER}")
_BOUNDS = re.compile(r"^Bounds:\s*\((.*?)\)\s*-\s*\((.*?)\)")
_PARAMETERS = {
    "omega_m": re.compile(rf"\b(?:Omega_M|Om)\s*=\s*{_NUMBER}"),
    "omega_l": re.compile(rf"\b(?:Omega_L|Ol)\s*=\s*{_NUMBER}"),
    "h": re.compile(rf"\b(?:h0|h)\s*=\s*{_NUMBER}"),
}
_FLAT = 1e-3

# How the header begins to speak of a quantity (consistent-trees and Rockstar in turn), and what
# it must then say; spaces and case aside.
_UNITS = {
    "masses": (r"(m\w+:halomass|units:masses)", "msun/h", "#Units: Masses in Msun / h"),
    "positions": (
        r"(x/y/z:|units:positions)",
        "mpc/h",
        "#Units: Positions in Mpc / h (comoving)",
    ),
    "velocities": (
        r"(vx/vy/vz:|units:velocities)",
        "km/s",
        "#Units: Velocities in km / s (physical, peculiar)",
    ),
}


@dataclass(frozen=True)
class RockstarHeader:
    """The columns of a list by the names they had in any version, and its numbers.

    Attributes:
        path: The file, for messages.
        text: The header as it stands.
    """

    path: Path
    text: TextHeader

    def find(self, *names: str) -> str | None:
        """The column with the first of `names`, in any case, as the file writes it, or None."""
        by_folded = {own.casefold(): own for own in reversed(self.text.names)}
        return next((by_folded[name] for name in names if name in by_folded), None)

    def need(self, *names: str) -> str:
        """As `find`, with a `CatalogError` where there is none."""
        found = self.find(*names)
        if found is None:
            raise CatalogError(
                f"{self.path}: the header names no column {' or '.join(names)}; it names "
                f"{', '.join(self.text.names)}"
            )
        return found

    def require_unit(self, quantity: str) -> None:
        """Raise unless the header says that "masses", "positions" or "velocities" are as usual."""
        begins, unit, line = _UNITS[quantity]
        said = [squeezed for squeezed in self._squeezed() if re.match(begins, squeezed)]
        if not said:
            raise CatalogError(
                f"{self.path}: the header does not declare the unit of {quantity}; if it is the "
                f"usual one, add the line {line!r}, else read the file with format='csv' and "
                "columns that declare it"
            )
        # A unit without h would be a prefix of the one with it.
        if not any(unit in line for line in said):
            raise CatalogError(
                f"{self.path}: the header declares {quantity} by {said[0]!r}, not in {unit}; read "
                "the file with format='csv' and columns that declare the unit"
            )

    def boxsize(self) -> float | None:
        """Side of the box, Mpc/h; None where the header declares none."""
        side = self._number(_BOX)
        # Rockstar writes 0 for a simulation that is not periodic.
        if side is not None and not side > 0:
            raise CatalogError(
                f"{self.path}: the header declares a box of {side:g} Mpc/h, which is no periodic "
                "box; give a list of one"
            )
        if side is not None:
            self._refuse_chunk(side)
        return side

    def scale_factor(self) -> float | None:
        """Scale factor of the snapshot; None where the header declares none."""
        return self._number(_SCALE)

    def cosmology(self) -> Cosmology | None:
        """The cosmology; None where the header declares none, or one that is not flat."""
        found = {name: self._number(pattern) for name, pattern in _PARAMETERS.items()}
        if None in found.values():
            return None
        if abs(found["omega_m"] + found["omega_l"] - 1) > _FLAT:
            return None
        return Cosmology(omega_m=found["omega_m"], h=found["h"])

    def _refuse_chunk(self, side: float) -> None:
        """Raise for a file of one processor of Rockstar that has a part of the box only."""
        for bounds in filter(None, map(_BOUNDS.search, self.text.comments)):
            low, high = ([float(word) for word in part.split(",")] for part in bounds.groups())
            if any(high[axis] - low[axis] < 0.999 * side for axis in range(3)):
                raise CatalogError(
                    f"{self.path}: this file has the part {bounds.group(0)} of the box only; read "
                    "the out_*.list that Rockstar writes of the whole"
                )

    def _number(self, pattern: re.Pattern[str]) -> float | None:
        for match in filter(None, map(pattern.search, self.text.comments)):
            try:
                return float(match.group(1))
            except ValueError as cause:
                raise CatalogError(
                    f"{self.path}: {match.group(0)!r} in the header is no number; fetch the file "
                    "again"
                ) from cause
        return None

    def _squeezed(self) -> list[str]:
        return ["".join(line.split()).casefold() for line in self.text.comments]
