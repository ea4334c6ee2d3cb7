"""Whether the bins of `[data]` fit into the box, which only the catalogue tells."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from halograd.config.section import Section

if TYPE_CHECKING:
    from halograd.inference import Observables

_ROUNDING = 1e-9  # sides of boxes are often printed with a last digit too many


def check_reach(section: Section, layout: "Observables", boxsize: ArrayLike) -> None:
    """Raise where pairs would meet their periodic images.

    Args:
        section: `[data]`.
        layout: Its numbers.
        boxsize: (3,), comoving Mpc/h.

    Raises:
        ConfigError: For bins, or a depth, of more than half the box; it names section and key.
    """
    half = np.asarray(boxsize, float) / 2 * (1 + _ROUNDING)
    for statistic in layout.statistics:
        if not statistic.uses_pairs or not statistic.edges:
            continue
        depth = statistic.declared.get("pi_max")
        across = half.min() if depth is None else half[:2].min()
        place = _place(section, statistic.name)
        _check_edges(place, statistic.edges[-1], across)
        if depth is not None and depth > half[2]:
            raise place.error(
                f"pi_max must be at most half the box along the line of sight ({half[2]:g} "
                f"Mpc/h), got {depth:g} Mpc/h: give a lower pi_max, or take a larger box"
            )


def _check_edges(section: Section, furthest: float, limit: float) -> None:
    if furthest > limit:
        raise section.error(
            f"the largest edge, {furthest:g} Mpc/h, exceeds half the box ({limit:g} Mpc/h), beyond "
            f"which pairs meet their periodic images: {_remedy(section)}, or take a larger box"
        )


def _remedy(section: Section) -> str:
    if section.name == "data":
        return "save the data vector with fewer bins"
    is_measured = "file" in section or "published" in section
    return f"end {'range' if is_measured else 'edges'} below that"


def _place(section: Section, name: str) -> Section:
    """The table of a statistic; [data] itself for a saved data vector."""
    return section.table(name) if name in section else section
