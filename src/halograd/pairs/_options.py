"""The options that all pair objects share."""

from collections.abc import Sequence
from typing import NamedTuple, TypedDict

import numpy as np

from halograd import _checks
from halograd.errors import HalogradError

MEMORY = ("auto", "keep", "recompute")


class PairOptions(TypedDict, total=False):
    """Keywords of every pair object.

    Attributes:
        periodic: Whether the box repeats, for all axes or each of three; True. Along an open
            axis positions and bins have no limits, but for those of a `boxsize` if it is given.
        line_of_sight: The axis, 0, 1 or 2, along which pi and mu are measured; 2.
        backend: "native", the compiled engine; "reference", plain JAX, several times slower;
            "auto", native for positions on a CPU where it is installed, else the reference; or
            the name of an engine that another package adds (`halograd.pairs.backends`).
        memory: What reverse mode keeps. "keep": the sums around each point, so that value and
            gradient take one pass; "recompute": nothing, and the gradient takes a second pass;
            "auto": keep while they fit in 1 GiB.
        threads: How many threads the native engine uses; None for all of XLA's.
    """

    periodic: bool | Sequence[bool]
    line_of_sight: int
    backend: str
    memory: str
    threads: int | None


class CheckedOptions(NamedTuple):
    """The options with their defaults; `backend` as it was given."""

    periodic: tuple[bool, bool, bool]
    line_of_sight: int
    backend: str
    memory: str
    threads: int | None

    @property
    def axes(self) -> list[int]:
        """The axes in the order used inside, the line of sight last."""
        return [axis for axis in range(3) if axis != self.line_of_sight] + [self.line_of_sight]


def check_names(options: PairOptions) -> None:
    """Raise for a keyword that is no option, naming the nearest that is."""
    _checks.known_keys("The options of pairs", options, PairOptions.__annotations__)


def checked_options(
    *,
    periodic: bool | Sequence[bool] = True,
    line_of_sight: int = 2,
    backend: str = "auto",
    memory: str = "auto",
    threads: int | None = None,
) -> CheckedOptions:
    """The options, each checked; see `PairOptions`."""
    if memory not in MEMORY:
        raise HalogradError(
            f"memory must be one of {', '.join(MEMORY)}, got {memory!r}"
            f"{_checks.nearest(memory, MEMORY)}"
        )
    return CheckedOptions(
        _periodic(periodic),
        _checks.axis(line_of_sight),
        backend,
        memory,
        _threads(threads),
    )


def _periodic(value: bool | Sequence[bool]) -> tuple[bool, bool, bool]:
    try:
        flags = np.asarray(value)
    except ValueError:
        flags = np.zeros(0)  # nested lists of several lengths
    if flags.dtype != bool or flags.shape not in {(), (3,)}:
        raise HalogradError(f"periodic must be True, False or three of them, got {value!r}")
    return tuple(np.broadcast_to(flags, 3).tolist())


def _threads(value: int | None) -> int | None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if value is not None and not (whole and value >= 1):
        raise HalogradError(f"threads must be a whole number of at least 1, or None, got {value!r}")
    return None if value is None else int(value)
