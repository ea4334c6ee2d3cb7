"""`halograd fit`: a model fitted to data, with everything that came of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from halograd.config import Config
from halograd.inference import DataVector, FitResult, best_of, with_curvature
from halograd.report import write_fit_report
from halograd.report.alerts import suppress_domain_warnings
from halograd.runs.fit_from_starts import FitsByMethod, fit_from_starts, starting_points
from halograd.runs.measurements import check_measurements, measurements
from halograd.runs.output import write_json, write_prediction
from halograd.runs.run import RunContext, prepare_run
from halograd.runs.stages import Stages
from halograd.runs.summary import fit_summary, layout_summary, starts_summary


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


@suppress_domain_warnings
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
    check_measurements(config)
    run = prepare_run(config, out, stages)
    data, truth = measurements(run)
    starts = starting_points(run, data, truth)
    ends = fit_from_starts(run, data, starts, fresh=fresh)
    results, best = _best(ends, run, data)
    with run.stages("results", "Saving the results"):
        _save_results(run, data, best)
    fits = ends.by_method
    report = run.finish(
        "fit",
        {
            "status": "interrupted" if ends.interrupted else "complete",
            "best_method": best.method,
            "fits": {result.method: fit_summary(result, starts[0], truth) for result in results},
            "starts": {method: starts_summary(found) for method, found in fits.items()},
            "data": layout_summary(data.observables),
            "empty_samples": [list(s) for s in run.predictor.empty_samples(best.theta)],
        },
        write_fit_report,
        at=best.theta,
        halos=run.halos,
        data=data,
        result=best,
        results=results,
        ends=fits[best.method],
        truth=truth,
        start=starts[0],
        relations=config.report.relations,
        space=run.space,
    )
    return FitRun(results, best, fits, starts[0], truth, report, ends.interrupted)


def _best(
    ends: FitsByMethod, run: RunContext, data: DataVector
) -> tuple[tuple[FitResult, ...], FitResult]:
    """The best of each method, and the best of all with its second derivatives."""
    results = tuple(best_of(found) for found in ends.by_method.values())
    best = best_of(results)
    if ends.interrupted:
        return results, best
    with run.stages("curvature", "Taking second derivatives at the best fit"):
        curved = with_curvature(best, run.predictor, data, run.space)
        for sentence in curved.curvature.sentences if curved.curvature else ():
            run.stages.note(sentence)
    return tuple(curved if result is best else result for result in results), curved


def _save_results(run: RunContext, data: DataVector, best: FitResult) -> None:
    data.save(run.folder / "data.hdf5")
    vector, jacobian = run.predictor.value_and_jacobian(best.theta)
    layout = run.predictor.observables
    write_prediction(run.folder / "best_fit.hdf5", layout, best.theta, vector, jacobian)
    write_json(
        run.folder / "result.json",
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
