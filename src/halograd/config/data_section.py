"""`[data]`: the numbers to fit, or only which numbers to predict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halograd.config.joint_covariance import check_one_covariance, joint_covariance
from halograd.config.measured_statistic import NOTE_KEYS, MeasuredStatistic, notes
from halograd.config.published import check_one_h, parse_published
from halograd.config.sample_variance_section import SampleVarianceSection
from halograd.config.section import Section
from halograd.config.separation_table import parse_separations
from halograd.config.single_numbers import parse_single_numbers
from halograd.config.synthetic_section import SyntheticSection
from halograd.registries import STATISTICS

if TYPE_CHECKING:
    from halograd.catalogs import HaloCatalog
    from halograd.predict import DataVector, Observables, Predictor


@dataclass(frozen=True, eq=False)
class DataSection:
    """What is measured, in one of three ways.

    Attributes:
        measurements: With their covariance, from tables or from a saved data vector, or None.
        layout: Which numbers, in which order.
        synthetic: How to draw data, or None.
        sample_variance: How to measure that of the box, to be added to the covariance, or None.
    """

    measurements: "DataVector | None"
    layout: "Observables"
    synthetic: SyntheticSection | None
    sample_variance: SampleVarianceSection | None = None

    @classmethod
    def parse(cls, section: Section) -> "DataSection":
        """The checked section, its files read."""
        sections = (*STATISTICS, "synthetic", "sample_variance")
        section.only("file", *sections, "covariance", "n_realisation", *NOTE_KEYS)
        if "file" in section:
            others = [key for key in section if key != "file"]
            if others:
                raise section.error(f"a saved data vector is complete: remove {', '.join(others)}")
            saved = _load(section)
            return cls(saved, saved.observables, None)
        names = [name for name in STATISTICS if name in section]
        if not names:
            raise section.error(
                "give file, or at least one of "
                + ", ".join(f"[data.{name}]" for name in STATISTICS)
            )
        check_one_covariance(section, names)
        statistics = {name: _parsed(section.table(name), name) for name in names}
        check_one_h(section, statistics)
        _check_sources(section, statistics)
        layout = section.checked(lambda: _layout(statistics))
        is_synthetic = "synthetic" in section
        return cls(
            section.checked(lambda: _measurements(section, statistics, layout)),
            layout,
            SyntheticSection.parse(section.table("synthetic")) if is_synthetic else None,
            _sample_variance(section, names),
        )

    def observables(self) -> "Observables":
        """Which numbers, in which order."""
        return self.layout

    def measured(self) -> "DataVector | None":
        """The measurements with their covariance; None where the section names no file."""
        return self.measurements

    def draw(
        self,
        predictor: "Predictor",
        truth: Mapping[str, float],
        halos: "HaloCatalog",
        on_mock: Callable[[int], None] = lambda done: None,
    ) -> "DataVector":
        """Synthetic data around the prediction at the `truth`, as `SyntheticSection.draw`."""
        return self.synthetic.draw(predictor, truth, halos, on_mock)


def _parsed(section: Section, name: str) -> MeasuredStatistic:
    """One statistic, published, from a file, or its layout alone."""
    if "published" in section:
        return parse_published(section, name)
    kind = section.checked(lambda: STATISTICS[name])
    parse = parse_single_numbers if kind.edges_field is None else parse_separations
    return parse(section, name)


def _layout(statistics: Mapping[str, MeasuredStatistic]) -> "Observables":
    from halograd.predict import Observables

    return Observables(one.statistic for one in statistics.values())


def _measurements(
    section: Section, statistics: Mapping[str, MeasuredStatistic], layout: "Observables"
) -> "DataVector | None":
    from halograd.predict import DataVector

    measured = {name: s.measured for name, s in statistics.items() if s.measured is not None}
    if not measured:
        return None
    return DataVector(
        layout,
        np.concatenate([part.values[part.kept] for part in measured.values()]),
        joint_covariance(section, measured),
        n_realisation=section.integer("n_realisation", None, minimum=1),
        notes=_notes(section, statistics),
    )


def _notes(section: Section, statistics: Mapping[str, MeasuredStatistic]) -> dict[str, str]:
    """What all sections say of their measurements: text by heading."""
    own = {
        f"{name}: {heading}": text
        for name, statistic in statistics.items()
        for heading, text in statistic.notes.items()
    }
    return notes(section) | own


def _sample_variance(section: Section, names: list[str]) -> SampleVarianceSection | None:
    if "sample_variance" not in section:
        return None
    if "synthetic" in section:
        raise section.error(
            "synthetic data come from the box itself, whose sample variance cancels: remove "
            "sample_variance"
        )
    return SampleVarianceSection.parse(section.table("sample_variance"), names)


def _load(section: Section) -> "DataVector":
    from halograd.predict import DataVector

    path = section.path("file")
    if not path.is_file():
        raise section.error(f"file = {str(path)!r}: no such file; check the path")
    return section.checked(lambda: DataVector.load(path))


def _check_sources(section: Section, statistics: Mapping[str, MeasuredStatistic]) -> None:
    """Every statistic has a measurement, or none has."""
    has = {name: statistic.measured is not None for name, statistic in statistics.items()}
    if any(has.values()) and not all(has.values()):
        silent = ", ".join(f"[data.{name}]" for name, measured in has.items() if not measured)
        raise section.error(
            f"{silent} names no file, but the others do: give all of them file or published"
        )
    if any(has.values()) and "synthetic" in section:
        raise section.error(
            "synthetic data need no files: remove file or published, or [data.synthetic]"
        )
    synthetic = section.table("synthetic").content
    if "synthetic" in section and synthetic.get("covariance", "survey") == "survey":
        from halograd.predict import counting_bins

        counted = statistics["n"].statistic.samples if "n" in statistics else ()
        for sample in {s for one in statistics.values() for s in one.statistic.members}:
            if not counting_bins(sample, counted):
                raise section.error(
                    f"synthetic data take the counting noise of sample {sample.name} from its n: "
                    "add it, or bins that make it up, to [data.n]"
                )
