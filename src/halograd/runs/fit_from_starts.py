"""Fits by every method from every start, each with its history."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from halograd.inference import (
    DataVector,
    FitResult,
    HistoryFile,
    best_of,
    fisher_matrix,
    fit,
    latin_hypercube_starts,
    minima_sentences,
    parameter_covariance,
)
from halograd.models import Parameter
from halograd.runs.output import set_results_aside
from halograd.runs.progress import FitProgress
from halograd.runs.run import RunContext
from halograd.runs.stages import Stages

_MARGIN = 0.02  # of the width between the bounds, kept free at either end


class FitsByMethod(NamedTuple):
    """Where fits ended.

    Attributes:
        by_method: A result for each start that was begun, in their order.
        interrupted: Whether the user stopped the last one.
    """

    by_method: Mapping[str, Sequence[FitResult]]
    interrupted: bool


def starting_points(
    run: RunContext, data: DataVector, truth: Mapping[str, float] | None
) -> list[dict[str, float]]:
    """Every parameter at each start: the first as `[fit]` says, the others drawn from the prior."""
    section = run.config.fit
    with run.stages("start", "Choosing the start"):
        first = _first_start(run, data, truth)
        return [first, *latin_hypercube_starts(run.space, section.starts - 1, section.seed)]


def inside_bounds(parameter: Parameter, value: float) -> float:
    """The value, or a little inside the bound it lies at or beyond.

    A bound lies infinitely far away in unbounded coordinates.
    """
    width = parameter.high - parameter.low
    margin = _MARGIN * width if np.isfinite(width) else 1e-3
    return float(np.clip(value, parameter.low + margin, parameter.high - margin))


def fit_from_starts(
    run: RunContext,
    data: DataVector,
    starts: Sequence[Mapping[str, float]],
    *,
    fresh: bool,
) -> FitsByMethod:
    """Fit by every method from every start, until the user stops.

    Args:
        run: Predictions, parameters, and a folder that gets the histories; fits that it holds are
            taken on.
        data: What to fit.
        starts: Every parameter by name, for each start.
        fresh: Forget the fits that the folder holds.

    Raises:
        Interrupted: For a Ctrl-C before the first step.
    """
    ends: dict[str, list[FitResult]] = {}
    label = f"Fitting {data.observables.size} numbers with {len(run.space.free)} parameters"
    try:
        for method in run.config.fit.methods:
            with run.stages(f"fit {method}", f"{label}: {method}"):
                for number, start in enumerate(starts):
                    title = f"{method}, start {number + 1} of {len(starts)}"
                    title = method if number == 0 else title
                    result = _fit(run, data, method, number, start, title=title, fresh=fresh)
                    ends.setdefault(method, []).append(result)
                    if result.status == "interrupted":
                        return FitsByMethod(ends, True)
            _note_best(ends[method], run.stages)
    except KeyboardInterrupt:
        if not ends:
            raise
        return FitsByMethod(ends, True)
    return FitsByMethod(ends, False)


def history_name(method: str, start: int, n_method: int) -> str:
    """The file of a fit, relative to the folder of the run."""
    if start > 0:
        return f"starts/{method}_{start + 1}.jsonl"
    return "history.jsonl" if n_method == 1 else f"history_{method}.jsonl"


def _first_start(
    run: RunContext, data: DataVector, truth: Mapping[str, float] | None
) -> dict[str, float]:
    """Every parameter: as configured, or `start_sigma` errors from the truth."""
    section, space = run.config.fit, run.space
    if section.start_sigma is None:
        return {name: float(value) for name, value in space.complete(section.start).items()}
    fisher = fisher_matrix(run.predictor, data, truth, space)
    errors = np.sqrt(np.diag(parameter_covariance(fisher)))
    moved = {
        p.name: inside_bounds(p, truth[p.name] + (-1) ** i * section.start_sigma * error)
        for i, (p, error) in enumerate(zip(space.free, errors, strict=True))
    }
    return {**truth, **moved}


def _fit(
    run: RunContext,
    data: DataVector,
    method: str,
    number: int,
    start: Mapping[str, float],
    *,
    title: str,
    fresh: bool,
) -> FitResult:
    """One fit, with its live line and its history."""
    section = run.config.fit
    name = history_name(method, number, len(section.methods))
    # The first history tells whether the run goes on from what the folder holds.
    is_first = name == history_name(section.methods[0], 0, len(section.methods))

    def make_room(is_replaced: bool) -> None:
        if is_replaced or is_first:
            set_results_aside(run.folder, run.stages)

    history = HistoryFile(
        run.folder / name, fresh=fresh, on_message=run.stages.note, on_new=make_room
    )
    max_steps = section.max_steps[method]
    with FitProgress(run.stages.console, title, max_steps) as progress:
        return fit(
            run.predictor,
            data,
            start=start,
            space=run.space,
            method=method,
            max_steps=max_steps,
            curvature=False,
            history=history,
            keep_on_interrupt=True,
            on_step=progress,
        )


def _note_best(results: Sequence[FitResult], stages: Stages) -> None:
    best = best_of(results)
    stages.note(f"χ² = {best.chi2:.1f} for {best.degrees_of_freedom} degrees of freedom")
    stages.note(best.reason)
    for sentence in minima_sentences(results):
        stages.note(sentence)
