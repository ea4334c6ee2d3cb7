"""What `halograd inspect` prints for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def show_inspection(summary: Mapping[str, Any], title: str, console: Console) -> None:
    """Print a summary as tables.

    Args:
        summary: As `run_inspect` returns.
        title: Above the first table.
        console: Where to print.
    """
    table = Table(title=title, show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column()
    for row in _rows(summary):
        table.add_row(*row)
    console.print(table)
    console.print(_masses(summary))
    console.print("masses in Msun/h, densities in (Mpc/h)^-3", style="dim", highlight=False)
    console.print(_suitability(summary))


def _masses(summary: Mapping[str, Any]) -> Table:
    table = Table(title="Halos by mass", title_justify="left")
    headings = (f"log10 {summary['mass_proxy']}", "halos above", "density", "satellites")
    for heading in (*headings, "over Bolshoi-Planck"):
        table.add_column(heading, justify="right")
    for row in summary["cumulative_mass_function"]:
        ratio = row["over_bolshoi_planck"]
        table.add_row(
            f"{row['log_mass']:.1f}",
            f"{row['n_halo']:,}",
            f"{row['density']:.3e}",
            f"{row['satellite_fraction']:.1%}",
            "–" if ratio is None else f"{ratio:.3g}",
        )
    return table


def _suitability(summary: Mapping[str, Any]) -> Table:
    table = Table(title="What it can give", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column()
    table.add_column(overflow="fold")
    for name, found in summary["suitability"].items():
        table.add_row(_label(name), _verdict(found), _escaped("\n".join(found["remarks"])))
    return table


def _verdict(found: Mapping[str, Any]) -> str:
    if not found["ready"]:
        return "[yellow]not yet[/yellow]"
    return "[yellow]doubtful[/yellow]" if found["doubt"] else "[green]yes[/green]"


def _label(statistic: str) -> str:
    return {"delta_sigma": "ΔΣ"}.get(statistic, statistic)


def _escaped(text: str) -> str:
    """Text whose brackets rich leaves alone."""
    return text.replace("[", "\\[")


def _rows(summary: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    sides = " x ".join(f"{side:g}" for side in summary["boxsize"])
    yield "halos", f"{summary['n_halo']:,}"
    if summary["n_halo"]:
        low, high = summary["log_mass_min"], summary["log_mass_max"]
        yield "satellites", _satellites(summary)
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
            yield key, _escaped(str(value))


def _satellites(summary: Mapping[str, Any]) -> str:
    text = f"{summary['n_satellite']:,} ({summary['satellite_fraction']:.1%})"
    if summary["n_hostless"] is None:
        return f"{text}, hosts not known" if summary["n_satellite"] else text
    return f"{text}, {summary['n_hostless']:,} without host" if summary["n_hostless"] else text
