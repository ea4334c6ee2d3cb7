"""Settings declared once: default, limits and name in a file stand beside the attribute.

A dataclass whose attributes are made by `whole_number` or `real_number` is the schema of the
section of a configuration file that sets it, and checks the same limits where it is made in Python.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from math import isfinite, isnan, log10
from typing import Any

from halograd.errors import HalogradError

LARGEST_SIZE = 1_000_000
"""Most of anything that a setting counts, unless it says otherwise."""
LARGEST_SEED = 2**32 - 1
"""Largest seed: JAX without 64-bit integers takes larger ones for smaller ones."""

_LARGEST_LOG_MASS = 20.0  # log10 Msun; beyond all structure in the universe


@dataclass(frozen=True)
class Limits:
    """The numbers that a setting may take.

    Attributes:
        is_whole: Whether it is a whole number.
        minimum: Smallest, or None.
        maximum: Largest, or None.
        above: It is larger than this, or None.
        below: It is smaller than this, or None.
        infinite: Whether it may be infinite.
    """

    is_whole: bool = False
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    infinite: bool = False

    def accept(self, value: Any) -> bool:
        """Whether a value is such a number; True, False and NaN are none."""
        if isinstance(value, bool) or not isinstance(value, int if self.is_whole else int | float):
            return False
        if not self.is_whole:
            try:
                value = float(value)
            except OverflowError:  # a whole number beyond the range of float64
                return False
        return not (
            (isinstance(value, float) and (isnan(value) or not (self.infinite or isfinite(value))))
            or (self.minimum is not None and value < self.minimum)
            or (self.maximum is not None and value > self.maximum)
            or (self.above is not None and value <= self.above)
            or (self.below is not None and value >= self.below)
        )

    def wanted(self, value: Any = None) -> str:
        """What is expected; the largest number is named only where `value` is beyond it."""
        text = "a whole number" if self.is_whole else "a number"
        text += "" if self.above is None else f" above {self.above:g}"
        text += "" if self.minimum is None else f", {_number(self.minimum)} or more"
        if self.below is not None:
            text += f" and below {self.below:g}"
        if isinstance(value, int | float) and self.maximum is not None and value > self.maximum:
            text += f" and at most {_number(self.maximum)}"
        return text


SEED = Limits(is_whole=True, minimum=0, maximum=LARGEST_SEED)
"""What a seed may be."""


def whole_number(
    default: int | None, *, minimum: int = 0, maximum: int = LARGEST_SIZE, key: str | None = None
) -> Any:
    """A whole number as an attribute of a dataclass.

    Args:
        default: Its default; where it is None, None is allowed.
        minimum: Smallest.
        maximum: Largest.
        key: Name in a configuration file, where it is not that of the attribute.
    """
    limits = Limits(is_whole=True, minimum=minimum, maximum=maximum)
    return field(default=default, metadata={"limits": limits, "key": key})


def seed_number(default: int = 0) -> Any:
    """A seed as an attribute of a dataclass."""
    return whole_number(default, maximum=LARGEST_SEED)


def real_number(default: float | None, *, key: str | None = None, **limits: Any) -> Any:
    """A real number as an attribute of a dataclass.

    Args:
        default: Its default; where it is None, None is allowed.
        key: Name in a configuration file, where it is not that of the attribute.
        limits: Attributes of `Limits`.
    """
    return field(default=default, metadata={"limits": Limits(**limits), "key": key})


def check_settings(settings: Any) -> None:
    """Raise for the first attribute of a dataclass that is beyond its limits.

    Raises:
        HalogradError: With the attribute, what it may be, and what came.
    """
    for name, _, limits, default in declared_numbers(type(settings)):
        value = getattr(settings, name)
        is_left_out = value is None and default is None
        if not is_left_out and not limits.accept(value):
            raise HalogradError(f"{name} must be {limits.wanted(value)}, got {shown(value)}")


def declared_numbers(kind: type) -> Iterator[tuple[str, str, Limits, Any]]:
    """Attribute, name in a file, limits and default of each number of a dataclass."""
    for item in fields(kind):
        if (limits := item.metadata.get("limits")) is not None:
            yield item.name, item.metadata["key"] or item.name, limits, item.default


def check_log_mass(name: str, value: float | None) -> None:
    """Raise where the mass itself was given instead of its logarithm.

    Args:
        name: What the user knows the number by.
        value: log10 of a mass in Msun or Msun/h; None and -inf set no limit.

    Raises:
        HalogradError: For NaN, and for a number that is no log10 of a mass.
    """
    if value is None or value <= _LARGEST_LOG_MASS:
        return
    if not isfinite(value):
        raise HalogradError(f"{name} must be the log10 of a mass, such as 12, got {value}")
    raise HalogradError(
        f"{name} must be the log10 of a mass: give {log10(value):.4g} for {value:.4g}"
    )


def shown(value: Any, longest: int = 200) -> str:
    """A value for a message, shortened where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # thousands of digits, or of brackets
        text = f"a {type(value).__name__} too long to print"
    return text if len(text) <= longest else f"{text[: longest // 2]} … {text[-longest // 4 :]}"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
