"""`[data]`: the numbers to fit, or only which numbers to predict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halograd.config.number_density_table import parse_number_density
from halograd.config.section import Section
from halograd.config.separation_table import parse_delta_sigma, parse_wp
from halograd.config.statistic import Statistic

if TYPE_CHECKING:
    from halograd.inference import DataVector, Observables, Predictor

_PARSERS = {"n": parse_number_density, "wp": parse_wp, "delta_sigma": parse_delta_sigma}


@dataclass(frozen=True)
class SyntheticSection:
    """`[data.synthetic]`: data drawn around the model at known parameters.

    Attributes:
        seed: Of the noise.
        truth: Parameter values by name; those of `[model]` stand in for the missing.
        covariance: Arguments of `inference.survey_covariance`.
    """

    seed: int
    truth: Mapping[str, float]
    covariance: Mapping[str, float]

    @classmethod
    def parse(cls, section: Section) -> "SyntheticSection":
        """The checked section."""
        noise = ("fractional_error", "correlation_length", "lensing_noise")
        section.only("seed", "truth", "volume", *noise)
        truth = section.table("truth")
        covariance = {"volume": section.number("volume", above=0)}
        return cls(
            seed=section.integer("seed", 0),
            truth={name: truth.number(name) for name in truth},
            covariance=covariance
            | {key: section.number(key, minimum=0) for key in noise if key in section},
        )


@dataclass(frozen=True, eq=False)
class DataSection:
    """What is measured, in one of three ways.

    Attributes:
        saved: A data vector from a file, or None.
        statistics: By name (n, wp, delta_sigma): samples, bins, and measurements if any.
        synthetic: How to draw data, or None.
    """

    saved: "DataVector | None"
    statistics: Mapping[str, Statistic]
    synthetic: SyntheticSection | None

    @classmethod
    def parse(cls, section: Section) -> "DataSection":
        """The checked section, its files read."""
        section.only("file", *_PARSERS, "synthetic")
        if "file" in section:
            others = [key for key in section if key != "file"]
            if others:
                raise section.error(f"a saved data vector is complete: remove {', '.join(others)}")
            return cls(_load(section), {}, None)
        names = [name for name in _PARSERS if name in section]
        if not names:
            raise section.error(
                "give file, or at least one of [data.n], [data.wp], [data.delta_sigma]"
            )
        statistics = {name: _PARSERS[name](section.table(name)) for name in names}
        _check_sources(section, statistics)
        is_synthetic = "synthetic" in section
        synthetic = SyntheticSection.parse(section.table("synthetic")) if is_synthetic else None
        return cls(None, statistics, synthetic)

    def observables(self) -> "Observables":
        """Which numbers, in which order."""
        from halograd.inference import Observables

        if self.saved is not None:
            return self.saved.observables
        samples = {name: statistic.samples for name, statistic in self.statistics.items()}
        wp, lensing = self.statistics.get("wp"), self.statistics.get("delta_sigma")
        return Observables(
            **samples,
            rp_edges=wp.edges if wp else None,
            pi_max=wp.pi_max if wp else None,
            r_edges=lensing.edges if lensing else None,
        )

    def measured(self) -> "DataVector | None":
        """The measurements with their covariance; None where the section names no file."""
        from scipy.linalg import block_diag

        from halograd.inference import DataVector

        if self.saved is not None:
            return self.saved
        parts = [self.statistics[name].measured for name in _PARSERS if name in self.statistics]
        if None in parts:
            return None
        values = np.concatenate([part.values.ravel() for part in parts])
        covariance = block_diag(*(part.covariance for part in parts))
        return DataVector(self.observables(), values, covariance)

    def draw(self, predictor: "Predictor", truth: Mapping[str, float]) -> "DataVector":
        """Synthetic data around the prediction at the `truth`."""
        from halograd.inference import survey_covariance, synthesize

        layout = predictor.observables
        # The compiled function is the one the fit needs anyway.
        prediction = layout.split(predictor.value_and_jacobian(truth)[0])
        covariance = survey_covariance(prediction, layout, **self.synthetic.covariance)
        return synthesize(self.synthetic.seed, prediction, layout, covariance)


def _load(section: Section) -> "DataVector":
    from halograd.inference import DataVector

    path = section.path("file")
    if not path.is_file():
        raise section.error(f"file = {str(path)!r}: no such file; check the path")
    return section.checked(lambda: DataVector.load(path))


def _check_sources(section: Section, statistics: Mapping[str, Statistic]) -> None:
    """Every statistic has a measurement, or none has."""
    has = {name: statistic.measured is not None for name, statistic in statistics.items()}
    if any(has.values()) and not all(has.values()):
        silent = ", ".join(f"[data.{name}]" for name, measured in has.items() if not measured)
        raise section.error(f"{silent} names no file, but the others do: give all of them one")
    if any(has.values()) and "synthetic" in section:
        raise section.error("synthetic data need no files: remove file, or [data.synthetic]")
    if "synthetic" in section:
        from halograd.inference import counting_bins

        counted = statistics["n"].samples if "n" in statistics else ()
        for sample in {s for statistic in statistics.values() for s in statistic.samples}:
            if not counting_bins(sample, counted):
                raise section.error(
                    f"synthetic data take the counting noise of sample {list(sample)} from its n: "
                    "add it, or bins that make it up, to [data.n]"
                )
