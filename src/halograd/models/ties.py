"""Parameters that follow another one."""

from typing import TYPE_CHECKING

from halograd import _checks
from halograd.errors import HalogradError

if TYPE_CHECKING:
    from halograd.models.parameters import Parameter


def with_ties(parameters: "tuple[Parameter, ...]") -> "tuple[Parameter, ...]":
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


def _check_tie(p: "Parameter", by_name: "dict[str, Parameter]") -> None:
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
    if p.prior != type(p)._field_defaults["prior"]:
        raise HalogradError(
            f"parameter {p.name} is tied to {p.tied} and has no prior of its own: give the prior "
            f"to {p.tied}"
        )


def _within_followers(p: "Parameter", parameters: "tuple[Parameter, ...]") -> "Parameter":
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


def _following(p: "Parameter", source: "Parameter") -> "Parameter":
    return p._replace(value=source.value + p.offset, free=False)
