"""`[fit]`: how to minimise, and from where."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from halograd.config.section import Section

DEFAULT_METHOD = "levenberg-marquardt"


@dataclass(frozen=True)
class FitSection:
    """Methods and starts.

    Attributes:
        methods: Names of minimisers, each begun at the same points.
        max_steps: Evaluations of χ² with derivatives at most, by method.
        start: Parameter values by name; those of `[model]` stand in for the missing.
        start_sigma: For synthetic data: begin this many Fisher errors from the truth in every
            free parameter, in alternating directions; None begins at `start`.
        starts: From how many points; all but the first are drawn from the prior.
        seed: Of these points.
    """

    methods: tuple[str, ...] = (DEFAULT_METHOD,)
    max_steps: Mapping[str, int] = field(default_factory=lambda: {DEFAULT_METHOD: 100})
    start: Mapping[str, float] = field(default_factory=dict)
    start_sigma: float | None = None
    starts: int = 1
    seed: int = 0

    @classmethod
    def parse(cls, section: Section) -> "FitSection":
        """The checked section."""
        section.only("methods", "max_steps", "start", "start_sigma", "starts", "seed")
        methods = _methods(section)
        if "start" in section and "start_sigma" in section:
            raise section.error("start and start_sigma exclude each other: remove one")
        start = section.table("start")
        starts = section.integer("starts", 1, minimum=1)
        if "seed" in section and starts == 1:
            raise section.error("seed is that of further starts: give starts = 2 or more")
        return cls(
            methods=methods,
            max_steps=_max_steps(section, methods),
            start={name: start.number(name) for name in start},
            start_sigma=section.number("start_sigma", None),
            starts=starts,
            seed=section.integer("seed", 0),
        )


def _methods(section: Section) -> tuple[str, ...]:
    from halograd.inference import METHODS

    methods = section.texts("methods", (DEFAULT_METHOD,))
    for method in methods:
        Section(section.file, section.name, {"methods": method}).text("methods", choices=METHODS)
    if not methods or len(set(methods)) != len(methods):
        raise section.error(f"methods must name each method once, got {list(methods)}")
    return methods


def _max_steps(section: Section, methods: tuple[str, ...]) -> dict[str, int]:
    """`max_steps`: one number for all methods, or a table by method."""
    if isinstance(section.content.get("max_steps"), dict):
        table = section.table("max_steps")
        table.only(*methods)
        return {method: table.integer(method, 100, minimum=1) for method in methods}
    steps = section.integer("max_steps", 100, minimum=1)
    return dict.fromkeys(methods, steps)
