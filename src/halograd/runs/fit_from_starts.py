"""Every method from every start, each fit with its history."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from halograd.config import FitSection
from halograd.inference import (
    DataVector,
    FitResult,
    HistoryFile,
    best_of,
    fit,
    minima_sentences,
)
from halograd.runs.old_results import set_results_aside
from halograd.runs.progress import FitProgress
from halograd.runs.setup import Setup
from halograd.runs.stages import Stages


class Ends(NamedTuple):
    """Where fits ended.

    Attributes:
        by_method: A result for each start that was begun, in their order.
        interrupted: Whether the user stopped the last one.
    """

    by_method: Mapping[str, Sequence[FitResult]]
    interrupted: bool


def fit_from_starts(
    section: FitSection,
    setup: Setup,
    data: DataVector,
    starts: Sequence[Mapping[str, float]],
    *,
    folder: Path,
    fresh: bool,
    stages: Stages,
) -> Ends:
    """Fit by every method from every start, until the user stops.

    Args:
        section: Methods and numbers of steps.
        setup: Predictions and parameters.
        data: What to fit.
        starts: Every parameter by name, for each start.
        folder: Gets the histories; fits that it holds are taken on.
        fresh: Forget them.
        stages: Where to print.

    Raises:
        Interrupted: For a Ctrl-C before the first step.
    """
    run = _Run(section, setup, data, folder, fresh, stages)
    ends: dict[str, list[FitResult]] = {}
    label = f"Fitting {data.observables.size} numbers with {len(setup.space.free)} parameters"
    try:
        for method in section.methods:
            with stages(f"fit {method}", f"{label}: {method}"):
                for number, start in enumerate(starts):
                    title = f"{method}, start {number + 1} of {len(starts)}"
                    result = run.fit(method, number, start, method if number == 0 else title)
                    ends.setdefault(method, []).append(result)
                    if result.status == "interrupted":
                        return Ends(ends, True)
            _tell(ends[method], stages)
    except KeyboardInterrupt:
        if not ends:
            raise
        return Ends(ends, True)
    return Ends(ends, False)


class _Run(NamedTuple):
    """What all fits share."""

    section: FitSection
    setup: Setup
    data: DataVector
    folder: Path
    fresh: bool
    stages: Stages

    def fit(self, method: str, number: int, start: Mapping[str, float], title: str) -> FitResult:
        """One fit, with its live line and its history."""
        name = history_name(method, number, len(self.section.methods))
        history = HistoryFile(
            self.folder / name,
            fresh=self.fresh,
            on_message=self.stages.note,
            on_new=lambda replaced: self._make_room(replaced or name == self._first_name),
        )
        max_steps = self.section.max_steps[method]
        with FitProgress(self.stages.console, title, max_steps) as progress:
            return fit(
                self.setup.predictor,
                self.data,
                start=start,
                space=self.setup.space,
                method=method,
                max_steps=max_steps,
                curvature=False,
                history=history,
                keep_on_interrupt=True,
                on_step=progress,
            )

    @property
    def _first_name(self) -> str:
        """The history that tells whether the run goes on from what the folder holds."""
        return history_name(self.section.methods[0], 0, len(self.section.methods))

    def _make_room(self, is_other: bool) -> None:
        if is_other:
            set_results_aside(self.folder, self.stages)


def _tell(results: Sequence[FitResult], stages: Stages) -> None:
    best = best_of(results)
    stages.note(f"χ² = {best.chi2:.1f} for {best.degrees_of_freedom} degrees of freedom")
    stages.note(best.reason)
    for sentence in minima_sentences(results):
        stages.note(sentence)


def history_name(method: str, start: int, n_method: int) -> str:
    """The file of a fit, relative to the folder of the run."""
    if start > 0:
        return f"starts/{method}_{start + 1}.jsonl"
    return "history.jsonl" if n_method == 1 else f"history_{method}.jsonl"
