"""`halograd fit`: a model fitted to data, with everything that came of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from halograd.config import Config
from halograd.inference import DataVector, FitResult, best_of, spread_starts, with_curvature
from halograd.report import write_fit_report
from halograd.report.told_in_alerts import told_in_alerts
from halograd.runs.fit_from_starts import Ends, fit_from_starts
from halograd.runs.measurements import check_measurements, measurements
from halograd.runs.output import output_folder, write_json, write_prediction
from halograd.runs.setup import Setup, set_up
from halograd.runs.stages import Stages
from halograd.runs.starting_point import starting_point
from halograd.runs.summary import (
    fit_summary,
    for_page,
    layout_summary,
    run_summary,
    starts_summary,
)


@dataclass(frozen=True)
class FitRun:
    """The end of a fit run.

    Attributes:
        results: The best of each method that took a step, in order.
        best: The converged one of lowest χ², or the lowest where none converged.
        ends: By method, where the fit from each start ended.
        start: Every parameter at the first start.
        truth: Every parameter behind synthetic data, or None.
        report: The HTML report.
        interrupted: Whether the user stopped the run.
    """

    results: tuple[FitResult, ...]
    best: FitResult
    ends: Mapping[str, Sequence[FitResult]]
    start: Mapping[str, float]
    truth: Mapping[str, float] | None
    report: Path
    interrupted: bool


@told_in_alerts
def run_fit(
    config: Config,
    out: str | os.PathLike[str],
    *,
    fresh: bool = False,
    stages: Stages | None = None,
) -> FitRun:
    """Fit and write results, summary, figures and report into the folder `out`.

    The history is written as steps come; a run that was killed goes on from it when it is given
    again, and ends in the same numbers. A Ctrl-C after the first step ends the fit there, and what
    was found so far is written as usual, marked as interrupted.

    Args:
        config: What to fit.
        out: Folder, made where there is none.
        fresh: Forget the steps that the folder holds.
        stages: Where to print.

    Raises:
        HalogradError: For halos, data and parameters that do not fit together.
    """
    stages = stages or Stages()
    check_measurements(config)
    folder = output_folder(out)
    setup = set_up(config, stages, folder)
    data, truth = measurements(config, setup, stages)
    with stages("start", "Choosing the start"):
        start = starting_point(config.fit, setup.predictor, data, setup.space, truth)
        starts = [start, *spread_starts(setup.space, config.fit.starts - 1, config.fit.seed)]
    ends = fit_from_starts(
        config.fit, setup, data, starts, folder=folder, fresh=fresh, stages=stages
    )
    results, best = _best(ends, setup, data, stages)
    with stages("results", "Saving the results"):
        _save_results(folder, setup, data, best)
    summary = run_summary("fit", config, setup.halos, stages) | {
        "status": "interrupted" if ends.interrupted else "complete",
        "best_method": best.method,
        "fits": {result.method: fit_summary(result, start, truth) for result in results},
        "starts": {method: starts_summary(found) for method, found in ends.by_method.items()},
        "data": layout_summary(data.observables),
        "empty_samples": [list(s) for s in setup.predictor.empty_samples(best.theta)],
    }
    write_json(folder / "summary.json", summary)
    with stages("report", "Drawing figures and writing the report"):
        report = write_fit_report(
            folder,
            title=config.report.title or f"Fit of {config.path.stem}",
            halos=setup.halos,
            predictor=setup.predictor,
            data=data,
            result=best,
            results=results,
            ends=ends.by_method[best.method],
            truth=truth,
            start=start,
            notes=config.report.notes,
            relations=config.report.relations,
            space=setup.space,
            summary=for_page(summary),
        )
    summary["timings_s"] = {**stages.timings, "total": stages.elapsed}
    write_json(folder / "summary.json", summary)
    return FitRun(results, best, ends.by_method, start, truth, report, interrupted=ends.interrupted)


def _best(
    ends: Ends, setup: Setup, data: DataVector, stages: Stages
) -> tuple[tuple[FitResult, ...], FitResult]:
    """The best of each method, and of all: that one with its second derivatives."""
    results = tuple(best_of(found) for found in ends.by_method.values())
    best = best_of(results)
    if ends.interrupted:
        return results, best
    with stages("curvature", "Taking second derivatives at the best fit"):
        curved = with_curvature(best, setup.predictor, data, setup.space)
        for sentence in curved.curvature.sentences if curved.curvature else ():
            stages.note(sentence)
    return tuple(curved if result is best else result for result in results), curved


def _save_results(folder: Path, setup: Setup, data: DataVector, best: FitResult) -> None:
    data.save(folder / "data.hdf5")
    vector, jacobian = setup.predictor.value_and_jacobian(best.theta)
    layout = setup.predictor.observables
    write_prediction(folder / "best_fit.hdf5", layout, best.theta, vector, jacobian)
    write_json(
        folder / "result.json",
        {
            "method": best.method,
            "status": best.status,
            "theta": best.theta,
            "errors": best.errors,
            "free": best.free,
            "covariance": best.covariance,
            "hessian": best.curvature and best.curvature.hessian,
            "hessian_errors": best.curvature and best.curvature.errors,
            "at_bounds": best.at_bounds,
            "chi2": best.chi2,
            "prior_chi2": best.prior_chi2,
            "degrees_of_freedom": best.degrees_of_freedom,
            "converged": best.converged,
            "reason": best.reason,
        },
    )
