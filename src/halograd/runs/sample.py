"""`halograd sample`: a posterior sampled, with everything that came of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from halograd.config import Config
from halograd.inference import (
    Chains,
    DataVector,
    FitResult,
    Posterior,
    Predictive,
    Sampling,
    best_of,
    predictive,
    save_chains,
    spread_starts,
)
from halograd.report import write_posterior_report
from halograd.report.told_in_alerts import told_in_alerts
from halograd.runs.fit_from_starts import fit_from_starts
from halograd.runs.interrupted import Interrupted
from halograd.runs.measurements import check_measurements, measurements
from halograd.runs.old_results import set_results_aside
from halograd.runs.output import output_folder, write_json
from halograd.runs.posterior_summary import posterior_summary, sampling_summary
from halograd.runs.progress import SamplingProgress
from halograd.runs.setup import Setup, set_up
from halograd.runs.stages import Stages
from halograd.runs.starting_point import inside, starting_point
from halograd.runs.summary import for_page, layout_summary, run_summary

CHECKPOINT, CHAINS = "sampling.h5", "chains.nc"


@dataclass(frozen=True)
class SampleRun:
    """The end of a sampling run.

    Attributes:
        chains: The draws.
        best: The fit they began from.
        truth: Every parameter behind synthetic data, or None.
        report: The HTML report.
        interrupted: Whether the user stopped the run.
    """

    chains: Chains
    best: FitResult
    truth: Mapping[str, float] | None
    report: Path
    interrupted: bool


@told_in_alerts
def run_sample(
    config: Config,
    out: str | os.PathLike[str],
    *,
    fresh: bool = False,
    stages: Stages | None = None,
) -> SampleRun:
    """Fit, sample, and write chains, summary, figures and report into the folder `out`.

    The draws so far are saved about once a second; the same call goes on from them, and ends in
    the same draws as one that was never stopped. A Ctrl-C after the first draws ends the sampling
    there, and what was found so far is written as usual, marked as interrupted.

    Args:
        config: What to sample.
        out: Folder, made where there is none.
        fresh: Forget the fit and the draws that the folder holds.
        stages: Where to print.

    Raises:
        HalogradError: For halos, data, priors and parameters that do not fit together, and draws
            of another configuration in the folder.
        Interrupted: For a Ctrl-C before the first draws.
    """
    stages = stages or Stages()
    check_measurements(config)
    config.model.space().check_proper()
    folder = output_folder(out)
    setup = set_up(config, stages, folder)
    data, truth = measurements(config, setup, stages)
    best = _fit(config, setup, data, truth, folder=folder, fresh=fresh, stages=stages)
    posterior = Posterior(setup.predictor, data, setup.space)
    sampling, interrupted = _sample(config, posterior, best, folder, fresh=fresh, stages=stages)
    chains = sampling.chains
    with stages("predictive", "Predicting the statistics at draws of the posterior"):
        predicted = predictive(posterior, chains, seed=config.sample.seed)
        save_chains(folder / CHAINS, chains, predicted, data)
        data.save(folder / "data.hdf5")
    summary = _summary(config, setup, stages, chains=chains, best=best, data=data, truth=truth)
    summary["status"] = "interrupted" if interrupted else "complete"
    write_json(folder / "summary.json", summary)
    report = _report(folder, config, setup, stages, chains, best, predicted, data, truth, summary)
    summary["timings_s"] = {**stages.timings, "total": stages.elapsed}
    write_json(folder / "summary.json", summary)
    return SampleRun(chains, best, truth, report, interrupted)


def _fit(
    config: Config,
    setup: Setup,
    data: DataVector,
    truth: Mapping[str, float] | None,
    *,
    folder: Path,
    fresh: bool,
    stages: Stages,
) -> FitResult:
    """The best fit, where the chains begin."""
    section = config.fit
    with stages("start", "Choosing the start"):
        start = starting_point(section, setup.predictor, data, setup.space, truth)
        starts = [start, *spread_starts(setup.space, section.starts - 1, section.seed)]
    options = {"folder": folder, "fresh": fresh, "stages": stages}
    ends = fit_from_starts(section, setup, data, starts, **options)
    if ends.interrupted:
        raise Interrupted("fitting")
    return best_of([best_of(found) for found in ends.by_method.values()])


def _sample(
    config: Config,
    posterior: Posterior,
    best: FitResult,
    folder: Path,
    *,
    fresh: bool,
    stages: Stages,
) -> tuple[Sampling, bool]:
    """The sampling where it ended, and whether the user stopped it."""
    n_free = len(posterior.space.free)
    with stages("sample", f"Sampling {n_free} parameters in {config.sample.chains} chains"):
        begin = {p.name: inside(p, float(best.theta[p.name])) for p in posterior.space.free}
        start = posterior.space.to_unbounded(begin)
        sampling = Sampling(
            posterior,
            config.sample.settings,
            start=np.asarray(start),
            checkpoint=folder / CHECKPOINT,
            fresh=fresh,
        )
        if sampling.resumed:
            stages.note(f"going on from {sampling.resumed:,} steps of each chain in {folder}")
        elif (folder / CHAINS).exists():
            set_results_aside(folder, stages)
        with SamplingProgress(stages.console) as progress:
            try:
                sampling.run(progress)
            except KeyboardInterrupt:
                if sampling.n_draw < 2:
                    raise
                return sampling, True
    return sampling, False


def _summary(
    config: Config,
    setup: Setup,
    stages: Stages,
    *,
    chains: Chains,
    best: FitResult,
    data: DataVector,
    truth: Mapping[str, float] | None,
) -> dict[str, Any]:
    found = run_summary("sample", config, setup.halos, stages)
    found["seeds"] = {**found["seeds"], "sample": config.sample.seed}
    return found | {
        "posterior": posterior_summary(chains, truth),
        "best_fit": {"theta": best.theta, "chi2": best.chi2, "converged": best.converged},
        "data": layout_summary(data.observables),
        "files": {"chains": CHAINS, "data": "data.hdf5", "checkpoint": CHECKPOINT},
    }


def _report(
    folder: Path,
    config: Config,
    setup: Setup,
    stages: Stages,
    chains: Chains,
    best: FitResult,
    predicted: Predictive,
    data: DataVector,
    truth: Mapping[str, float] | None,
    summary: Mapping[str, Any],
) -> Path:
    page = {key: value for key, value in for_page(summary).items() if key != "posterior"}
    page["sampling"] = for_page(sampling_summary(chains))
    with stages("report", "Drawing figures and writing the report"):
        return write_posterior_report(
            folder,
            title=config.report.title or f"Posterior of {config.path.stem}",
            halos=setup.halos,
            predictor=setup.predictor,
            space=setup.space,
            chains=chains,
            best=best,
            predictive=predicted,
            data=data,
            truth=truth,
            caveats=setup.predictor.model.caveats(best.theta),
            notes=config.report.notes,
            relations=config.report.relations,
            summary=page,
        )
