"""Configuration files as text, and the text as a section of tables."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from halograd.config.section import Section
from halograd.errors import ConfigError

_DEEPEST = 20  # tables within tables; none of the schema is deeper than 5
_LONGEST = 10_000_000  # bytes of a configuration file
_INT64 = range(-(2**63), 2**63)
_RANGE = "whole numbers lie between -2^63 and 2^63 - 1"
_TOO_DEEP = f"tables or lists are nested more than {_DEEPEST} deep; write it flatter"


def read_text(path: Path) -> str:
    """The text of a configuration file; ConfigError where it is missing or no text."""
    try:
        if path.stat().st_size > _LONGEST:
            raise ConfigError(f"{path}: larger than 10 MB: this is no configuration file")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as cause:
        raise ConfigError(f"{path}: no such file; check the path") from cause
    except (OSError, UnicodeDecodeError) as cause:
        raise ConfigError(f"{path}: cannot be read as a text file: {cause}") from cause


def parse_toml(text: str, path: Path) -> Section:
    """The whole text as one section.

    Raises:
        ConfigError: Where it is no TOML, nested beyond all sense, or holds whole numbers of more
            than 64 bits, which TOML does not allow.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise ConfigError(f"{path}: not valid TOML: {cause}") from cause
    except ValueError as cause:  # a number of thousands of digits
        raise ConfigError(f"{path}: a whole number has too many digits; {_RANGE}") from cause
    except RecursionError as cause:
        raise ConfigError(f"{path}: {_TOO_DEEP}") from cause
    for keys, value in _values(content):
        if len(keys) > _DEEPEST:
            raise ConfigError(f"{path}: {_TOO_DEEP}")
        if isinstance(value, int) and value not in _INT64:
            raise ConfigError(f"{path}: {'.'.join(keys)} has too many digits; {_RANGE}")
    return Section(path, "", content)


def _values(content: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with the keys that lead to it, to one level beyond the deepest allowed."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), content)]
    while waiting:
        keys, value = waiting.pop()
        yield keys, value
        inside = value.items() if isinstance(value, dict) else ()
        inside = enumerate(value) if isinstance(value, list) else inside
        waiting += [((*keys, str(key)), item) for key, item in inside]
