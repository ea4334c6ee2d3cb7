"""`[data.wp]` and `[data.delta_sigma]`: profiles in projected separation."""

from collections.abc import Callable

import numpy as np

from halograd.config.measured_table import column, columns, read_columns
from halograd.config.measurement import Measurement, measurement
from halograd.config.section import Section
from halograd.config.separations import bins_in_range, declared_edges, midpoint_edges
from halograd.config.statistic import (
    MEASUREMENT_KEYS,
    Statistic,
    declared_samples,
    errors_or_covariance,
    shift,
    shifted,
)
from halograd.config.units import length_factor, surface_density_factor

_TABLE_KEYS = ("file", "separation", "separation_unit", "values", "errors", "range")


def parse_wp(section: Section) -> Statistic:
    """Projected clustering: samples, bins, depth, and the measurement where a file is named."""
    pi_max = section.number("pi_max", above=0)
    return _parse(section, ("pi_max",), length_factor, pi_max)


def parse_delta_sigma(section: Section) -> Statistic:
    """Lensing: samples, annuli, and the measurement where a file is named."""
    return _parse(section, (), surface_density_factor, None)


def _parse(
    section: Section,
    keys: tuple[str, ...],
    value_factor: Callable[[Section, str], float],
    pi_max: float | None,
) -> Statistic:
    if "file" not in section:
        section.only("samples", "edges", *keys)
        return Statistic(declared_samples(section), declared_edges(section), pi_max)
    section.only("samples", "edges", *keys, *_TABLE_KEYS, *MEASUREMENT_KEYS)
    return section.checked(lambda: _measured(section, value_factor, pi_max))


def _measured(
    section: Section, value_factor: Callable[[Section, str], float], pi_max: float | None
) -> Statistic:
    samples = declared_samples(section)
    centres, measured = _table(section, len(samples), value_factor(section, "unit"))
    edges = np.asarray(declared_edges(section)) if "edges" in section else midpoint_edges(centres)
    if len(edges) != len(centres) + 1:
        raise section.error(
            f"edges must number one more than the {len(centres)} rows of the table, got "
            f"{len(edges)}"
        )
    bins = bins_in_range(section, centres, section.increasing("range", None, length=2))
    mask = np.zeros(measured.values.shape, bool)
    mask[:, bins] = True
    return Statistic(
        samples=shifted(samples, shift(section)),
        edges=tuple(edges[bins.start : bins.stop + 1].tolist()),
        pi_max=pi_max,
        measured=measured.kept(mask),
    )


def _table(section: Section, n_sample: int, factor: float) -> tuple[np.ndarray, Measurement]:
    """Centres of the bins in comoving Mpc/h, and the columns of each sample."""
    unit = length_factor(section, "separation_unit")
    keys = ["values"]
    if errors_or_covariance(section, "errors"):
        keys.append("errors")
    names = [columns(section, key) for key in keys]
    for key, listed in zip(keys, names, strict=True):
        if len(listed) != n_sample:
            raise section.error(
                f"{key} must name one column for each of the {n_sample} samples, got {len(listed)}"
            )
    wanted = [column(section, "separation"), *(name for listed in names for name in listed)]
    separation, *rest = read_columns(section.path("file"), wanted)
    values = np.stack(rest[:n_sample])
    errors = np.stack(rest[n_sample:]) if len(keys) == 2 else None
    return separation * unit, measurement(section, values, errors, factor=np.asarray(factor))
