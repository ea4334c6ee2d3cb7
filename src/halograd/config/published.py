"""`published = NAME`: a measurement that comes with halograd, in the place of a table."""

from collections.abc import Mapping

import numpy as np

from halograd import observations
from halograd.config.measured_statistic import (
    MeasuredStatistic,
    declared_samples,
    option_fields,
    options,
)
from halograd.config.measurement import Measurement, measurement
from halograd.config.section import Section
from halograd.config.separations import bins_in_range, declared_edges
from halograd.observations import Observation
from halograd.observations.published_table import measured_statistics
from halograd.registries import STATISTICS
from halograd.samples import Sample, samples_from

_SHARED = ("published", "samples", "h", "covariance", "fractional_error_floor")


def parse_published(section: Section, statistic: str) -> MeasuredStatistic:
    """The measurement under `published`, cut as the section says.

    Args:
        section: The table of the statistic.
        statistic: Its name.

    Returns:
        The statistic with the measurement in the units used here; what the section does not say,
        such as samples, edges and depth, is as published.
    """
    if statistic not in measured_statistics():
        raise section.error(
            f"there are no published measurements of {statistic}: give file, or the bins alone"
        )
    kind = STATISTICS[statistic]
    own = ("log_mstar_range",) if kind.edges_field is None else ("edges", "range")
    section.only(*_SHARED, *own, *(field.name for field in option_fields(kind)))
    observation = _observation(section, statistic)
    rows = _rows(section, observation)
    edges, bins = _bins(section, observation)
    kept = np.zeros(observation.values[rows].shape, bool)
    kept[:, bins] = True
    samples = samples_from(observation.samples[row] for row in rows)
    bins = {} if kind.edges_field is None else {kind.edges_field: edges}
    if observation.pi_max is not None:
        bins["pi_max"] = section.number("pi_max", observation.pi_max, above=0)
    bins |= options(section, kind, known=bins)
    return MeasuredStatistic(
        section.checked(lambda: kind.declare(samples, **bins)),
        measured=section.checked(lambda: _measurement(section, observation, rows, kept)),
        notes=_notes(observation) | _depth_note(observation, bins.get("pi_max")),
    )


def check_one_h(section: Section, statistics: Mapping[str, MeasuredStatistic]) -> None:
    """Raise unless the stellar masses of all published tables are for one h.

    Args:
        section: `[data]`.
        statistics: By name, parsed.
    """
    found = {
        name: statistic.notes["h"]
        for name, statistic in statistics.items()
        if "published" in section.table(name)
    }
    if len(set(found.values())) > 1:
        listed = ", ".join(f"h = {h} in [data.{name}]" for name, h in found.items())
        raise section.error(
            f"stellar masses of published tables must be for one h, got {listed}: give all of "
            "them the same h"
        )


def _observation(section: Section, statistic: str) -> Observation:
    name = section.text("published")
    h = section.number("h", None, above=0)
    observation = section.checked(lambda: observations.load(name, h))
    if observation.statistic != statistic:
        raise section.error(
            f"{name} measures {observation.statistic}, not {statistic}; `halograd data list` "
            "shows what there is"
        )
    return observation


def _rows(section: Section, observation: Observation) -> list[int]:
    """Which samples of the measurement are wanted."""
    rows = list(range(len(observation.samples)))
    if "samples" in section:
        rows = [_row(section, observation, sample) for sample in declared_samples(section)]
    limits = section.increasing("log_mstar_range", None, length=2)
    if limits is None:
        return rows
    inside = [row for row in rows if _is_within(observation.samples[row], limits)]
    if not inside:
        first, last = observation.samples[0], observation.samples[-1]
        raise section.error(
            f"log_mstar_range = {list(limits)} leaves no sample: in Msun for h = "
            f"{observation.h:g} they run from {list(first)} to {list(last)}"
        )
    return inside


def _row(section: Section, observation: Observation, sample: Sample) -> int:
    published = np.array(observation.published_samples)
    limits = sample.members[0][:2]
    found = np.flatnonzero(np.isclose(published, limits, rtol=0, atol=1e-6).all(axis=1))
    if not len(found) or sample.members[0].kind != "all" or len(sample.members) > 1:
        listed = ", ".join(f"[{low:g}, {high:g}]" for low, high in published)
        raise section.error(
            f"samples are named by the limits that {observation.name} prints, {listed}; got "
            f"{sample.name}"
        )
    return int(found[0])


def _is_within(sample: tuple[float, float], limits: tuple[float, ...]) -> bool:
    return sample[0] >= limits[0] and sample[1] <= limits[1]


def _bins(section: Section, observation: Observation) -> tuple[tuple[float, ...], slice]:
    """Edges of the kept bins, and the bins; none and all for n."""
    if observation.edges is None:
        return (), slice(None)
    edges = np.asarray(declared_edges(section)) if "edges" in section else observation.edges
    centres = observation.separations
    if len(edges) != len(centres) + 1:
        raise section.error(
            f"edges must number one more than the {len(centres)} bins of {observation.name}, got "
            f"{len(edges)}"
        )
    bins = bins_in_range(section, centres, section.increasing("range", None, length=2))
    return tuple(edges[bins.start : bins.stop + 1].tolist()), bins


def _measurement(
    section: Section, observation: Observation, rows: list[int], kept: np.ndarray
) -> Measurement:
    """Values and errors of the rows, with the published covariance where none is given."""
    values, errors = observation.values[rows], observation.errors[rows]
    measured = measurement(section, values, errors, scale=np.ones_like(values), kept=kept)
    if measured.covariance is not None or observation.covariance is None:
        return measured
    numbers = np.arange(observation.values.size).reshape(observation.values.shape)[rows].ravel()
    return measured._replace(covariance=observation.covariance[np.ix_(numbers, numbers)])


def _notes(observation: Observation) -> dict[str, str]:
    return {
        "reference": observation.citation,
        "imf": observation.imf,
        "h": f"{observation.h:g}",
    }


def _depth_note(observation: Observation, pi_max: float | None) -> dict[str, str]:
    """That the prediction is of another depth than the measurement, where it is."""
    if pi_max == observation.pi_max:
        return {}
    told = f"predicted to π_max = {pi_max:g} Mpc/h, but measured to {observation.pi_max:g} Mpc/h"
    return {"depth": f"{told}: the two wp are not the same, least of all at large rp"}
