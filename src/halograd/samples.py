"""Samples of galaxies: a range of stellar mass, a kind that a model names, or both."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from halograd.errors import DataError

ALL = "all"
"""The kind of every galaxy of a model."""


class Sample(NamedTuple):
    """Galaxies of one kind with low <= log10 M* < high.

    Attributes:
        low: Lower limit of log10 stellar mass, Msun; -inf for none.
        high: Upper limit, Msun; inf for a threshold.
        kind: A name that the model knows, such as "quenched" or "LRG"; "all" for every galaxy.
    """

    low: float = -np.inf
    high: float = np.inf
    kind: str = ALL

    @property
    def has_range(self) -> bool:
        """Whether stellar mass is limited at all."""
        return bool(np.isfinite(self.low) or np.isfinite(self.high))

    @property
    def width(self) -> float:
        """Width of the range in dex, inf for a threshold."""
        return self.high - self.low

    @property
    def label(self) -> str:
        """For the legend of a figure."""
        return self._described(
            r"$\log M_* > {:g}$", r"$\log M_* < {:g}$", r"${:g} < \log M_* < {:g}$"
        )

    @property
    def name(self) -> str:
        """In plain text."""
        return self._described("log M* > {:g}", "log M* < {:g}", "{:g} < log M* < {:g}")

    @property
    def key(self) -> str:
        """Short text, as a coordinate of arrays: "10 10.5" or "quenched"."""
        limits = f"{self.low:g} {self.high:g}" if self.has_range or self.kind == ALL else ""
        return " ".join(part for part in ("" if self.kind == ALL else self.kind, limits) if part)

    @property
    def members(self) -> tuple["Sample", ...]:
        """The samples whose weights it takes: itself."""
        return (self,)

    def plain(self) -> dict[str, Any]:
        """In the types of JSON; `sample_from` reads it."""
        limits = {"low": self.low, "high": self.high}
        found: dict[str, Any] = {key: value for key, value in limits.items() if np.isfinite(value)}
        return found | ({"kind": self.kind} if self.kind != ALL else {})

    def _described(self, above: str, below: str, between: str) -> str:
        kind = self.kind.replace("_", " ")
        if not self.has_range:
            return "all galaxies" if self.kind == ALL else kind
        if np.isinf(self.high):
            limits = above.format(self.low)
        elif np.isinf(self.low):
            limits = below.format(self.high)
        else:
            limits = between.format(self.low, self.high)
        return limits if self.kind == ALL else f"{kind}, {limits}"


class Cross(NamedTuple):
    """Pairs of a galaxy of one sample with a galaxy of another."""

    first: Sample
    second: Sample

    @property
    def label(self) -> str:
        """For the legend of a figure."""
        return f"{self.first.label} × {self.second.label}"

    @property
    def name(self) -> str:
        """In plain text."""
        return f"{self.first.name} × {self.second.name}"

    @property
    def key(self) -> str:
        """Short text, as a coordinate of arrays."""
        return f"{self.first.key} x {self.second.key}"

    @property
    def members(self) -> tuple[Sample, ...]:
        """The samples whose weights it takes."""
        return (self.first, self.second)

    def plain(self) -> dict[str, Any]:
        """In the types of JSON; `sample_from` reads it."""
        return {"cross": [member.plain() for member in self]}


def sample_from(given: Any) -> Sample | Cross:
    """A sample, or a cross of two, as users write them.

    Args:
        given: A pair of numbers is a range of log10 M* (Msun), a lone number a threshold, text a
            kind; a mapping has `low`, `high` and `kind`, each optional, or `cross` with two
            samples; a pair of anything else is a cross of two samples.

    Raises:
        DataError: For anything else, and a range without width.
    """
    if isinstance(given, Cross):
        return given
    if isinstance(given, Sample):
        return _checked(given)
    if isinstance(given, str):
        return _checked(Sample(kind=given))
    if isinstance(given, Mapping):
        return _from_mapping(given)
    if isinstance(given, np.ndarray):
        given = given.tolist()
    if _is_number(given):
        return _checked(Sample(float(given)))
    if isinstance(given, list | tuple):
        if all(map(_is_number, given)) and 1 <= len(given) <= 2:
            return _checked(Sample(*map(float, given)))
        if len(given) == 3 and all(map(_is_number, given[:2])) and isinstance(given[2], str):
            return _checked(Sample(float(given[0]), float(given[1]), given[2]))
        if len(given) == 2:
            return _cross(given)
    raise DataError(
        "a sample is a pair (low, high) of log10 M*, the name of a kind of galaxies, or both as "
        f"Sample(low, high, kind); a pair of samples is their cross; got {given!r}"
    )


def samples_from(given: Iterable[Any]) -> tuple[Sample | Cross, ...]:
    """Several samples, as `sample_from`; DataError for one that is named twice."""
    if isinstance(given, str | Mapping):
        raise DataError(f"samples must be listed in brackets, got {given!r}: write [{given!r}]")
    if not isinstance(given, Iterable) or (isinstance(given, np.ndarray) and given.ndim == 0):
        raise DataError(f"samples must be listed in brackets, got {given!r}")
    samples = tuple(sample_from(one) for one in given)
    for i, sample in enumerate(samples):
        if sample in samples[:i]:
            raise DataError(f"the sample {sample.name} is named twice")
    return samples


def _from_mapping(given: Mapping[str, Any]) -> Sample | Cross:
    keys = set(given)
    if keys == {"cross"} and isinstance(given["cross"], list | tuple) and len(given["cross"]) == 2:
        return _cross(given["cross"])
    kind = given.get("kind", ALL)
    limits = given.get("low", -np.inf), given.get("high", np.inf)
    is_known = keys and keys <= {"low", "high", "kind"} and isinstance(kind, str)
    if is_known and all(map(_is_number, limits)):
        return _checked(Sample(float(limits[0]), float(limits[1]), kind))
    raise DataError(
        "a sample has low and high (numbers) and kind (text), each optional, or cross with two "
        f"samples, got {dict(given)!r}"
    )


def _cross(given: Iterable[Any]) -> Cross:
    members = tuple(sample_from(one) for one in given)
    if not all(isinstance(member, Sample) for member in members):
        raise DataError(f"a cross is of two samples, not of another cross, got {given!r}")
    return Cross(*members)


def _checked(sample: Sample) -> Sample:
    if not sample.low < sample.high:
        raise DataError(
            f"a sample needs low < high in log10 M*, got ({sample.low:g}, {sample.high:g})"
        )
    if not isinstance(sample.kind, str) or not sample.kind:
        raise DataError(f"the kind of a sample is a name, got {sample.kind!r}")
    return sample


def _is_number(value: Any) -> bool:
    """Whether it is a number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return not isinstance(value, int) or abs(value) < 2**1023
