"""The configuration of a training: TOML text in, checked and typed settings out."""

import os
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halograd.config.section import Section
from halograd.config.toml_text import parse_toml, read_text

if TYPE_CHECKING:
    from halograd.network_training.draws import Domain
    from halograd.network_training.settings import TrainSettings

SHIPPED = "shipped.toml"

_SECTIONS = ("network", "domain", "training", "validation")
_MINIMA = {"width": 1, "depth": 1, "draws": 1, "steps": 1, "batch": 1, "checkpoint_every": 1}
_POSITIVE = ("learning_rate", "clip")
_KERNELS = ("triweight", "normal")


@dataclass(frozen=True)
class TrainConfig:
    """A configuration file of a training.

    Attributes:
        path: Where the text came from.
        text: The TOML text.
        settings: What it says, complete and checked.
    """

    path: Path
    text: str = field(repr=False)
    settings: "TrainSettings"


def load_train_config(path: str | os.PathLike[str] | None = None) -> TrainConfig:
    """Read and check the configuration of a training; the shipped one where `path` is None.

    Raises:
        ConfigError: For a file that is missing or no TOML, an unknown key (the nearest valid one
            is named), a wrong type or an impossible value.
    """
    if path is None:
        source = resources.files("halograd.network_training") / SHIPPED
        return parse_train_config(source.read_text(encoding="utf-8"), SHIPPED)
    return parse_train_config(read_text(Path(path)), path)


def parse_train_config(text: str, path: str | os.PathLike[str]) -> TrainConfig:
    """As `load_train_config`, for the text of a file at `path`."""
    path = Path(path)
    top = parse_toml(text, path)
    top.only(*_SECTIONS)
    return TrainConfig(path, text, _settings(top))


def _settings(top: Section) -> "TrainSettings":
    from halograd.network_training import settings as kinds

    parts = {
        "network": _typed(top.table("network"), kinds.NetworkSettings),
        "domain": _domain(top.table("domain")),
        "training": _typed(top.table("training"), kinds.OptimiserSettings),
        "validation": _typed(top.table("validation"), kinds.ValidationSettings),
    }
    return top.checked(lambda: kinds.TrainSettings(**parts))


def _typed(section: Section, kind: type) -> Any:
    """The dataclass of a section; its defaults tell which type each key has."""
    known = {item.name: item.default for item in fields(kind)}
    section.only(*known)
    values = {key: _value(section, key, known[key]) for key in section}
    return section.checked(lambda: kind(**values))


def _value(section: Section, key: str, default: Any) -> Any:
    if isinstance(default, str):
        return section.text(key, choices=_KERNELS)
    if isinstance(default, int):
        return section.integer(key, minimum=_MINIMA.get(key, 0))
    if key in _POSITIVE:
        return section.number(key, above=0)
    return section.number(key, minimum=0)


def _domain(section: Section) -> "Domain":
    from halograd.network_training.draws import Domain

    section.only(*Domain._fields)
    ranges = {name: section.increasing(name, length=2) for name in section}
    for name in ("scatter_low", "scatter_high"):
        if ranges.get(name, (0.0,))[0] < 0:
            raise section.error(f"{name} must be 0 dex or more, got {list(ranges[name])}")
    return Domain(**ranges)
