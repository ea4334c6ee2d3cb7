"""`halograd inspect`: what a catalogue holds, what it can give, and what is missing."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from halograd import __version__, catalogs
from halograd.catalogs import HaloCatalog
from halograd.catalogs.compaso import has_particles
from halograd.report.inspection_report import write_inspection_report
from halograd.runs.halo_abundance import halo_abundance_warning, over_bolshoi_planck
from halograd.runs.output import output_folder, plain, removed_if_empty, write_json
from halograd.runs.reading import ReadOverrides


class Inspection(NamedTuple):
    """What was found.

    Attributes:
        summary: In the types of JSON.
        report: The HTML report, or None where no folder was asked for.
    """

    summary: dict[str, Any]
    report: os.PathLike[str] | None


def run_inspect(
    path: str | os.PathLike[str],
    overrides: ReadOverrides | None = None,
    *,
    out: str | os.PathLike[str] | None = None,
) -> Inspection:
    """Read a catalogue and say what it holds; with `out`, also as page, figures and JSON.

    Args:
        path: As for `catalogs.read`.
        overrides: What the file leaves open.
        out: Folder for summary.json, report.html and figures, made where there is none.

    Returns:
        `catalogs.summarize` and `catalogs.suitability` of the catalogue, with its cumulative
        counts over those of Bolshoi-Planck at its redshift where that is known.

    Raises:
        CatalogError: As `catalogs.read`.
    """
    if out is None:
        return Inspection(_summary(_read(path, overrides), Path(path)), None)
    folder = output_folder(out)
    with removed_if_empty(folder):
        halos = _read(path, overrides)
        summary = _summary(halos, Path(path))
        report = write_inspection_report(folder, title=f"{path}", halos=halos, summary=summary)
    metadata = {"command": "inspect", "halograd": __version__, "file": str(path)}
    write_json(folder / "summary.json", metadata | summary)
    return Inspection(summary, report)


def _read(path: str | os.PathLike[str], overrides: ReadOverrides | None) -> HaloCatalog:
    return (overrides or ReadOverrides()).read(path)


def _summary(halos: HaloCatalog, path: Path) -> dict[str, Any]:
    doubts = [halo_abundance_warning(halos), *catalogs.box_warnings(halos)]
    found = catalogs.suitability(
        halos,
        doubt=" ".join(filter(None, doubts)) or None,
        has_unread_particles=has_particles(path),
    )
    summary = plain(catalogs.summarize(halos) | {"suitability": found})
    rows = summary["cumulative_mass_function"]
    for row, ratio in zip(rows, _ratios(rows, halos.redshift), strict=True):
        row["over_bolshoi_planck"] = ratio
    return summary


def _ratios(rows: Sequence[dict[str, float]], redshift: float) -> list[float] | list[None]:
    """n(>M) over that of Bolshoi-Planck in each row; None outside the redshifts of its fit."""
    masses, densities = ([row[key] for row in rows] for key in ("log_mass", "density"))
    ratios = over_bolshoi_planck(masses, densities, redshift)
    return [None] * len(rows) if ratios is None else ratios.tolist()
