"""A loaded table beside its map: raw columns, declared numbers and units."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from halograd import _checks
from halograd.catalogs._columns import file_numbers, numbers
from halograd.catalogs.column_map import ColumnMap
from halograd.catalogs.read_options import ReadOptions
from halograd.catalogs.table_files import Table, table_blocks
from halograd.errors import CatalogError
from halograd.theory.cosmology import Cosmology

# Such as kpc, cMpc/h, Mpccm/h (yt), km s-1.
_LENGTH = re.compile(r"(?:comoving|c(?=[kmg]pc))?([kmg]?pc|[kc]?m)(?=$|/|\*|h|s-1|cm/|\^)")


class TableSource:
    """The columns a map refers to, and the numbers it declares or finds in the metadata.

    Attributes:
        path: The file.
        format: Its format.
        map: The column map.
        options: What the caller declares besides.
        n_row: Number of rows.
        share: Of the file, how much has been read with these rows.
    """

    def __init__(
        self, path: Path, format: str, columns: ColumnMap, options: ReadOptions, table: Table
    ) -> None:
        self.path, self.format, self.map, self.options = path, format, columns, options
        self._table = table
        self.share = table.done / table.total
        wanted = columns.columns()
        self.n_row = len(self.column(wanted[0]))
        for name in wanted:
            if len(self.column(name)) != self.n_row:
                raise CatalogError(
                    f"{path}: column {name!r} has {len(self.column(name))} rows, but "
                    f"{wanted[0]!r} has {self.n_row}"
                )
        self._check_units()

    def _check_units(self) -> None:
        """Raise where the file declares a length or velocity in another unit than the map."""
        for key in ("position", "velocity"):
            names, own = getattr(self.map, key), getattr(self.map, f"{key}_unit")
            for name in [names] if isinstance(names, str) else names or ():
                declared = self._table.units.get(name, "")
                if own and _scale(declared) not in (None, _scale(own)):
                    raise CatalogError(
                        f"{self.path}: the file declares column {name!r} in {declared!r}, but the "
                        f"map has {key}_unit = {own!r}; correct the one that is wrong"
                    )

    @classmethod
    def blocks(
        cls, path: Path, format: str, columns: ColumnMap, options: ReadOptions
    ) -> Iterator["TableSource"]:
        """The table in blocks of rows, at least one, with the progress reported."""
        wanted = columns.columns()
        for table in table_blocks(path, format, wanted, group=columns.group, hdu=columns.hdu):
            yield cls(path, format, columns, options, table)
            options.report(table.done, table.total)

    def column(self, name: str) -> np.ndarray:
        """A column as it is in the file, text as fixed-length strings. (n_row, ...)"""
        return _text_as_strings(self._table.columns[name])

    def numbers(self, name: str) -> np.ndarray:
        """A column of finite numbers, float64. (n_row,) or (n_row, ...)"""
        return file_numbers(self.path, name, self.column(name), self._table.first_row)

    def scalars(self, name: str) -> np.ndarray:
        """A column of one finite number per row. (n_row,)"""
        values = self.numbers(name)
        _checks.shape(f"{self.path}: {name}", values, (None,), CatalogError)
        return values

    def vectors(self, key: str, names: str | Sequence[str]) -> np.ndarray:
        """Three columns side by side, or one (n, 3) column. (n_row, 3)"""
        if isinstance(names, str):
            values = self.numbers(names)
        else:
            values = np.stack([self.scalars(name) for name in names], axis=-1)
        if values.shape != (self.n_row, 3):
            raise CatalogError(
                f"{self.path}: {key} must be three columns or one of shape ({self.n_row}, 3), but "
                f"{names!r} has shape {values.shape}"
            )
        return values

    def integers(self, key: str) -> np.ndarray | None:
        """The column of identifiers that the map names for `key`, or None. (n_row,)"""
        name = getattr(self.map, key)
        if name is None:
            return None
        values = self.column(name)
        if values.dtype.kind == "U":
            file_numbers(self.path, name, values, self._table.first_row)
        if values.size and values.dtype.kind not in "iu":
            raise CatalogError(
                f"{self.path}: {key} must be integers, but column {name!r} is {values.dtype}, "
                "which cannot hold every identifier; store it as a 64-bit integer"
            )
        return values

    def declared(self, key: str, value: Any) -> np.ndarray:
        """`value` itself, or the metadata it names. () or (3,)"""
        if isinstance(value, str):
            value = self._metadata(key, value)
        if isinstance(value, str):  # the metadata of Parquet and of text tables are text
            try:
                value = float(value)
            except ValueError as cause:
                raise CatalogError(
                    f"{self.path}: {key} must be numbers, got {value!r}: {cause}"
                ) from cause
        found = numbers(f"{self.path}: {key}", value)
        return found.reshape(()) if found.size == 1 else found

    def declared_scalar(self, key: str, value: Any) -> float:
        """As `declared`, for what must be one number."""
        number = self.declared(key, value)
        if number.ndim:
            raise CatalogError(f"{self.path}: {key} must be one number, got {number.tolist()}")
        return float(number)

    def _metadata(self, key: str, name: str) -> Any:
        metadata = self._table.metadata
        if name not in metadata:
            listed = ", ".join(map(str, metadata)) or "none"
            hint = _checks.nearest(name, map(str, metadata))
            raise CatalogError(
                f"{self.path}: no metadata {name!r} for {key}; it has: {listed}{hint}"
            )
        value = metadata[name]
        return value.decode() if isinstance(value, bytes) else value

    def length_unit(self) -> float:
        """The position unit, Mpc/h."""
        unit = self.map.position_unit
        scale = 1e-3 if unit.startswith("kpc") else 1.0
        return scale if unit.endswith("/h") else scale * self._h(f"position_unit = {unit!r}")

    def mass_unit(self) -> float:
        """The mass unit, Msun/h."""
        unit = self.map.mass_unit
        if unit == "Msun":
            return self._h("mass_unit = 'Msun'")
        return {"Msun/h": 1.0, "1e10 Msun/h": 1e10}[unit] if isinstance(unit, str) else float(unit)

    def boxsize(self) -> np.ndarray:
        """Sides of the box, Mpc/h. (3,)"""
        sides = None
        if self.map.boxsize is not None:
            sides = self.declared("boxsize", self.map.boxsize) * self.length_unit()
            sides = _checks.boxsize(sides, CatalogError)
        return _checks.boxsize(self.options.agreed("boxsize", self.path, sides), CatalogError)

    def redshift(self) -> float:
        """Redshift, from itself or from the scale factor, z = 1/a - 1."""
        return self.options.agreed("redshift", self.path, self._declared_redshift())

    def _declared_redshift(self) -> float | None:
        if self.map.redshift is not None:
            return self.declared_scalar("redshift", self.map.redshift)
        if self.map.scale_factor is None:
            return None
        a = self.declared_scalar("scale_factor", self.map.scale_factor)
        if a <= 0:
            raise CatalogError(f"{self.path}: scale_factor must be positive, got {a}")
        return 1 / a - 1

    def cosmology(self) -> Cosmology | None:
        """The cosmology, None where nobody declares one."""
        declared = self.map.cosmology
        if declared is not None:
            fields = {
                key: self.declared_scalar(f"cosmology.{key}", value)
                for key, value in declared.items()
            }
            declared = Cosmology(**fields)
        return self.options.agreed("cosmology", self.path, declared)

    def _h(self, needed_for: str) -> float:
        value = self.map.h
        if value is None and self.map.cosmology is not None:
            value = self.map.cosmology["h"]
        if value is None:
            value = self.options.cosmology_parameters.get("h")
        if value is None:
            raise CatalogError(
                f"{needed_for} needs h: add h = 0.7 (or a metadata key), or the cosmology"
            )
        h = self.declared_scalar("h", value)
        if not 0.1 < h < 2:
            raise CatalogError(f"h must be H0 / (100 km/s/Mpc), about 0.7, got {h}")
        return h


def _scale(unit: str) -> str | None:
    """The unit of length that a unit of length or velocity begins with; None for any other."""
    found = _LENGTH.match("".join(unit.split()).casefold().removeprefix("sqrt(a)"))
    return None if found is None else found[1]


def _text_as_strings(values: np.ndarray) -> np.ndarray:
    """Bytes and text objects, as HDF5 and Parquet give them, as one type that can be saved."""
    if values.dtype.kind == "S":
        return np.char.decode(values, "utf-8")
    if values.dtype.kind != "O" or not all(isinstance(entry, str | bytes) for entry in values.flat):
        return values
    words = [entry.decode() if isinstance(entry, bytes) else entry for entry in values.flat]
    return np.array(words, dtype=str).reshape(values.shape)
