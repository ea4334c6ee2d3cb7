"""How far predictions from a table are from those of the direct engine."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from halograd.predict.observables import Observables
from halograd.predict.prediction import Prediction
from halograd.samples import Sample
from halograd.statistics import Survey

LEAST_GALAXIES = 300
"""Samples with fewer expected galaxies are left out: their statistics are noise."""


class StatisticError(NamedTuple):
    """The largest error of a statistic in any bin, and the root mean square."""

    name: str
    worst: float
    rms: float


class TableAccuracy(NamedTuple):
    """Errors of every statistic against the direct engine, over draws of the parameters.

    Every error is relative to the value, or to the noise of the catalogue itself where that is
    larger, which happens only where a statistic passes through zero: the Poisson error of the
    number of pairs for clustering, the standard error of the mean over halos for ΔΣ. Samples of
    fewer than 300 expected galaxies are left out.

    Attributes:
        tolerance: What was asked for.
        n_node: Nodes in mass of the table of pairs, or functions of its basis.
        n_draw: Draws that the nodes or functions were chosen for.
        n_check: Draws at which the direct engine was asked.
        n_left_out: Samples of these that had too few galaxies, over all statistics.
        errors: Of each statistic that is predicted.
        nodes_are: What `n_node` counts, "nodes" or "functions".
    """

    tolerance: float
    n_node: int
    n_draw: int
    n_check: int
    n_left_out: int
    errors: tuple[StatisticError, ...]
    nodes_are: str = "nodes"

    @property
    def worst(self) -> float:
        """The largest error of all."""
        return max((error.worst for error in self.errors), default=0.0)

    @property
    def is_met(self) -> bool:
        """Whether no error is above the tolerance."""
        return self.worst <= self.tolerance

    def __str__(self) -> str:
        parts = ", ".join(f"{e.name} {e.worst:.2g} (rms {e.rms:.1g})" for e in self.errors)
        is_held_out = self.nodes_are == "functions"
        checks = f"{self.n_check} {'other' if is_held_out else f'of {self.n_draw}'} draws"
        return (
            f"{self.n_node} {self.nodes_are}; largest error over {checks}: "
            f"{parts or 'no sample had enough galaxies'}"
        )

    def described(self) -> dict[str, Any]:
        """In the types of JSON."""
        return {**self._asdict(), "errors": [error._asdict() for error in self.errors]}

    @classmethod
    def from_description(cls, described: Mapping[str, Any]) -> "TableAccuracy":
        """What `described` told."""
        errors = tuple(StatisticError(**error) for error in described["errors"])
        return cls(**{**described, "errors": errors})


class Comparison:
    """Collects the errors of draws.

    Args:
        layout: The samples and bins.
        volume: (Mpc/h)^3.
    """

    def __init__(self, layout: Observables, volume: float) -> None:
        self._layout, self._volume = layout, volume
        self._errors: dict[str, list[np.ndarray]] = {s.name: [] for s in layout.statistics}
        self.n_left_out = 0

    def add(
        self,
        found: Prediction,
        truth: Prediction,
        galaxies: Mapping[Sample, float],
        noises: Mapping[str, np.ndarray],
    ) -> None:
        """Compare one draw.

        Args:
            found: From the table.
            truth: From the direct engine.
            galaxies: W of each sample.
            noises: Standard errors of statistics that are means over halos, by name, in their
                shape.
        """
        survey = Survey(self._volume)
        for statistic in self._layout.statistics:
            name = statistic.name
            ours, direct = (np.asarray(part[name]) for part in (found, truth))
            counts = np.array([galaxies[member] for member in statistic.members])
            noise = np.reshape(noises[name], direct.shape) if name in noises else 0.0
            if statistic.uses_pairs:
                noise = statistic.counting_error(direct, counts, survey)
            least = [min(galaxies[m] for m in sample.members) for sample in statistic.samples]
            enough = np.array(least) >= LEAST_GALAXIES
            unit = np.maximum(np.abs(direct), noise)
            self._errors[name].append((np.abs(ours - direct)[enough] / unit[enough]).ravel())
            self.n_left_out += int((~enough).sum())

    @property
    def errors(self) -> tuple[StatisticError, ...]:
        """Of each statistic that had a sample with enough galaxies."""
        joined = {name: np.concatenate(e) for name, e in self._errors.items() if e}
        return tuple(
            StatisticError(name, float(e.max()), float(np.sqrt(np.mean(e**2))))
            for name, e in joined.items()
            if e.size
        )
