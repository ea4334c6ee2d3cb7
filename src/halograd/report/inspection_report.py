"""The report of a catalogue."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from halograd.catalogs import HaloCatalog
from halograd.report import figures
from halograd.report.page import Block, Fact, Page, Panel, write_page
from halograd.report.statistic_panels import halo_panel
from halograd.statistics.style import plain_symbol


def write_inspection_report(
    out: str | os.PathLike[str], *, title: str, halos: HaloCatalog, summary: Mapping[str, Any]
) -> Path:
    """Write `report.html`, which needs no other file, and `figures/*.png` into a folder.

    Args:
        out: The folder, made where missing.
        title: Title of the page.
        halos: The catalogue.
        summary: As `halograd inspect` finds it: `catalogs.summarize` with `suitability`, and
            rows of the mass function with `over_bolshoi_planck`.

    Returns:
        The path of the page.

    Raises:
        OSError: Where the folder cannot be written.
    """
    found = summary["suitability"]
    shown = ("suitability", "cumulative_mass_function")
    page = Page(
        title=title,
        statement=f"What halograd understood of this catalogue: {len(halos):,} halos, and what "
        "can be predicted from them.",
        facts=_facts(halos, found),
        alerts=tuple(_alerts(found)),
        tables=(_suitability_table(found), _mass_table(summary)),
        panels=tuple(_panels(halos)),
        summary={key: value for key, value in summary.items() if key not in shown},
    )
    return write_page(out, page)


def _alerts(found: Mapping[str, Any]) -> Iterator[str]:
    """What may be wrong with the catalogue, and what is missing."""
    yield from {state["doubt"]: None for state in found.values() if state["doubt"]}
    for name, state in found.items():
        missing = [r for r in state["remarks"] if r != state["doubt"]] * (not state["ready"])
        yield from (f"{plain_symbol(name)}: {remark}" for remark in missing)


def _facts(halos: HaloCatalog, found: Mapping[str, Any]) -> tuple[Fact, ...]:
    sides = " × ".join(f"{side:g}" for side in halos.boxsize)
    satellites = f"{halos.is_satellite.mean():.0%} satellites" if len(halos) else ""
    ready = sum(state["ready"] and not state["doubt"] for state in found.values())
    return (
        Fact("Halos", f"{len(halos):,}", satellites),
        Fact("Box", sides, "Mpc/h, comoving"),
        Fact("Redshift", f"{halos.redshift:g}"),
        Fact(
            "Statistics",
            f"{ready} of {len(found)}",
            "can be predicted as it is",
            "good" if ready == len(found) else "",
        ),
    )


def _suitability_table(found: Mapping[str, Any]) -> Block:
    rows = [
        (plain_symbol(name), _verdict(state), "; ".join(state["remarks"]))
        for name, state in found.items()
    ]
    return Block("What it can give", ("statistic", "as it is", "remarks"), tuple(rows))


def _verdict(state: Mapping[str, Any]) -> str:
    if not state["ready"]:
        return "not yet"
    return "doubtful" if state["doubt"] else "yes"


def _mass_table(summary: Mapping[str, Any]) -> Block:
    header = (f"log10 {summary['mass_proxy']}", "halos above", "density", "satellites")
    rows = [
        (
            f"{row['log_mass']:.1f}",
            f"{row['n_halo']:,}",
            f"{row['density']:.3e}",
            f"{row['satellite_fraction']:.1%}",
            "–" if row["over_bolshoi_planck"] is None else f"{row['over_bolshoi_planck']:.3g}",
        )
        for row in summary["cumulative_mass_function"]
    ]
    title = "Halos by mass, Msun/h and (Mpc/h)^-3"
    return Block(title, (*header, "over Bolshoi-Planck"), tuple(rows))


def _panels(halos: HaloCatalog) -> list[Panel]:
    if len(halos) == 0:
        return []
    panels = [
        halo_panel(halos)._replace(title="A slice of the box"),
        Panel(
            "halo_mass_function",
            "Mass function",
            "Halos and subhalos above each mass, with the Poisson error of their number, against "
            "the fit to Bolshoi-Planck by peak mass at the same redshift (grey: the 0.25 dex that "
            "the fit is good to). Other cosmologies and other masses differ; a shortfall that "
            "grows towards light halos is resolution.",
            figures.halo_mass_function_figure(halos),
        ),
    ]
    if halos.is_satellite.any():
        caption = "Fraction of satellites among the halos of each mass, with its binomial error."
        figure = figures.satellite_fraction_figure(halos)
        panels.append(Panel("satellite_fraction", "Satellites", caption, figure))
    return panels
