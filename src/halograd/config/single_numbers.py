"""`[data.n]` and all other statistics of one number for each sample: layout, measured numbers."""

import numpy as np

from halograd.config.measured_statistic import (
    MEASUREMENT_KEYS,
    MeasuredStatistic,
    Samples,
    declared_samples,
    notes,
    option_fields,
    options,
    rows_as_samples,
    shift,
    shifted,
)
from halograd.config.measured_table import column, read_columns
from halograd.config.measurement import measurement
from halograd.config.section import Section
from halograd.config.units import QUANTITIES, Unit, unit_of
from halograd.registries import STATISTICS
from halograd.samples import Sample


def parse_single_numbers(section: Section, name: str) -> MeasuredStatistic:
    """The samples, and their numbers where the section names a file with one row for each."""
    kind = STATISTICS[name]
    keys = ("samples", *(f.name for f in option_fields(kind)))
    if "file" not in section:
        section.only(*keys)
        samples, further = declared_samples(section), options(section, kind)
        return MeasuredStatistic(section.checked(lambda: kind.declare(samples, **further)))
    section.only(
        *(*keys, "file", "low", "high", "value", "error", "log_mstar_range"), *MEASUREMENT_KEYS
    )
    return section.checked(lambda: _measured(section, name))


def _measured(section: Section, name: str) -> MeasuredStatistic:
    kind = STATISTICS[name]
    source = section.path("file")
    samples = _samples(section)
    keys = [key for key in ("value", "error") if key == "value" or key in section]
    found = read_columns(source, [column(section, key) for key in keys])
    if len(found[0].values) != len(samples):
        raise section.error(
            f"samples names {len(samples)} samples, but {source} has {len(found[0].values)} rows"
        )
    if kind.unit == "density":
        _check_not_logarithms(section, found[0].values)
    units = [unit_of(section, "unit", QUANTITIES[kind.unit], column.unit) for column in found]
    scales = [unit.factor * _widths(section, samples, unit)[:, None] for unit in units]
    value, *error = (c.values[:, None] * scale for c, scale in zip(found, scales, strict=True))
    samples = shifted(samples, shift(section, samples))
    mask = _in_range(section, samples)
    chosen = tuple(sample for sample, keep in zip(samples, mask, strict=True) if keep)
    measured = measurement(
        section, value, error[0] if error else None, scale=scales[0], kept=mask[:, None]
    )
    statistic = kind.declare(chosen, **options(section, kind))
    return MeasuredStatistic(statistic, measured, notes(section))


def _check_not_logarithms(section: Section, densities: np.ndarray) -> None:
    """Raise for a density below 0, which a table of log10 n or log10 φ would have."""
    if (densities < 0).any():
        raise section.error(
            f"number densities must be 0 or above, but {int((densities < 0).sum())} of "
            f"{len(densities)} are negative, down to {densities.min():g}: is the column log10 of "
            "the density? Write a table of the density itself, with errors of the density"
        )


def _samples(section: Section) -> Samples:
    if section.one_of("samples", "low") == "samples":
        return declared_samples(section)
    limits = read_columns(section.path("file"), [column(section, key) for key in ("low", "high")])
    low, high = (limit.values for limit in limits)
    if (low >= high).any():
        raise section.error("each row needs low < high; are the columns swapped?")
    return rows_as_samples(low, high)


def _widths(section: Section, samples: Samples, unit: Unit) -> np.ndarray:
    """What turns a density per dex into one of the bin; 1 where it already is."""
    if not unit.per_dex:
        return np.ones(len(samples))
    width = np.array([s.width if isinstance(s, Sample) else np.inf for s in samples])
    if np.isinf(width).any():
        raise section.error(
            "a density per dex needs bins, but a sample has no upper limit: "
            + "; ".join(sample.name for sample in samples)
        )
    return width


def _in_range(section: Section, samples: Samples) -> np.ndarray:
    """Which samples lie within `log_mstar_range`, log10 Msun."""
    limits = section.increasing("log_mstar_range", None, length=2)
    if limits is None:
        return np.ones(len(samples), bool)
    inside = np.array(
        [all(limits[0] <= m.low and m.high <= limits[1] for m in s.members) for s in samples]
    )
    if not inside.any():
        raise section.error(
            f"log_mstar_range = {list(limits)} leaves no sample: after log_mstar_shift they run "
            f"from {samples[0].name} to {samples[-1].name}"
        )
    return inside
