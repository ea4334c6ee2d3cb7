"""`halograd inspect`: what a catalogue holds, in one table."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from halograd import catalogs
from halograd.runs.output import output_folder, plain, write_json


def run_inspect(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    columns: str | os.PathLike[str] | None = None,
    particles: bool | None = None,
    out: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Read a catalogue and summarise it; with `out`, also into `out/summary.json`.

    Args:
        path: As for `catalogs.read`.
        format: As for `catalogs.read`.
        columns: TOML file with the column map of a table.
        particles: As for `catalogs.read`.
        out: Folder, made where there is none.

    Returns:
        What `catalogs.summarize` tells, in the types of JSON.

    Raises:
        CatalogError: As `catalogs.read`.
    """
    halos = catalogs.read(path, format, columns=columns, particles=particles)
    summary = plain(catalogs.summarize(halos))
    if out is not None:
        write_json(output_folder(out) / "summary.json", {"file": str(path), **summary})
    return summary


def show_summary(summary: Mapping[str, Any], title: str, console: Console) -> None:
    """Print the summary as tables for people."""
    table = Table(title=title, show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column()
    for row in _rows(summary):
        table.add_row(*row)
    console.print(table)
    masses = Table(title="Halos by mass", title_justify="left")
    for heading in (f"log10 {summary['mass_proxy']}", "halos above", "density"):
        masses.add_column(heading, justify="right")
    for row in summary["cumulative_mass_function"]:
        masses.add_row(f"{row['log_mass']:.1f}", f"{row['n_halo']:,}", f"{row['density']:.3e}")
    console.print(masses)
    console.print("masses in Msun/h, densities in (Mpc/h)^-3", style="dim", highlight=False)


def _rows(summary: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    sides = " x ".join(f"{side:g}" for side in summary["boxsize"])
    yield "halos", f"{summary['n_halo']:,}"
    if summary["n_halo"]:
        low, high = summary["log_mass_min"], summary["log_mass_max"]
        share = summary["satellite_fraction"]
        yield "satellites", f"{summary['n_satellite']:,} ({share:.1%})"
        yield f"log10 {summary['mass_proxy']}", f"{low:.3f} to {high:.3f}  (Msun/h)"
        yield "mean separation", f"{summary['mean_separation']:.3g} Mpc/h"
    yield "box", f"{sides} Mpc/h, periodic"
    yield "redshift", f"{summary['redshift']:g}"
    yield "velocities", "yes" if summary["has_velocities"] else "no"
    yield "particles", f"{summary['n_particle']:,}"
    if summary["cosmology"]:
        known = {name: value for name, value in summary["cosmology"].items() if value is not None}
        yield "cosmology", ", ".join(f"{name} = {value:g}" for name, value in known.items())
    if summary["extra"]:
        yield "extra columns", ", ".join(summary["extra"])
    for key, value in summary["provenance"].items():
        if key != "columns":  # the map the user has just given; it would fill the screen
            yield key, str(value)
