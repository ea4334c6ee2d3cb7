"""Bins of separation: declared edges, and cuts."""

import numpy as np

from halograd.config.section import Section


def declared_edges(section: Section) -> tuple[float, ...]:
    """`edges`: a list, or {low, high, n} for n equal bins in the logarithm. Comoving Mpc/h."""
    if isinstance(section.content.get("edges"), dict):
        table = section.table("edges")
        table.only("low", "high", "n")
        low = table.number("low", above=0)
        edges = np.geomspace(
            low, table.number("high", above=low), table.integer("n", minimum=1) + 1
        )
        return tuple(edges.tolist())
    edges = section.increasing("edges")
    if edges[0] < 0:
        raise section.error(f"edges must start at 0 or above, got {edges[0]:g}")
    return edges


def bins_in_range(section: Section, centres: np.ndarray, limits: tuple[float, ...] | None) -> slice:
    """The run of bins whose centre lies within `limits` (comoving Mpc/h); all where None."""
    if limits is None:
        return slice(0, len(centres))
    kept = np.flatnonzero((centres >= limits[0]) & (centres <= limits[1]))
    if len(kept) == 0:
        raise section.error(
            f"range = {list(limits)} Mpc/h leaves no bin: their centres run from "
            f"{centres.min():.4g} to {centres.max():.4g} Mpc/h"
        )
    return slice(int(kept[0]), int(kept[-1]) + 1)
