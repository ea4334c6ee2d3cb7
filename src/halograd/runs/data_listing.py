"""`halograd data`: the published measurements and relations that come with halograd."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from halograd import observations
from halograd.observations import relations
from halograd.observations.published_table import (
    PublishedHeader,
    published_digits,
    published_header,
)


def show_list(console: Console) -> None:
    """Print every measurement, by statistic, and every relation, one row each."""
    published = {name: published_header(name) for name in observations.names()}
    for statistic in sorted({one.meta["statistic"] for one in published.values()}):
        table = _table(f"Published measurements of {statistic}")
        for heading in ("name", "log M*", "h", "z", "IMF", "π_max", "arXiv"):
            table.add_column(heading, no_wrap=True)
        for name, one in published.items():
            if one.meta["statistic"] == statistic:
                table.add_row(name, *_cells(name, one))
        console.print(table)
    console.print(
        "stellar masses in Msun for the h given, or in Msun/h² (h = 1); π_max in Mpc/h\n",
        style="dim",
        highlight=False,
    )
    table = _table("Published relations of stellar to halo mass")
    for heading in ("name", "z", "galaxies", "halo mass", "arXiv"):
        table.add_column(heading, no_wrap=heading in {"name", "z", "arXiv"})
    for relation in map(relations.load, relations.names()):
        span = _span(relation.redshift)
        table.add_row(
            relation.name, span, relation.galaxies, relation.mass_definition, relation.arxiv
        )
    console.print(table)


def show_measurement(name: str, console: Console) -> None:
    """Print a measurement as its paper gives it: what it is, and every digit with its unit.

    Raises:
        DataError: For an unknown name.
    """
    published = published_header(name)
    about = _table(f"{name}: {published.meta['title']}", show_header=False)
    about.add_column(style="bold", no_wrap=True)
    about.add_column()
    for row in _about(name, published):
        about.add_row(*row)
    console.print(about)
    console.print("As published", style="italic")
    rows = [list(published.units), *published_digits(name)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        console.print(line, soft_wrap=True, highlight=False)


def write_measurement(name: str, out: str | os.PathLike[str], h: float | None = None) -> Path:
    """Write a measurement in the units used here as JSON, and draw it.

    Args:
        name: As for `observations.load`.
        out: Folder, made where there is none; gets `NAME.json` and `NAME.png`.
        h: As for `observations.load`.

    Returns:
        The picture.

    Raises:
        DataError: As `observations.load`.
    """
    from halograd.report.figures import observation_figure
    from halograd.report.style import save_png
    from halograd.runs.output import output_folder, write_json

    observation = observations.load(name, h)
    folder = output_folder(out)
    content = vars(observation) | {"unit": observation.unit}
    write_json(folder / f"{name}.json", content)
    picture = folder / f"{name}.png"
    save_png(observation_figure(observation), picture)
    return picture


def _table(title: str, *, show_header: bool = True) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    table.show_header = show_header
    return table


def _cells(name: str, published: PublishedHeader) -> tuple[str, ...]:
    meta = published.meta
    return (
        _samples(name, published),
        "1" if meta["h"] is None else f"{meta['h']:g}",
        _span(meta["redshift"]),
        meta["imf"].split()[0],
        f"{meta['pi_max']:g}" if "pi_max" in meta else "",
        meta["arxiv"],
    )


def _samples(name: str, published: PublishedHeader) -> str:
    """Thresholds one by one, bins by their span."""
    if "samples" in published.meta:
        return "> " + ", ".join(f"{low:g}" for low, _ in published.meta["samples"])
    first, *_, last = (
        dict(zip(published.units, row, strict=True)) for row in published_digits(name)
    )
    return _span((float(first["log_mstar_low"]), float(last["log_mstar_high"])))


def _span(limits: Sequence[float] | None) -> str:
    return "–" if limits is None else "–".join(f"{limit:g}" for limit in limits)


def _about(name: str, published: PublishedHeader) -> Iterator[tuple[str, str]]:
    meta = published.meta
    samples, _, redshift, _, depth, _ = _cells(name, published)
    yield "statistic", meta["statistic"]
    yield "log M*", f"{samples} ({_mass_unit(meta)})"
    yield "survey", meta["survey"]
    yield "redshift", redshift
    yield "stellar masses", meta["stellar_mass"]
    yield "IMF", meta["imf"]
    if depth:
        yield "π_max", f"{depth} Mpc/h"
    yield "reference", f"{meta['reference']} (arXiv:{meta['arxiv']})"
    for unit, names in _by_unit(published).items():
        yield f"in {unit}", ", ".join(names) if len(names) < 7 else f"{names[0]} to {names[-1]}"
    for note in meta["notes"]:
        yield "note", note


def _mass_unit(meta: Mapping[str, Any]) -> str:
    return "Msun/h²" if meta["h"] is None else f"Msun, h = {meta['h']:g}"


def _by_unit(published: PublishedHeader) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, unit in published.units.items():
        if unit is not None:
            found.setdefault(unit.replace("littleh", "h"), []).append(key)
    return found
