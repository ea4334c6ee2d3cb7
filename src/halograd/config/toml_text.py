"""Configuration files as text, and the text as a section of tables."""

import tomllib
from pathlib import Path

from halograd.config.section import Section
from halograd.errors import ConfigError


def read_text(path: Path) -> str:
    """The text of a configuration file; ConfigError where it is missing or no text."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as cause:
        raise ConfigError(f"{path}: no such file; check the path") from cause
    except (OSError, UnicodeDecodeError) as cause:
        raise ConfigError(f"{path}: cannot be read as a text file: {cause}") from cause


def parse_toml(text: str, path: Path) -> Section:
    """The whole text as one section; ConfigError where it is no TOML."""
    try:
        return Section(path, "", tomllib.loads(text))
    except tomllib.TOMLDecodeError as cause:
        raise ConfigError(f"{path}: not valid TOML: {cause}") from cause
