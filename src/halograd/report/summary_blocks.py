"""A summary of nested numbers and text, laid out as tables."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

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
