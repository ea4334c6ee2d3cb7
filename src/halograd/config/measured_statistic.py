"""One statistic of a data section: what is predicted, and what was measured."""

from collections.abc import Collection, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from halograd._checks import is_required
from halograd.config.measurement import Measurement
from halograd.config.section import Section
from halograd.samples import Cross, Sample, sample_from, samples_from

if TYPE_CHECKING:
    from halograd.statistics import Statistic

Samples = tuple[Sample | Cross, ...]

NOTE_KEYS = ("reference", "imf")
MEASUREMENT_KEYS = (
    *("unit", "h", "log_mstar_shift", "covariance", "fractional_error_floor"),
    *NOTE_KEYS,
)


@dataclass(frozen=True, eq=False)
class MeasuredStatistic:
    """A statistic of several samples, with its measurement where there is one.

    Attributes:
        statistic: Samples and bins.
        measured: The numbers, or None where only the layout is declared.
        notes: What the section says of the measurement: text by heading.
    """

    statistic: "Statistic"
    measured: Measurement | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


def declared_samples(section: Section) -> Samples:
    """`samples`: a list of [low, high], kinds, or both; as the file counts mass."""
    value = section.content.get("samples")
    if value is None:
        raise section.error("samples is missing: list [low, high] in log10 M*, high may be inf")
    listed = value if isinstance(value, list) and value else [value]
    if not all(isinstance(one, str | dict | list) for one in listed):
        raise section.error(
            f"samples must list [low, high] pairs of log10 M* with low < high, got {value!r}"
        )
    for one in listed:
        is_pair = isinstance(one, list) and all(isinstance(x, int | float) for x in one)
        if is_pair and (len(one) != 2 or not one[0] < one[1] or any(map(_is_flag, one))):
            raise section.error(
                f"samples must list [low, high] pairs of log10 M* with low < high, got {value!r}"
            )
    return section.checked(lambda: tuple(map(sample_from, listed)))


def shift(section: Section, samples: Samples) -> float:
    """`log_mstar_shift`, which turns the stellar masses of the source into log10 Msun."""
    if "log_mstar_shift" not in section:
        if not any(member.has_range for sample in samples for member in sample.members):
            return 0.0
        raise section.error(
            "log_mstar_shift is missing: the dex to add to the stellar masses of this table for "
            "log10 Msun; 0 where they are in Msun, -2 log10(h) for Msun/h^2"
        )
    return section.number("log_mstar_shift")


def shifted(samples: Samples, dex: float) -> Samples:
    """The samples with both limits moved."""
    return tuple(_shifted(sample, dex) for sample in samples)


def _shifted(sample: Sample | Cross, dex: float) -> Sample | Cross:
    if isinstance(sample, Cross):
        return Cross(*(_shifted(member, dex) for member in sample))
    # Rounded, so that the same sample of two tables stays one sample.
    return sample._replace(low=round(sample.low + dex, 9), high=round(sample.high + dex, 9))


def option_fields(kind: "type[Statistic]") -> tuple[Field, ...]:
    """The fields of a statistic besides its samples and its bins of separation."""
    return tuple(f for f in fields(kind) if f.name not in {"samples", kind.edges_field})


def options(
    section: Section, kind: "type[Statistic]", known: Collection[str] = ()
) -> dict[str, Any]:
    """The values of `option_fields` that a section gives; those without a default it must.

    Fields that are `known` from elsewhere are left out.
    """
    wanted = [f for f in option_fields(kind) if f.name not in known]
    return {f.name: _option(section, f) for f in wanted if f.name in section or is_required(f)}


def notes(section: Section) -> dict[str, str]:
    """The free text of a section: `reference` and `imf`, and the h it assumed."""
    text = {key: section.text(key) for key in NOTE_KEYS if key in section}
    return text | ({"h": f"{section.number('h', above=0):g}"} if "h" in section else {})


def rows_as_samples(low: np.ndarray, high: np.ndarray) -> Samples:
    """One sample for each row of a table of bins."""
    return samples_from(zip(low.tolist(), high.tolist(), strict=True))


def _option(section: Section, declared: Field) -> Any:
    """A value of the type that the field is annotated with."""
    kind = getattr(declared.type, "__name__", str(declared.type))
    kind = str(declared.type) if kind == "tuple" else kind
    readers = {
        "float": lambda key: section.number(key, above=0),
        "int": lambda key: section.integer(key, minimum=1),
        "int | None": lambda key: section.integer(key, minimum=1),
        "str": section.text,
        "bool": section.flag,
        "tuple[int, ...]": section.integers,
        "tuple[float, ...]": section.numbers,
        "tuple[str, ...]": section.texts,
    }
    if kind not in readers:
        raise section.error(
            f"{declared.name} is of the type {kind}, which a configuration cannot give: use Python"
        )
    return readers[kind](declared.name)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)
