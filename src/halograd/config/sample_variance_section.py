"""`[data.sample_variance]`: the error of a prediction that comes from one finite box."""

from collections.abc import Collection
from dataclasses import dataclass

from halograd.config.section import Section


@dataclass(frozen=True)
class SampleVarianceSection:
    """How the sample variance of the box is measured.

    Attributes:
        n_side: Subvolumes left out in turn, along each axis.
        statistics: Names of those that vary from box to box; None for all.
    """

    n_side: int = 4
    statistics: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, section: Section, measured: Collection[str]) -> "SampleVarianceSection":
        """The checked section.

        Args:
            section: Of the file.
            measured: Names of the statistics there are.
        """
        section.only("n_side", "statistics")
        return cls(
            n_side=section.integer("n_side", cls.n_side, minimum=2),
            statistics=_statistics(section, measured),
        )


def _statistics(section: Section, measured: Collection[str]) -> tuple[str, ...] | None:
    if "statistics" not in section:
        return None
    wanted = section.content["statistics"]
    if not isinstance(wanted, list) or not wanted or not all(name in measured for name in wanted):
        raise section.error(
            f"statistics must be a list of some of {', '.join(measured)}, got {wanted!r}"
        )
    return tuple(wanted)
