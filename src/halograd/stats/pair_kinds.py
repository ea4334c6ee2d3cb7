"""The kinds of pairs a statistic accepts: within one point set or between two."""

from halograd.errors import HalogradError
from halograd.pairs import (
    ProjectedCrossPairs,
    ProjectedPairs,
    RadialCrossPairs,
    RadialPairs,
    RpPiCrossPairs,
    RpPiPairs,
    SMuCrossPairs,
    SMuPairs,
)

Projected = ProjectedPairs | ProjectedCrossPairs
Radial = RadialPairs | RadialCrossPairs
RpPi = RpPiPairs | RpPiCrossPairs
SMu = SMuPairs | SMuCrossPairs
BetweenTwoSets = ProjectedCrossPairs | RadialCrossPairs | RpPiCrossPairs | SMuCrossPairs
Pairs = Projected | Radial | RpPi | SMu


def checked_kind(statistic: str, pairs: Pairs, kind: type) -> Pairs:
    """`pairs`, if they are of the kind the statistic is made from."""
    if not isinstance(pairs, kind):
        names = " or ".join(member.__name__ for member in kind.__args__)
        raise HalogradError(
            f"{statistic} needs {names}, or a sequence of them, got {type(pairs).__name__}"
        )
    return pairs
