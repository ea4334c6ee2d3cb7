"""`[data.sample_variance]`: the error of a prediction that comes from one finite box."""

from collections.abc import Collection
from dataclasses import dataclass

from halograd._settings import check_settings, whole_number
from halograd.config.section import Section


@dataclass(frozen=True)
class SampleVarianceSection:
    """How the sample variance of the box is measured.

    Attributes:
        n_side: Subvolumes along each axis, which are left out in turn.
        statistics: Names of those that vary from box to box; None for all.
    """

    n_side: int = whole_number(4, minimum=2, maximum=64)
    statistics: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def parse(cls, section: Section, measured: Collection[str]) -> "SampleVarianceSection":
        """The checked section.

        Args:
            section: Table of the file.
            measured: Names of the statistics there are.
        """
        return section.settings(cls, statistics=_statistics(section, measured))


def _statistics(section: Section, measured: Collection[str]) -> tuple[str, ...] | None:
    if "statistics" not in section:
        return None
    wanted = section.content["statistics"]
    if not isinstance(wanted, list) or not wanted or not all(name in measured for name in wanted):
        raise section.error(
            f"statistics must be a list of some of {', '.join(measured)}, got {wanted!r}"
        )
    return tuple(wanted)
