"""Lists of halos by Rockstar and consistent-trees: `hlist_*.list` and `out_*.list`."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from halograd.catalogs._columns import with_vectors
from halograd.catalogs._reader_checks import MassCut, into_box, refuse_particles
from halograd.catalogs.catalog_format import CatalogFormat
from halograd.catalogs.growing_columns import GrowingColumns
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.catalogs.hosts import host_index, outermost
from halograd.catalogs.properties import Field, find_properties, take_properties, with_unit
from halograd.catalogs.read_options import TOLERANCE, ReadOptions
from halograd.catalogs.rockstar_header import RockstarHeader
from halograd.catalogs.text_header import read_header, without_number
from halograd.catalogs.text_rows import row_blocks
from halograd.catalogs.text_stream import TextStream, text_stream
from halograd.errors import CatalogError

# The best proxy first: the peak mass, then the mass that the halo finder was told to take.
_MASSES = ("mpeak", "mvir", "m200b", "m200c", "m500c", "m2500c")
_EXTRA = {"r_vir": ("rvir", "r200b", "r200c"), "r_s": ("rs",), "v_peak": ("vpeak",)}
_EXTRA_UNIT = {"r_vir": 1e-3, "r_s": 1e-3}  # radii are written in comoving kpc/h
_FIELDS = {
    "r_vir": Field(("rvir", "r200b", "r200c"), 1e-3),
    "r_s": Field(("rs",), 1e-3),
    "r_s_klypin": Field(("rs_klypin",), 1e-3),
    "v_max": Field(("vmax",)),
    "v_peak": Field(("vpeak",)),
    "v_at_mpeak": Field(("vmax@mpeak", "vmax\\@mpeak")),
    "v_at_infall": Field(("first_acc_vmax",)),
    "mass_now": Field(_MASSES[1:]),
    "mass_at_infall": Field(("first_acc_mvir",)),
    "halfmass_scale": Field(("halfmass_scale",)),
    "mpeak_scale": Field(("mpeak_scale",)),
    "infall_scale": Field(("first_acc_scale", "acc_scale")),
    "last_merger_scale": Field(("scale_of_last_mm",)),
    "accretion_rate": Field(("acc_rate_1*tdyn", "acc_rate_inst")),
    "spin": Field(("spin",)),
    "spin_bullock": Field(("spin_bullock",)),
    "b_to_a": Field(("b_to_a",)),
    "c_to_a": Field(("c_to_a",)),
    "n_particle": Field(("num_p", "np")),
}
_POSITION = ("x", "y", "z")
_VELOCITY = ("vx", "vy", "vz")
# Positions have five decimals, and some round to just outside the box.
_OVERSHOOT = 1e-4
# Scale factors are written with so many decimals at least.
_DECIMALS = 1e-4
_LOOK_AHEAD = 100


class Rockstar(CatalogFormat):
    """Lists of Rockstar (out_*.list) and of consistent-trees (hlist_*.list)."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the content is laid out so."""
        return is_rockstar(path)

    def read(self, path: Path, options: ReadOptions) -> HaloCatalog:
        """The halos."""
        return read_rockstar(path, options)


def read_rockstar(path: Path, options: ReadOptions) -> HaloCatalog:
    """The halos of one snapshot: Behroozi et al. 2013 (arXiv:1110.4372, arXiv:1110.4370).

    Columns are found by their names in the header, in any order and case. The mass is `Mpeak`,
    else the bound mass now, as `mass_proxy` says. A satellite has a host, `upid` other than -1;
    where `find_parents` added `PID` only, the chain of parents leads to the host; where there is
    neither, all are taken as centrals and provenance says so. Halos that consistent-trees
    interpolated (`phantom`) are kept and counted. `extra` has `r_vir` and `r_s` (comoving Mpc/h)
    and `v_peak` (km/s), where the list has them, and the `properties` asked for.

    Args:
        path: The list, plain or compressed by gzip, bzip2 or Zstandard.
        options: `boxsize` and `redshift` where the header is silent.

    Raises:
        CatalogError: Where the list is damaged, has several snapshots or a part of the box only,
            or leaves a unit undeclared.
    """
    refuse_particles(path, options, "a Rockstar list")
    with text_stream(path) as stream:
        header = _header(path, stream)
        columns = _columns(header)
        asked = find_properties(path, options.properties, header.text.names, _FIELDS)
        reader = _Reader(header, columns, asked, options)
        extra = {columns[name] for name in _EXTRA if name in columns}
        types = {old: int if new in _INTEGERS else float for new, old in columns.items()}
        rules = {"types": types, "may_be_nan": extra, "comments": False}
        wanted = list(dict.fromkeys([*types, *(column for column, _ in asked.values())]))
        for block in row_blocks(path, stream, header.text, wanted, **rules):
            reader.take(block.columns, block.done / block.total)
            options.report(block.done, block.total)
    return reader.catalog()


def is_rockstar(path: Path) -> bool:
    """Whether a text begins with the column names of Rockstar or consistent-trees."""
    with text_stream(path) as stream:
        for _ in range(_LOOK_AHEAD):
            line = stream.next_line()
            if not line.startswith(b"#"):
                return False
            names = {without_number(name).casefold() for name in _words(line)}
            if {"id", "x", "y", "z", "vx"} <= names:
                return not names.isdisjoint({"upid", "descid", "mbound_vir", "num_p"})
    return False


_INTEGERS = ("halo_id", "upid", "pid", "phantom")


