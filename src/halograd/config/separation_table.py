"""`[data.wp]` and all other statistics in bins of separation: layout, and measured numbers."""

import numpy as np

from halograd.config.measured_statistic import (
    MEASUREMENT_KEYS,
    MeasuredStatistic,
    Samples,
    declared_samples,
    notes,
    option_fields,
    options,
    shift,
    shifted,
)
from halograd.config.measured_table import Column, column, columns, read_columns
from halograd.config.measurement import measurement
from halograd.config.section import Section
from halograd.config.separations import bins_in_range, declared_edges
from halograd.config.units import LENGTH, QUANTITIES, unit_of
from halograd.observations.observation import midpoint_edges
from halograd.registries import STATISTICS

_TABLE_KEYS = ("file", "separation", "separation_unit", "values", "errors", "range")


def parse_separations(section: Section, name: str) -> MeasuredStatistic:
    """Samples, bins and the other fields of a statistic; and numbers where a file is named."""
    kind = STATISTICS[name]
    keys = ("samples", "edges", *(f.name for f in option_fields(kind)))
    if "file" in section:
        section.only(*keys, *_TABLE_KEYS, *MEASUREMENT_KEYS)
        return section.checked(lambda: _measured(section, name))
    section.only(*keys)
    bins = {kind.edges_field: declared_edges(section), **options(section, kind)}
    samples = declared_samples(section)
    return MeasuredStatistic(section.checked(lambda: kind.declare(samples, **bins)))


def _measured(section: Section, name: str) -> MeasuredStatistic:
    kind = STATISTICS[name]
    further = options(section, kind)
    samples = declared_samples(section)
    # any edges will do to learn which orders there are
    orders = kind.declare(samples, **{kind.edges_field: (1.0, 2.0)}, **further).orders
    separation, found = _table(section, samples, orders)
    centres = (
        separation.values * unit_of(section, "separation_unit", LENGTH, separation.unit).factor
    )
    quantity = QUANTITIES[kind.unit]
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
    within = {kind.edges_field: edges[bins.start : bins.stop + 1]}
    samples = shifted(samples, shift(section, samples))
    statistic = kind.declare(samples, **within, **further)
    return MeasuredStatistic(statistic, measured, notes(section))


def _table(
    section: Section, samples: Samples, orders: tuple[int, ...]
) -> tuple[Column, dict[str, list[Column]]]:
    """The separations, and under `values` (and `errors`) the column of each sample and order."""
    n_row = len(samples) * max(len(orders), 1)
    each = (
        "samples"
        if not orders
        else f"{section.name.rpartition('.')[2]} {list(orders)} of each sample in turn"
    )
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
