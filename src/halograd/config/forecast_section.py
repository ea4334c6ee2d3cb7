"""`[forecast]`: where derivatives are taken, and which subsets of the data are compared."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from halograd.config.section import Section
from halograd.errors import ConfigError
from halograd.registries import STATISTICS

if TYPE_CHECKING:
    from halograd.inference import Observables
    from halograd.models import ParameterSpace

Range = tuple[float, float]

_EVERYTHING: Range = (-np.inf, np.inf)


@dataclass(frozen=True)
class Subset:
    """Numbers that are forecast together.

    Attributes:
        name: For tables and legends.
        ranges: [low, high] of log10 M* for n, of Mpc/h for the others, by statistic.
        fixed: Parameters held at their values in this subset.
    """

    name: str
    ranges: Mapping[str, Range]
    fixed: tuple[str, ...] = ()

    @classmethod
    def parse(cls, section: Section, name: str) -> "Subset":
        """The checked table of one subset."""
        section.only(*STATISTICS, "fixed")
        asked = [statistic for statistic in STATISTICS if statistic in section]
        ranges = {statistic: _range(section, statistic) for statistic in asked}
        kept = {statistic: limits for statistic, limits in ranges.items() if limits is not None}
        if not kept:
            raise section.error(f"name at least one of {', '.join(STATISTICS)} that is used")
        return cls(name, kept, section.texts("fixed", ()))


@dataclass(frozen=True)
class ForecastSection:
    """A forecast.

    Attributes:
        best_fit: The `result.json` of a fit whose parameters are the fiducial ones, or None.
        parameters: Fiducial values by name; they go before those of `best_fit`.
        fixed: Parameters held at their values in every subset.
        priors: Whether normal priors count as information.
        subsets: Subsets of the data; growing unions of the statistics where none are given.
    """

    best_fit: Path | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    priors: bool = True
    subsets: tuple[Subset, ...] = ()

    @classmethod
    def parse(cls, section: Section) -> "ForecastSection":
        """The checked section."""
        section.only("best_fit", "parameters", "fixed", "priors", "subsets")
        parameters, subsets = section.table("parameters"), section.table("subsets")
        return cls(
            best_fit=section.path("best_fit", None),
            parameters={name: parameters.number(name) for name in parameters},
            fixed=section.texts("fixed", ()),
            priors=section.flag("priors", True),
            subsets=tuple(Subset.parse(subsets.table(name), name) for name in subsets),
        )

    def check(self, space: "ParameterSpace", observables: "Observables") -> None:
        """Raise for parameters the model does not have, and statistics the data do not have."""
        space.complete(self.parameters)
        for where in (self, *self.subsets):
            space.complete(dict.fromkeys(where.fixed, 0.0))
        for subset in self.subsets:
            absent = [name for name in subset.ranges if name not in observables]
            if absent:
                raise ConfigError(
                    f"subset {subset.name!r} uses {', '.join(absent)}, which [data] does not have"
                )

    def fiducial(self, space: "ParameterSpace") -> dict[str, float]:
        """The fiducial values that the section names; ConfigError for an unusable file."""
        theta = {} if self.best_fit is None else _theta_of(self.best_fit, space)
        return {**theta, **self.parameters}

    def chosen(self, observables: "Observables") -> tuple[Subset, ...]:
        """The subsets to compare."""
        if self.subsets:
            return self.subsets
        present = [statistic.name for statistic in observables.statistics]
        unions = [present[: i + 1] for i in range(len(present))]
        return tuple(
            Subset(
                " + ".join(STATISTICS[name].style.text for name in union),
                dict.fromkeys(union, _EVERYTHING),
            )
            for union in unions
        )


def _range(section: Section, statistic: str) -> Range | None:
    """`true`, `false`, or [low, high], where high may be inf."""
    value = section.content[statistic]
    if isinstance(value, bool):
        return _EVERYTHING if value else None
    is_pair = isinstance(value, list) and len(value) == 2
    if (
        not is_pair
        or not all(type(end) in (int, float) for end in value)
        or not value[0] < value[1]
    ):
        raise section.error(
            f"{statistic} must be true, false, or [low, high] with low < high, got {value!r}"
        )
    return float(value[0]), float(value[1])


def _theta_of(path: Path, space: "ParameterSpace") -> dict[str, float]:
    """The parameters in the result of a fit."""
    advice = "give the result.json that a fit wrote"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        theta = {str(name): float(value) for name, value in content["theta"].items()}
    except FileNotFoundError as cause:
        raise ConfigError(f"best_fit = {str(path)!r}: no such file; {advice}") from cause
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise ConfigError(f"best_fit = {str(path)!r} holds no parameters; {advice}") from cause
    unknown = sorted(set(theta) - set(space.names))
    if unknown:
        raise ConfigError(
            f"best_fit = {str(path)!r} is of another model: it has {', '.join(unknown)}; {advice} "
            "with this [model]"
        )
    return theta