class _Reader:
    """Gathers the rows to keep, and makes the catalogue of them."""

    def __init__(
        self,
        header: RockstarHeader,
        columns: Mapping[str, str],
        asked: Mapping[str, tuple[str, float]],
        options: ReadOptions,
    ) -> None:
        self._header, self._columns, self._options = header, columns, options
        self._asked = asked
        self._cut = MassCut(header.path, columns["mass"], options)
        self._rows = GrowingColumns()
        self._scale: float | None = None
        self._n_phantom = 0

    def take(self, rows: Mapping[str, np.ndarray], share: float) -> None:
        """Keep what is heavy enough of some rows."""
        asked = {
            new: with_unit(self._numbers(old, rows[old]), unit)
            for new, (old, unit) in self._asked.items()
        }
        rows = {new: rows[old] for new, old in self._columns.items()} | asked
        if "scale" in rows:
            self._check_scale(rows.pop("scale"))
        kept = self._cut.keeps(rows["mass"])
        if not kept.all():
            rows = {name: values[kept] for name, values in rows.items()}
        if "phantom" in rows:
            self._n_phantom += int(np.count_nonzero(rows.pop("phantom")))
        self._rows.append(_gathered(rows), share)

    def catalog(self) -> HaloCatalog:
        """The catalogue of all the rows."""
        path, rows = self._header.path, self._rows.finish()
        asked = take_properties(rows)
        sides = np.full(3, self._options.agreed("boxsize", path, self._header.boxsize()))
        return HaloCatalog.keeping(
            positions=into_box(path, rows.pop("positions"), sides, overshoot=_OVERSHOOT),
            log_mpeak=np.log10(rows["mass"], out=rows.pop("mass")),
            boxsize=sides,
            redshift=self._redshift(),
            velocities=rows.pop("velocities", None),
            **_links(path, rows),
            mass_proxy=_proxy(self._columns["mass"]),
            extra=rows | asked,
            cosmology=self._options.agreed("cosmology", path, self._header.cosmology()),
            provenance=self._provenance(),
        )

    def _numbers(self, name: str, values: np.ndarray) -> np.ndarray:
        if values.dtype.kind not in "iuf":
            raise CatalogError(
                f"{self._header.path}: column {name!r} is not all numbers; repair it, or "
                "do not ask for it"
            )
        return values

    def _check_scale(self, scales: np.ndarray) -> None:
        if self._scale is None and len(scales):
            self._scale = float(scales[0])
        if (scales != self._scale).any():
            other = scales[scales != self._scale][0]
            raise CatalogError(
                f"{self._header.path}: the rows belong to several snapshots (scale {self._scale:g} "
                f"and {other:g}); give the hlist of one snapshot, not a tree"
            )

    def _redshift(self) -> float:
        scale = self._header.scale_factor() if self._scale is None else self._scale
        if scale is not None and not scale > 0:
            raise CatalogError(
                f"{self._header.path}: the scale factor is {scale:g}; fetch the file again"
            )
        declared = None if scale is None else 1 / scale - 1
        rounding = max(TOLERANCE, _DECIMALS / (scale or 1))
        return self._options.agreed("redshift", self._header.path, declared, within=rounding)

    def _provenance(self) -> dict[str, str]:
        entries = {"source": str(self._header.path), "format": "rockstar", **self._cut.provenance()}
        if self._n_phantom:
            entries["phantoms"] = f"{self._n_phantom} halos interpolated between snapshots, kept"
        if not {"upid", "pid"} & self._columns.keys():
            entries["satellites"] = (
                "no host link in this file, so all are taken as centrals; Rockstar's find_parents "
                "adds it"
            )
        return entries


def _header(path: Path, stream: TextStream) -> RockstarHeader:
    header = RockstarHeader(path, read_header(path, stream, _POSITION))
    for quantity in ("masses", "positions", "velocities"):
        if quantity != "velocities" or header.find("vx") is not None:
            header.require_unit(quantity)
    return header


def _columns(header: RockstarHeader) -> dict[str, str]:
    """The columns to read, by what they are here."""
    columns = {"halo_id": header.need("id"), "mass": header.need(*_MASSES)}
    columns |= {name: header.need(name) for name in _POSITION}
    if header.find("vx") is not None:
        columns |= {name: header.need(name) for name in _VELOCITY}
    link = "upid" if header.find("upid") is not None else "pid"
    optional = {name: (name,) for name in (link, "scale", "phantom")} | _EXTRA
    found = {name: header.find(*names) for name, names in optional.items()}
    return columns | {name: column for name, column in found.items() if column is not None}


def _gathered(rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Vectors, and what is carried along in single precision."""
    rows = with_vectors(rows, positions=_POSITION, velocities=_VELOCITY)
    extra = {name: rows[name] * _EXTRA_UNIT.get(name, 1.0) for name in _EXTRA if name in rows}
    return rows | {name: values.astype(np.float32) for name, values in extra.items()}


def _links(path: Path, rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Identifiers, satellites and hosts, taken out of `rows`."""
    halo_id = rows.pop("halo_id")
    is_whole = "upid" in rows
    host_id = rows.pop("upid", rows.pop("pid", None))
    if host_id is None:
        return {"halo_id": halo_id}
    satellite = host_id != -1
    hosts = host_index(halo_id, host_id, satellite)
    return {
        "halo_id": halo_id,
        "is_satellite": satellite,
        "host_index": hosts if is_whole else outermost(path, hosts),
    }


def _proxy(column: str) -> str:
    is_peak = column.casefold() == "mpeak"
    return "Mpeak" if is_peak else f"{column} (now; the list has no Mpeak)"


def _words(line: bytes) -> list[str]:
    return line[1:].decode("utf-8", errors="replace").split()
