"""`[data.synthetic]`: data drawn around the model at known parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from halograd.config.section import Section

if TYPE_CHECKING:
    from halograd.catalogs import HaloCatalog
    from halograd.inference import DataVector, Predictor

COVARIANCES = ("survey", "jackknife", "mocks")
_SURVEY_KEYS = ("fractional_error", "correlation_length", "lensing_noise")
_KEYS = {"survey": _SURVEY_KEYS, "jackknife": ("n_side", "n_mock"), "mocks": ("n_mock",)}


@dataclass(frozen=True)
class SyntheticSection:
    """How to draw data.

    Attributes:
        seed: Of the noise, and of the mocks behind the covariance.
        truth: Parameter values by name; those of `[model]` stand in for the missing.
        covariance: "survey" (`inference.survey_covariance`), "jackknife"
            (`inference.jackknife_covariance`) or "mocks" (`inference.mock_covariance`).
        volume: Of the survey, (Mpc/h)^3; None for that of the box.
        options: Further arguments of the function.
    """

    seed: int
    truth: Mapping[str, float]
    covariance: str
    volume: float | None
    options: Mapping[str, Any]

    @classmethod
    def parse(cls, section: Section) -> "SyntheticSection":
        """The checked section."""
        kind = section.text("covariance", "survey", choices=COVARIANCES)
        section.only("seed", "truth", "covariance", "volume", *_KEYS[kind])
        truth = section.table("truth")
        needs_volume = {} if kind == "survey" else {"default": None}
        return cls(
            seed=section.integer("seed", 0),
            truth={name: truth.number(name) for name in truth},
            covariance=kind,
            volume=section.number("volume", **needs_volume, above=0),
            options=_options(section, kind),
        )

    def draw(
        self,
        predictor: "Predictor",
        truth: Mapping[str, float],
        halos: "HaloCatalog",
        on_mock: Callable[[int], None],
    ) -> "DataVector":
        """Data around the prediction at the `truth`.

        Args:
            predictor: Of the observables.
            truth: Every parameter.
            halos: The catalogue, for the mocks behind a covariance.
            on_mock: Called with the number of mocks done, after each.
        """
        from halograd.inference import synthesize

        layout = predictor.observables
        # The compiled function is the one the fit needs anyway.
        prediction = layout.split(predictor.value_and_jacobian(truth)[0])
        if self.covariance == "survey":
            from halograd.inference import survey_covariance

            covariance = survey_covariance(prediction, layout, volume=self.volume, **self.options)
        else:
            covariance = self._from_mocks(predictor, truth, halos, on_mock)
        return synthesize(
            self.seed, prediction, layout, covariance, n_realisation=self.n_realisation
        )

    @property
    def n_realisation(self) -> int | None:
        """Realisations behind the covariance; None where it is computed."""
        if self.covariance == "jackknife":
            return int(np.prod(np.broadcast_to(self.options["n_side"], 3)))
        return self.options.get("n_mock")

    @property
    def n_mock(self) -> int:
        """Mocks behind the covariance."""
        return self.options.get("n_mock", 0)

    def _from_mocks(
        self,
        predictor: "Predictor",
        truth: Mapping[str, float],
        halos: "HaloCatalog",
        on_mock: Callable[[int], None],
    ) -> np.ndarray:
        from halograd import inference

        build = {
            "jackknife": inference.jackknife_covariance,
            "mocks": inference.mock_covariance,
        }[self.covariance]
        # A table's rows are not the halos.
        own = predictor.profiles if type(predictor) is inference.Predictor else None
        covariance = build(
            halos,
            predictor.model,
            predictor.observables,
            truth,
            seed=self.seed,
            profiles=own,
            on_mock=on_mock,
            **self.options,
        )
        return covariance * (1.0 if self.volume is None else halos.volume / self.volume)


def _options(section: Section, kind: str) -> dict[str, Any]:
    if kind == "survey":
        return {key: section.number(key, minimum=0) for key in _SURVEY_KEYS if key in section}
    if kind == "mocks":
        return {"n_mock": section.integer("n_mock", minimum=2)}
    n_side = section.content.get("n_side", 4)
    sides = [section.integer("n_side", 4, minimum=1)] if not isinstance(n_side, list) else n_side
    if len(sides) not in (1, 3) or not all(isinstance(side, int) and side > 0 for side in sides):
        raise section.error(f"n_side must be a whole number or three, got {n_side!r}")
    return {"n_side": n_side, "n_mock": section.integer("n_mock", 1, minimum=1)}
