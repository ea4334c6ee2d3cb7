"""One statistic of a data section: its samples, its bins and what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from halograd.config.measurement import Measurement
from halograd.config.section import Section

Samples = tuple[tuple[float, float], ...]

NOTE_KEYS = ("reference", "imf")
MEASUREMENT_KEYS = (
    *("unit", "h", "log_mstar_shift", "covariance", "fractional_error_floor"),
    *NOTE_KEYS,
)


@dataclass(frozen=True, eq=False)
class Statistic:
    """A statistic of several samples.

    Attributes:
        samples: Limits in log10 Msun.
        edges: Bins of separation, comoving Mpc/h; empty for n.
        pi_max: Depth of wp, comoving Mpc/h.
        options: Further arguments of `Observables`, such as the orders of multipoles.
        measured: The numbers, or None where only the layout is declared.
        notes: What the section says of the measurement: text by heading.
    """

    samples: Samples
    edges: tuple[float, ...] = ()
    pi_max: float | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    measured: Measurement | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


def declared_samples(section: Section) -> Samples:
    """`samples`: a list of [low, high], high = inf for a threshold; as the file counts mass."""
    value = section.content.get("samples")
    if value is None:
        raise section.error("samples is missing: list [low, high] in log10 M*, high may be inf")
    pairs = value if isinstance(value, list) and value else [value]
    for pair in pairs:
        numbers = isinstance(pair, list) and all(
            isinstance(x, int | float) and not isinstance(x, bool) for x in pair
        )
        if not numbers or len(pair) != 2 or not pair[0] < pair[1]:
            raise section.error(
                f"samples must list [low, high] pairs of log10 M* with low < high, got {value!r}"
            )
    return tuple((float(low), float(high)) for low, high in pairs)


def shift(section: Section) -> float:
    """`log_mstar_shift`, which turns the stellar masses of the source into log10 Msun."""
    if "log_mstar_shift" not in section:
        raise section.error(
            "log_mstar_shift is missing: the dex to add to the stellar masses of this table for "
            "log10 Msun; 0 where they are in Msun, -2 log10(h) for Msun/h^2"
        )
    return section.number("log_mstar_shift")


def shifted(samples: Samples, dex: float) -> Samples:
    """The samples with both limits moved."""
    # Rounded, so that the same sample of two tables stays one sample.
    return tuple((round(low + dex, 9), round(high + dex, 9)) for low, high in samples)


def notes(section: Section) -> dict[str, str]:
    """The free text of a section: `reference` and `imf`, and the h it assumed."""
    text = {key: section.text(key) for key in NOTE_KEYS if key in section}
    return text | ({"h": f"{section.number('h', above=0):g}"} if "h" in section else {})


def rows_as_samples(low: np.ndarray, high: np.ndarray) -> Samples:
    """One sample for each row of a table of bins."""
    return tuple(zip(low.tolist(), high.tolist(), strict=True))
