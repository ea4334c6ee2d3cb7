"""`halograd inspect`: what a catalogue holds, what it can give, and what is missing."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from halograd import __version__, catalogs
from halograd.report.inspection_report import write_inspection_report
from halograd.runs.output import output_folder, plain, write_json
from halograd.runs.reading import Declared
from halograd.sham import bolshoi_planck

_FITTED_REDSHIFTS = (0.0, 2.0)


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
    declared: Declared | None = None,
    *,
    out: str | os.PathLike[str] | None = None,
) -> Inspection:
    """Read a catalogue and tell what it holds; with `out`, also as page, figures and JSON.

    Args:
        path: As for `catalogs.read`.
        declared: What the file leaves open.
        out: Folder for summary.json, report.html and figures, made where there is none.

    Returns:
        `catalogs.summarize` and `catalogs.suitability` of the catalogue, with its cumulative
        counts over those of Bolshoi-Planck at its redshift where that is known.

    Raises:
        CatalogError: As `catalogs.read`.
    """
    folder = None if out is None else output_folder(out)
    halos = (declared or Declared()).read(path)
    summary = plain(catalogs.summarize(halos) | {"suitability": catalogs.suitability(halos)})
    rows = summary["cumulative_mass_function"]
    for row, ratio in zip(rows, _over_bolshoi_planck(rows, halos.redshift), strict=True):
        row["over_bolshoi_planck"] = ratio
    if folder is None:
        return Inspection(summary, None)
    report = write_inspection_report(folder, title=f"{path}", halos=halos, summary=summary)
    told = {"command": "inspect", "halograd": __version__, "file": str(path)}
    write_json(folder / "summary.json", told | summary)
    return Inspection(summary, report)


def _over_bolshoi_planck(
    rows: Sequence[Mapping[str, float]], redshift: float
) -> list[float] | list[None]:
    """n(>M) over that of Bolshoi-Planck in each row; None outside the redshifts of its fit."""
    low, high = _FITTED_REDSHIFTS
    if not rows or not low <= redshift <= high:
        return [None] * len(rows)
    masses = np.array([row["log_mass"] for row in rows])
    expected = 10 ** np.asarray(bolshoi_planck(redshift).log_cumulative_density(masses), float)
    return (np.array([row["density"] for row in rows]) / expected).tolist()
