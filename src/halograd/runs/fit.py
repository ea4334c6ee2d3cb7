"""`halograd fit`: a model fitted to data, with everything that came of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from halograd.config import Config
from halograd.errors import ConfigError
from halograd.inference import DataVector, FitResult, FitStep, HistoryFile
from halograd.report import write_fit_report
from halograd.runs.fit_progress import FitProgress
from halograd.runs.interrupted import fit_until_stopped
from halograd.runs.output import output_folder, write_json, write_prediction
from halograd.runs.setup import Setup, set_up
from halograd.runs.stages import Stages
from halograd.runs.starting_point import starting_point
from halograd.runs.summary import fit_summary, for_page, layout_summary, run_summary


@dataclass(frozen=True)
class FitRun:
    """The end of a fit run.

    Attributes:
        results: One for each method that took a step, in order.
        best: The converged one of lowest χ², or the lowest where none converged.
        start: Every parameter at the start.
        truth: Every parameter behind synthetic data, or None.
        report: The HTML report.
        interrupted: Whether the user stopped the run.
    """

    results: tuple[FitResult, ...]
    best: FitResult
    start: Mapping[str, float]
    truth: Mapping[str, float] | None
    report: Path
    interrupted: bool


def run_fit(config: Config, out: str | os.PathLike[str], *, stages: Stages | None = None) -> FitRun:
    """Fit and write results, summary, figures and report into the folder `out`.

    The history is written as steps come. A Ctrl-C after the first step ends the fit there, and
    what was found so far is written as usual, marked as interrupted.

    Args:
        config: What to fit.
        out: Folder, made where there is none.
        stages: Where to print.

    Raises:
        HalogradError: For halos, data and parameters that do not fit together.
    """
    stages = stages or Stages()
    measured = config.data.measured()
    if measured is None and config.data.synthetic is None:
        raise ConfigError(
            f"{config.path}: [data] names no measurements to fit: add file to its tables, or "
            "[data.synthetic]; `halograd predict` needs none"
        )
    folder = output_folder(out)
    setup = set_up(config, stages)
    data, truth = _data(config, setup, measured, stages)
    with stages("start", "Choosing the start"):
        start = starting_point(config.fit, setup.predictor, data, setup.space, truth)
    results, interrupted = _fit_all(config, setup, data, start, folder=folder, stages=stages)
    best = min(results, key=lambda result: (not result.converged, result.chi2))
    with stages("results", "Saving the results"):
        _save_results(folder, setup, data, best)
    summary = run_summary("fit", config, setup.halos, stages) | {
        "status": "interrupted" if interrupted else "complete",
        "best_method": best.method,
        "fits": {result.method: fit_summary(result, start, truth) for result in results},
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
            truth=truth,
            start=start,
            notes=config.report.notes,
            space=setup.space,
            summary=for_page(summary),
        )
    summary["timings_s"] = {**stages.timings, "total": stages.elapsed}
    write_json(folder / "summary.json", summary)
    return FitRun(tuple(results), best, start, truth, report, interrupted)


def _data(
    config: Config, setup: Setup, measured: DataVector | None, stages: Stages
) -> tuple[DataVector, dict[str, float] | None]:
    """The data, and the truth behind them where they are synthetic."""
    if measured is not None:
        return measured, None
    truth = setup.space.complete(config.data.synthetic.truth)
    truth = {name: float(value) for name, value in truth.items()}
    with stages("data", "Drawing synthetic data"):
        return config.data.draw(setup.predictor, truth), truth


def _fit_all(
    config: Config,
    setup: Setup,
    data: DataVector,
    start: Mapping[str, float],
    *,
    folder: Path,
    stages: Stages,
) -> tuple[list[FitResult], bool]:
    """Every method from the same start, until one is interrupted."""
    methods, results = config.fit.methods, []
    for method in methods:
        max_steps = config.fit.max_steps[method]
        name = "history.jsonl" if len(methods) == 1 else f"history_{method}.jsonl"
        history = HistoryFile(folder / name)
        label = f"Fitting {data.observables.size} numbers with {len(setup.space.free)} parameters"
        with (
            stages(f"fit {method}", f"{label}: {method}"),
            FitProgress(stages.console, method, max_steps) as progress,
        ):

            def on_step(step: FitStep, history: Any = history, progress: Any = progress) -> None:
                history(step)
                progress(step)

            result, interrupted = fit_until_stopped(
                setup.predictor,
                data,
                start=start,
                space=setup.space,
                method=method,
                max_steps=max_steps,
                on_step=on_step,
            )
        stages.note(f"χ² = {result.chi2:.1f} for {result.degrees_of_freedom} degrees of freedom")
        stages.note(result.reason)
        results.append(result)
        if interrupted:
            return results, True
    return results, False


def _save_results(folder: Path, setup: Setup, data: DataVector, best: FitResult) -> None:
    data.save(folder / "data.hdf5")
    vector, jacobian = setup.predictor.value_and_jacobian(best.theta)
    layout = setup.predictor.observables
    write_prediction(folder / "best_fit.hdf5", layout, best.theta, vector, jacobian)
    write_json(
        folder / "result.json",
        {
            "method": best.method,
            "theta": best.theta,
            "errors": best.errors,
            "free": best.free,
            "covariance": best.covariance,
            "chi2": best.chi2,
            "degrees_of_freedom": best.degrees_of_freedom,
            "converged": best.converged,
            "reason": best.reason,
        },
    )
