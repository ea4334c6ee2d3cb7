"""One parameter of a model: value, bounds and prior, and the parameter it may be tied to."""

from typing import NamedTuple

import numpy as np

from halograd import _checks
from halograd._arrays import real_array
from halograd.errors import HalogradError
from halograd.models.priors import Normal, Prior, Uniform


class Parameter(NamedTuple):
    """One parameter of a model.

    Attributes:
        name: As in the configuration and in results.
        value: Default, and the start of a fit.
        low: Lower bound, or -inf.
        high: Upper bound, or inf.
        latex: For figures, without dollar signs.
        unit: Text, empty where dimensionless.
        free: Whether a fit varies it; False in a space where it is tied.
        prior: Density within the bounds, `Uniform()` or `Normal(mean, sd)`.
        tied: Name of the parameter this one follows, or None.
        offset: What a tied one has on top of the value it follows.
    """

    name: str
    value: float
    low: float = -np.inf
    high: float = np.inf
    latex: str = ""
    unit: str = ""
    free: bool = True
    prior: Prior = Uniform()
    tied: str | None = None
    offset: float = 0.0

    @property
    def label(self) -> str:
        """The symbol where there is one, else the name, for the axis of a figure."""
        return f"${self.latex}$" if self.latex else self.name

    def __str__(self) -> str:
        """What a fit makes of it, such as "alpha = -1.06, from -2 to 0"."""
        if self.tied is not None:
            return f"{self.name} = {self.tied} {self.offset:+g}"
        value = f"{self.name} = {self.value:g}"
        if not self.free:
            return f"{value}, fixed"
        prior = f", {self.prior}" if isinstance(self.prior, Normal) else ""
        return f"{value}, from {self.low:g} to {self.high:g}{prior}"


def check_declared(p: Parameter) -> None:
    """Raise unless value, bounds and offset are single numbers; a bound may be infinite."""
    for field in ("value", "low", "high", "offset"):
        value = getattr(p, field)
        if type(value) not in {float, int}:
            value = real_array(f"{field} of parameter {p.name}", value)
        if np.shape(value) != () or value != value:
            raise HalogradError(
                f"{field} of parameter {p.name} must be one number, got {getattr(p, field)}"
            )


def check_value(p: Parameter) -> None:
    """Raise unless the value lies within the bounds, and the prior has something there."""
    if not p.low <= p.value <= p.high:
        raise HalogradError(
            f"parameter {p.name} = {p.value:g} lies outside its bounds [{p.low:g}, {p.high:g}]"
        )
    p.prior.check(p.name, p.low, p.high)


def with_ties(parameters: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    """The parameters with tied ones at the value they follow, and bounds that hold for both.

    Raises:
        HalogradError: For a tie that leads nowhere, and for a tied parameter with a prior.
    """
    by_name = {p.name: p for p in parameters}
    for p in parameters:
        if p.tied is not None:
            _check_tie(p, by_name)
    narrowed = {p.name: _within_followers(p, parameters) for p in parameters}
    return tuple(
        narrowed[p.name] if p.tied is None else _following(p, narrowed[p.tied]) for p in parameters
    )


def _check_tie(p: Parameter, by_name: dict[str, Parameter]) -> None:
    if p.tied == p.name:
        raise HalogradError(f"parameter {p.name} is tied to itself: name another one")
    if p.tied not in by_name:
        hint = _checks.nearest(p.tied, by_name)
        raise HalogradError(
            f"parameter {p.name} is tied to {p.tied!r}, which the model does not have{hint}"
        )
    last = by_name[p.tied].tied
    if last is not None:
        raise HalogradError(
            f"parameter {p.name} is tied to {p.tied}, which is itself tied to {last}: tie both "
            "to a parameter that is not tied"
        )
    if p.prior != Parameter._field_defaults["prior"]:
        raise HalogradError(
            f"parameter {p.name} is tied to {p.tied} and has no prior of its own: give the prior "
            f"to {p.tied}"
        )


def _within_followers(p: Parameter, parameters: tuple[Parameter, ...]) -> Parameter:
    """`p` with bounds that also keep its followers within theirs."""
    followers = [other for other in parameters if other.tied == p.name]
    low = max([p.low, *(other.low - other.offset for other in followers)])
    high = min([p.high, *(other.high - other.offset for other in followers)])
    if followers and not low < high:
        names = ", ".join(other.name for other in followers)
        raise HalogradError(
            f"no value of {p.name} keeps it and what is tied to it ({names}) within bounds: "
            "widen them or change the offset"
        )
    return p._replace(low=low, high=high)


def _following(p: Parameter, source: Parameter) -> Parameter:
    return p._replace(value=source.value + p.offset, free=False)
