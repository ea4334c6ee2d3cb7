"""`[data.wp]`, `[data.delta_sigma]`, `[data.xi]`, `[data.multipoles]`: numbers by separation."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from halograd.config.measured_table import Column, column, columns, read_columns
from halograd.config.measurement import measurement
from halograd.config.section import Section
from halograd.config.separations import bins_in_range, declared_edges
from halograd.config.statistic import (
    MEASUREMENT_KEYS,
    Samples,
    Statistic,
    declared_samples,
    notes,
    shift,
    shifted,
)
from halograd.config.units import DIMENSIONLESS, LENGTH, SURFACE_DENSITY, Quantity, unit_of
from halograd.observations.bin_edges import midpoint_edges

_TABLE_KEYS = ("file", "separation", "separation_unit", "values", "errors", "range")


def parse_wp(section: Section) -> Statistic:
    """Projected clustering: samples, bins, depth, and the measurement where a file is named."""
    pi_max = section.number("pi_max", above=0)
    return _parse(section, ("pi_max",), LENGTH, pi_max)


def parse_delta_sigma(section: Section) -> Statistic:
    """Lensing: samples, annuli, and the measurement where a file is named."""
    return _parse(section, (), SURFACE_DENSITY)


def parse_xi(section: Section) -> Statistic:
    """Clustering in real space: samples, shells, and the measurement where a file is named."""
    return _parse(section, (), DIMENSIONLESS)


def parse_multipoles(section: Section) -> Statistic:
    """Clustering in redshift space: as `parse_xi`, with the orders and lines of sight."""
    keys = ("ells", "n_mu", "lines_of_sight")
    options: dict[str, Any] = {"ells": section.integers("ells", (0, 2))}
    if "lines_of_sight" in section:
        options["lines_of_sight"] = section.integers("lines_of_sight")
    if "n_mu" in section:
        options["n_mu"] = section.integer("n_mu", minimum=1)
    return _parse(section, keys, DIMENSIONLESS, options=options)


def _parse(
    section: Section,
    keys: tuple[str, ...],
    quantity: Quantity,
    pi_max: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> Statistic:
    options = options or {}
    if "file" not in section:
        section.only("samples", "edges", *keys)
        samples, edges = declared_samples(section), declared_edges(section)
        return Statistic(samples, edges, pi_max, options)
    section.only("samples", "edges", *keys, *_TABLE_KEYS, *MEASUREMENT_KEYS)
    return section.checked(lambda: _measured(section, quantity, pi_max, options))


def _measured(
    section: Section, quantity: Quantity, pi_max: float | None, options: Mapping[str, Any]
) -> Statistic:
    samples = declared_samples(section)
    separation, found = _table(section, samples, options.get("ells", ()))
    centres = (
        separation.values * unit_of(section, "separation_unit", LENGTH, separation.unit).factor
    )
    scale = {
        key: np.array([[unit_of(section, "unit", quantity, c.unit).factor] for c in listed])
        for key, listed in found.items()
    }
    numbers = {key: np.stack([c.values for c in listed]) for key, listed in found.items()}
    edges = np.asarray(declared_edges(section)) if "edges" in section else midpoint_edges(centres)
    if len(edges) != len(centres) + 1:
        raise section.error(
            f"edges must number one more than the {len(centres)} rows of the table, got "
            f"{len(edges)}"
        )
    bins = bins_in_range(section, centres, section.increasing("range", None, length=2))
    mask = np.zeros(numbers["values"].shape, bool)
    mask[:, bins] = True
    measured = measurement(
        section,
        numbers["values"] * scale["values"],
        numbers["errors"] * scale["errors"] if "errors" in numbers else None,
        scale=np.broadcast_to(scale["values"], mask.shape),
        kept=mask,
    )
    return Statistic(
        samples=shifted(samples, shift(section)),
        edges=tuple(edges[bins.start : bins.stop + 1].tolist()),
        pi_max=pi_max,
        options=options,
        measured=measured,
        notes=notes(section),
    )


def _table(
    section: Section, samples: Samples, ells: tuple[int, ...]
) -> tuple[Column, dict[str, list[Column]]]:
    """The separations, and under `values` (and `errors`) the column of each sample and order."""
    n_row = len(samples) * max(len(ells), 1)
    each = "samples" if not ells else f"multipoles {list(ells)} of each sample in turn"
    keys = [key for key in ("values", "errors") if key == "values" or key in section]
    names = {key: columns(section, key) for key in keys}
    for key, listed in names.items():
        if len(listed) != n_row:
            raise section.error(
                f"{key} must name {n_row} columns, one for each of the {each}, got {len(listed)}"
            )
    wanted = [column(section, "separation"), *(name for key in keys for name in names[key])]
    separation, *rest = read_columns(section.path("file"), wanted)
    return separation, {key: rest[i * n_row : (i + 1) * n_row] for i, key in enumerate(keys)}
