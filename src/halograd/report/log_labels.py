"""Labels of a logarithmic axis: plain numbers where they are short, and neither few nor crowded."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis
from matplotlib.ticker import Formatter, Locator

_PLAIN = (4e-3, 2e4)  # a view within is labelled in plain numbers, others in powers of ten
_SPACE = {True: 0.44, False: 0.3}  # inches from label to label, along x and along y
_ENOUGH = {True: 3, False: 2}  # plain labels, and powers, which are wide
# First digits that may be labelled where decades alone are not enough.
_DIGITS = ((1, 3), (1, 2, 5), (1, 2, 4), (1, 2, 3, 5), (1, 2, 3, 4, 6), tuple(range(1, 10)))


def use_log_scale(axes: Axes, which: str) -> None:
    """Make an axis, "x" or "y", logarithmic; what is not positive falls off its foot."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    getattr(axes, f"set_{which}scale")("log", nonpositive="clip")
    axis.set_major_formatter(LogLabels())
    axis.set_minor_locator(_Digits())
    axis.set_minor_formatter(LogLabels())


class _Digits(Locator):
    """Ticks from 2 to 9 in each decade; `LogLocator` leaves them where few are in view."""

    def __call__(self) -> np.ndarray:
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> np.ndarray:
        return 10 ** _labels(range(2, 10), *_view(vmin, vmax))


class LogLabels(Formatter):
    """Labels of the decades, and between them of as many numbers as there is room for."""

    def __call__(self, value: float, pos: int | None = None) -> str:
        """The label at `value`, empty for most."""
        low, high = _view(*self.axis.get_view_interval())
        exponent = int(np.floor(np.log10(value) + 1e-9))
        digit = round(value / 10.0**exponent)
        if digit not in self._digits(low, high):
            return ""
        if _is_plain(low, high):
            return f"${value:g}$"
        power = rf"10^{{{exponent}}}"
        return f"${power}$" if digit == 1 else rf"${digit}\times{power}$"

    def _digits(self, low: float, high: float) -> tuple[int, ...]:
        """Decades where they suffice; else the first choice with enough labels, or the most."""
        chosen, enough = (1,), _ENOUGH[_is_plain(low, high)]
        for digits in _DIGITS:
            most, labels = _labels(chosen, low, high).size, _labels(digits, low, high)
            if most < min(enough, labels.size) and self._has_room(np.diff(labels), low, high):
                chosen = digits
        return chosen

    def _has_room(self, steps: np.ndarray, low: float, high: float) -> bool:
        is_x = isinstance(self.axis, XAxis)
        box = self.axis.axes.bbox
        inches = (box.width if is_x else box.height) / self.axis.axes.figure.dpi
        return steps.min(initial=np.inf) * inches / np.log10(high / low) >= _SPACE[is_x]


def _view(one: float, other: float) -> tuple[float, float]:
    low, high = sorted((one, other))
    return max(low, np.finfo(float).tiny), high


def _is_plain(low: float, high: float) -> bool:
    return _PLAIN[0] <= low and high <= _PLAIN[1]


def _labels(digits: Sequence[int], low: float, high: float) -> np.ndarray:
    """log10 of the numbers in view that begin with one of the digits."""
    decades = np.arange(np.floor(np.log10(low)), np.floor(np.log10(high)) + 1)
    found = (np.log10(digits) + decades[:, None]).ravel()
    return found[(found >= np.log10(low) - 1e-9) & (found <= np.log10(high) + 1e-9)]
