"""`[data.n]`: number densities of stellar-mass bins or thresholds."""

import numpy as np

from halograd.config.measured_table import column, read_columns
from halograd.config.measurement import measurement
from halograd.config.section import Section
from halograd.config.statistic import (
    MEASUREMENT_KEYS,
    Samples,
    Statistic,
    declared_samples,
    notes,
    rows_as_samples,
    shift,
    shifted,
)
from halograd.config.units import DENSITY, Unit, unit_of


def parse_number_density(section: Section) -> Statistic:
    """The samples, and their densities where the section names a file with one row for each."""
    if "file" not in section:
        section.only("samples")
        return Statistic(declared_samples(section))
    section.only(
        *("file", "samples", "low", "high", "value", "error", "log_mstar_range"), *MEASUREMENT_KEYS
    )
    return section.checked(lambda: _measured(section))


def _measured(section: Section) -> Statistic:
    source = section.path("file")
    samples = _samples(section)
    keys = [key for key in ("value", "error") if key == "value" or key in section]
    found = read_columns(source, [column(section, key) for key in keys])
    if len(found[0].values) != len(samples):
        raise section.error(
            f"samples names {len(samples)} samples, but {source} has {len(found[0].values)} rows"
        )
    _check_not_logarithms(section, found[0].values)
    scales = [_scale(section, samples, column.unit) for column in found]
    value, *error = (c.values[:, None] * scale for c, scale in zip(found, scales, strict=True))
    samples = shifted(samples, shift(section))
    mask = _in_range(section, samples)
    chosen = tuple(sample for sample, keep in zip(samples, mask, strict=True) if keep)
    measured = measurement(
        section, value, error[0] if error else None, scale=scales[0], kept=mask[:, None]
    )
    return Statistic(chosen, measured=measured, notes=notes(section))


def _check_not_logarithms(section: Section, densities: np.ndarray) -> None:
    """Raise for a density below 0, which a table of log10 n or log10 φ would have."""
    if (densities < 0).any():
        raise section.error(
            f"number densities must be 0 or above, but {int((densities < 0).sum())} of "
            f"{len(densities)} are negative, down to {densities.min():g}: is the column log10 of "
            "the density? Write a table of the density itself, with errors of the density"
        )


def _scale(section: Section, samples: Samples, in_file: str | None) -> np.ndarray:
    """What turns numbers of the file into (Mpc/h)^-3. (n_sample, 1)"""
    unit = unit_of(section, "unit", DENSITY, in_file)
    return unit.factor * _widths(section, samples, unit)[:, None]


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
    width = np.array([high - low for low, high in samples])
    if np.isinf(width).any():
        raise section.error(
            f"a density per dex needs bins, but a sample has no upper limit: {samples}"
        )
    return width


def _in_range(section: Section, samples: Samples) -> np.ndarray:
    """Which samples lie within `log_mstar_range`, log10 Msun."""
    limits = section.increasing("log_mstar_range", None, length=2)
    if limits is None:
        return np.ones(len(samples), bool)
    inside = np.array([low >= limits[0] and high <= limits[1] for low, high in samples])
    if not inside.any():
        raise section.error(
            f"log_mstar_range = {list(limits)} leaves no sample: after log_mstar_shift they run "
            f"from {samples[0]} to {samples[-1]}"
        )
    return inside
