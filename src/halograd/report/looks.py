"""How each statistic is named and drawn: the style that its class declares."""

from halograd.registries import STATISTICS
from halograd.statistics import Style as Look


class _Styles:
    """The style of a statistic by its name."""

    def __getitem__(self, name: str) -> Look:
        return STATISTICS[name].style


LOOKS = _Styles()

__all__ = ["LOOKS", "Look"]
