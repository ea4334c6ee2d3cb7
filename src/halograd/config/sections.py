"""`[fit]`, `[tables]`, `[tracers]` and `[report]`: how to minimise and tabulate, what to say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from halograd import tracers
from halograd._settings import check_settings, real_number, seed_number, whole_number
from halograd.catalogs.halo_catalog import HaloCatalog
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
class TracersSection:
    """Points of NFW profiles as places of satellites, as `tracers.nfw_points` takes them.

    Attributes:
        points: Points per halo.
        log_mass_min: Lighter halos get no points, log10 Msun/h; None for points in all.
        truncation: Where the points end, over the radius of the halo.
        concentration_bias: Concentration of satellites over that of matter.
        satellite_velocities: Velocity of satellites relative to their host, over that of
            isotropic orbits.
        seed: Seed of the turns of directions.
        concentration: Concentration–mass relation of colossus.
        mass_definition: What the masses are, as colossus names it.
    """

    points: int = whole_number(12, minimum=1, maximum=10_000)
    log_mass_min: float | None = real_number(None)
    truncation: float = real_number(1.0, above=0)
    concentration_bias: float = real_number(1.0, above=0)
    satellite_velocities: float = real_number(1.0, minimum=0)
    seed: int = seed_number()
    concentration: str = "diemer19"
    mass_definition: str = "vir"

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def parse(cls, section: Section) -> "TracersSection":
        """The checked section; `kind` must be "nfw"."""
        section.text("kind", choices=("nfw",))
        content = {key: value for key, value in section.content.items() if key != "kind"}
        rest = Section(section.file, section.name, content)
        return rest.settings(
            cls,
            concentration=section.text("concentration", cls.concentration),
            mass_definition=section.text("mass_definition", cls.mass_definition),
        )

    def applied(self, halos: HaloCatalog) -> HaloCatalog:
        """The hosts of a catalogue with points in the place of its subhalos."""
        found = tracers.nfw_points(
            halos,
            self.points,
            log_mass_min=-np.inf if self.log_mass_min is None else self.log_mass_min,
            truncation=self.truncation,
            concentration_bias=self.concentration_bias,
            concentration=self.concentration,
            mass_definition=self.mass_definition,
            seed=self.seed,
        )
        if self.satellite_velocities == 1:
            return found
        return found.with_satellite_velocities(self.satellite_velocities)


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
