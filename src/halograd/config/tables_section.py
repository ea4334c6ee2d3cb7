"""`[tables]`: predictions from a table of halos in the place of the direct engine."""

from dataclasses import dataclass
from pathlib import Path

from halograd.config.section import Section


@dataclass(frozen=True)
class TablesSection:
    """How fine a table, and where it is kept.

    Attributes:
        tolerance: Largest error of n, wp and ΔΣ against the direct engine.
        nodes: Number of nodes in mass; as many as the tolerance needs where None.
        draws: Draws of the prior that the nodes are chosen for.
        checks: How many of them are compared with the direct engine.
        seed: Of the draws.
        path: The file of the table; in the output folder where None.
    """

    tolerance: float = 1e-3
    nodes: int | None = None
    draws: int = 100
    checks: int = 16
    seed: int = 0
    path: Path | None = None

    @classmethod
    def parse(cls, section: Section) -> "TablesSection":
        """The checked section."""
        section.only("tolerance", "nodes", "draws", "checks", "seed", "path")
        return cls(
            tolerance=section.number("tolerance", cls.tolerance, above=0),
            nodes=section.integer("nodes", None, minimum=2),
            draws=section.integer("draws", cls.draws, minimum=1),
            checks=section.integer("checks", cls.checks, minimum=1),
            seed=section.integer("seed", cls.seed),
            path=section.path("path", None),
        )
