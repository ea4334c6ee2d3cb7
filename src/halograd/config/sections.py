"""`[fit]`, `[tables]` and `[report]`: how to minimise, how to tabulate, what to say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from halograd._settings import check_settings, real_number, seed_number, whole_number
from halograd.config.section import Section
from halograd.observations import relations
from halograd.observations.relations import Relation

DEFAULT_METHOD = "levenberg-marquardt"
DEFAULT_STEPS = 100


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
        seed: Seed of these points.
    """

    methods: tuple[str, ...] = (DEFAULT_METHOD,)
    max_steps: Mapping[str, int] = field(default_factory=lambda: {DEFAULT_METHOD: DEFAULT_STEPS})
    start: Mapping[str, float] = field(default_factory=dict)
    start_sigma: float | None = real_number(None)
    starts: int = whole_number(1, minimum=1, maximum=10_000)
    seed: int = seed_number()

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def parse(cls, section: Section) -> "FitSection":
        """The checked section."""
        methods, start = _methods(section), section.table("start")
        found = section.settings(
            cls,
            methods=methods,
            max_steps=_max_steps(section, methods),
            start={name: start.number(name) for name in start},
        )
        if "start" in section and "start_sigma" in section:
            raise section.error("start and start_sigma exclude each other: remove one")
        if "seed" in section and found.starts == 1:
            raise section.error("seed is that of further starts: give starts = 2 or more")
        return found


@dataclass(frozen=True)
class TablesSection:
    """How fine a table of halos is, and where it is kept.

    Attributes:
        tolerance: Largest error of n, wp and ΔΣ against the direct engine.
        nodes: Number of nodes in mass, or of functions of a reduced basis; as many as the
            tolerance needs where None.
        draws: Draws of the prior that these are chosen for; 100 for nodes and 1000 for a basis
            where None.
        checks: Draws that are compared with the direct engine.
        seed: Seed of the draws.
        path: The file of the table; in the output folder where None.
    """

    tolerance: float = real_number(1e-3, above=0)
    nodes: int | None = whole_number(None, minimum=2, maximum=10_000)
    draws: int | None = whole_number(None, minimum=1, maximum=100_000)
    checks: int = whole_number(16, minimum=1, maximum=100_000)
    seed: int = seed_number()
    path: Path | None = None

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def parse(cls, section: Section) -> "TablesSection":
        """The checked section."""
        return section.settings(cls, path=section.path("path", None))


@dataclass(frozen=True)
class ReportSection:
    """Words for the report, and what to lay over its figures.

    Attributes:
        title: Headline; chosen by the command where None.
        notes: What a reader must know to judge the result.
        relations: Published relations to lay over the one that was found.
    """

    title: str | None = None
    notes: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()

    @classmethod
    def parse(cls, section: Section) -> "ReportSection":
        """The checked section."""
        section.only("title", "notes", "relations", "relations_h")
        names = section.texts("relations", ())
        h = section.number("relations_h", None, above=0)
        if h is not None and not names:
            raise section.error("relations_h goes with relations: add them, or remove it")
        return cls(
            section.text("title", None),
            section.texts("notes", ()),
            section.checked(lambda: tuple(relations.load(name, h) for name in names)),
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
        return {method: table.integer(method, DEFAULT_STEPS, minimum=1) for method in methods}
    steps = section.integer("max_steps", DEFAULT_STEPS, minimum=1)
    return dict.fromkeys(methods, steps)
