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
    errors_or_covariance,
    rows_as_samples,
    shift,
    shifted,
)
from halograd.config.units import PER_DEX, density_factor


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
    keys = ["value", "error"] if errors_or_covariance(section, "error") else ["value"]
    value, *error = read_columns(source, [column(section, key) for key in keys])
    if len(value) != len(samples):
        raise section.error(
            f"samples names {len(samples)} samples, but {source} has {len(value)} rows"
        )
    factor = density_factor(section, "unit") * _widths(section, samples)[:, None]
    errors = error[0][:, None] if error else None
    measured = measurement(section, value[:, None], errors, factor=factor)
    samples = shifted(samples, shift(section))
    mask = _in_range(section, samples)
    chosen = tuple(sample for sample, keep in zip(samples, mask, strict=True) if keep)
    return Statistic(chosen, measured=measured.kept(mask[:, None]))


def _samples(section: Section) -> Samples:
    if section.one_of("samples", "low") == "samples":
        return declared_samples(section)
    limits = read_columns(section.path("file"), [column(section, key) for key in ("low", "high")])
    if (limits[0] >= limits[1]).any():
        raise section.error("each row needs low < high; are the columns swapped?")
    return rows_as_samples(*limits)


def _widths(section: Section, samples: Samples) -> np.ndarray:
    """What turns a density per dex into one of the bin; 1 where it already is."""
    if not section.text("unit").endswith(PER_DEX):
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
