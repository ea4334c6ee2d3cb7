"""A report as one page: an HTML file with its figures inside, and nothing else needed."""

import json
import os
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined
from matplotlib.figure import Figure

from halograd._atomic import atomic_write
from halograd._version import __version__
from halograd.report.parameter_table import ParameterRow
from halograd.report.style import WIDTH, save_png

_LONGEST = 240  # characters in a cell


class Block(NamedTuple):
    """One table, or one piece of text, with its title.

    Attributes:
        title: Path of keys.
        header: Names of the columns, empty for a list of keys and values.
        rows: Cells as text.
        text: Set instead of rows where the value has several lines.
    """

    title: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    text: str = ""


class Panel(NamedTuple):
    """A figure with its words.

    Attributes:
        name: Name of the file, without suffix.
        title: Above the figure.
        caption: How to read it.
        figure: Drawn.
    """

    name: str
    title: str
    caption: str
    figure: Figure

    @property
    def is_wide(self) -> bool:
        """Whether it would be too small to read in a column of the page."""
        return bool(self.figure.get_figwidth() > 1.2 * WIDTH)


class Fact(NamedTuple):
    """One number of the headline, with a word on it; `tone` is "good", "bad" or empty."""

    label: str
    value: str
    detail: str = ""
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a report says, in the order it says it.

    Attributes:
        title: Title of the page; any text.
        statement: One sentence below it.
        facts: Numbers of the headline.
        alerts: What a reader must know before believing the rest.
        rows: The parameters.
        tables: More numbers, below the parameters.
        panels: The figures.
        notes: Limitations.
        summary: Nested numbers and text that JSON can hold.
    """

    title: str
    statement: str
    facts: tuple[Fact, ...] = ()
    alerts: tuple[str, ...] = ()
    rows: tuple[ParameterRow, ...] = ()
    tables: tuple[Block, ...] = ()
    panels: tuple[Panel, ...] = ()
    notes: tuple[str, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)


def write_page(out: str | os.PathLike[str], page: Page, *, file: str = "report.html") -> Path:
    """Write `figures/*.png` and the page into the folder `out`, each whole or not at all.

    Args:
        out: The folder, made where missing.
        page: What to say.
        file: Name of the page.

    Returns:
        The path of the page.
    """
    folder = Path(out)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    images = [_write_image(folder, panel) for panel in page.panels]
    html = _render(page, images, tuple(summary_blocks(page.summary)))
    with atomic_write(folder / file) as temporary:
        temporary.write_text(html, encoding="utf-8")
    return folder / file


def _write_image(folder: Path, panel: Panel) -> str:
    """The figure as a file, and as the text that embeds it."""
    path = folder / "figures" / f"{panel.name}.png"
    save_png(panel.figure, path)
    return "data:image/png;base64," + b64encode(path.read_bytes()).decode("ascii")


def _render(page: Page, images: Iterable[str], blocks: tuple[Block, ...]) -> str:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("halograd.report").joinpath("template.html").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        page=page,
        panels=list(zip(page.panels, images, strict=True)),
        blocks=blocks,
        has_truth=any(row.truth for row in page.rows),
        version=__version__,
    )


def summary_blocks(summary: Mapping[str, Any], title: str = "Run") -> Iterator[Block]:
    """Plain values first, then every nested mapping, table or text as a block of its own."""
    nested = {key: value for key, value in summary.items() if _is_nested(value)}
    rows = tuple((_words(k), cell(v)) for k, v in summary.items() if k not in nested)
    if rows:
        yield Block(title, rows=rows)
    for key, value in nested.items():
        below = _words(key) if title == "Run" else f"{title} · {_words(key)}"
        if isinstance(value, Mapping):
            yield from summary_blocks(value, below)
        elif isinstance(value, str):
            yield Block(below, text=value)
        else:
            yield _table(below, value)


def cell(value: Any) -> str:
    """A value as short text."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple) and not any(isinstance(v, list | tuple) for v in value):
        return _shortened(", ".join(cell(v) for v in value))
    if isinstance(value, str | int):
        return str(value)
    return _shortened(json.dumps(value, default=str))


def _is_nested(value: Any) -> bool:
    is_table = (
        isinstance(value, list | tuple) and value and all(isinstance(row, Mapping) for row in value)
    )
    has_content = isinstance(value, Mapping) and len(value) > 0
    return bool(is_table or has_content or (isinstance(value, str) and "\n" in value))


def _table(title: str, rows: list[Mapping[str, Any]]) -> Block:
    header = tuple(dict.fromkeys(key for row in rows for key in row))
    cells = tuple(tuple(cell(row.get(key)) for key in header) for row in rows)
    return Block(title, tuple(_words(key) for key in header), cells)


def _words(key: str) -> str:
    return str(key).replace("_", " ")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
