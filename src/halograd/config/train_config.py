"""The configuration of a training: TOML text in, checked and typed settings out."""

import os
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from halograd.config.section import Section
from halograd.config.toml_text import parse_toml, read_text

if TYPE_CHECKING:
    from halograd.network_training.draws import Domain
    from halograd.network_training.settings import TrainSettings

SHIPPED = "shipped.toml"

_SECTIONS = ("network", "domain", "training", "validation")
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

    network = top.table("network")
    kernel = network.text("kernel", kinds.NetworkSettings.kernel, choices=_KERNELS)
    parts = {
        "network": network.settings(kinds.NetworkSettings, kernel=kernel),
        "domain": _domain(top.table("domain")),
        "training": top.table("training").settings(kinds.OptimiserSettings),
        "validation": top.table("validation").settings(kinds.ValidationSettings),
    }
    return top.checked(lambda: kinds.TrainSettings(**parts))


def _domain(section: Section) -> "Domain":
    from halograd.network_training.draws import Domain

    section.only(*Domain._fields)
    ranges = {name: section.increasing(name, length=2) for name in section}
    for name in ("scatter_low", "scatter_high"):
        if ranges.get(name, (0.0,))[0] < 0:
            raise section.error(f"{name} must be 0 dex or more, got {list(ranges[name])}")
    return Domain(**ranges)
