"""`halograd sample`: a posterior sampled, with everything that came of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from halograd.config import Config
from halograd.inference import (
    Chains,
    DataVector,
    FitResult,
    Posterior,
    Sampling,
    best_of,
    predictive,
    save_chains,
)
from halograd.report import write_posterior_report
from halograd.report.alerts import suppress_domain_warnings
from halograd.runs.fit_from_starts import fit_from_starts, inside_bounds, starting_points
from halograd.runs.measurements import check_measurements, measurements
from halograd.runs.output import set_results_aside
from halograd.runs.progress import SamplingProgress
from halograd.runs.run import RunContext, prepare_run
from halograd.runs.stages import Interrupted, Stages
from halograd.runs.summary import layout_summary, posterior_summary

CHECKPOINT, CHAINS = "sampling.h5", "chains.nc"


@dataclass(frozen=True)
class SampleRun:
    """The end of a sampling run.

    Attributes:
        chains: The draws.
        best: The fit that the chains began from.
        truth: Every parameter behind synthetic data, or None.
        report: The HTML report.
        interrupted: Whether the user stopped the run.
    """

    chains: Chains
    best: FitResult
    truth: Mapping[str, float] | None
    report: Path
    interrupted: bool


@suppress_domain_warnings
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
    check_measurements(config)
    config.model.space().check_proper()
    run = prepare_run(config, out, stages)
    data, truth = measurements(run)
    best = _fit(run, data, truth, fresh=fresh)
    posterior = Posterior(run.predictor, data, run.space)
    sampling, interrupted = _sample(run, posterior, best, fresh=fresh)
    chains = sampling.chains
    with run.stages("predictive", "Predicting the statistics at draws of the posterior"):
        predicted = predictive(posterior, chains, seed=config.sample.seed)
        save_chains(run.folder / CHAINS, chains, predicted, data)
        data.save(run.folder / "data.hdf5")
    report = run.finish(
        "sample",
        {
            "status": "interrupted" if interrupted else "complete",
            "posterior": posterior_summary(chains, truth),
            "best_fit": {"theta": best.theta, "chi2": best.chi2, "converged": best.converged},
            "data": layout_summary(data.observables),
            "files": {"chains": CHAINS, "data": "data.hdf5", "checkpoint": CHECKPOINT},
        },
        write_posterior_report,
        at=best.theta,
        seeds={"sample": config.sample.seed},
        halos=run.halos,
        space=run.space,
        chains=chains,
        best=best,
        predictive=predicted,
        data=data,
        truth=truth,
        caveats=run.predictor.model.caveats(best.theta),
        relations=config.report.relations,
    )
    return SampleRun(chains, best, truth, report, interrupted)


def _fit(
    run: RunContext, data: DataVector, truth: Mapping[str, float] | None, *, fresh: bool
) -> FitResult:
    """The best fit, where the chains begin."""
    ends = fit_from_starts(run, data, starting_points(run, data, truth), fresh=fresh)
    if ends.interrupted:
        raise Interrupted("fitting")
    return best_of([best_of(found) for found in ends.by_method.values()])


def _sample(
    run: RunContext, posterior: Posterior, best: FitResult, *, fresh: bool
) -> tuple[Sampling, bool]:
    """The sampling where it ended, and whether the user stopped it."""
    settings, free = run.config.sample, posterior.space.free
    with run.stages("sample", f"Sampling {len(free)} parameters in {settings.n_chain} chains"):
        begin = {p.name: inside_bounds(p, float(best.theta[p.name])) for p in free}
        sampling = Sampling(
            posterior,
            settings,
            start=np.asarray(posterior.space.to_unbounded(begin)),
            checkpoint=run.folder / CHECKPOINT,
            fresh=fresh,
        )
        if sampling.resumed:
            run.stages.note(
                f"going on from {sampling.resumed:,} steps of each chain in {run.folder}"
            )
        elif (run.folder / CHAINS).exists():
            set_results_aside(run.folder, run.stages)
        with SamplingProgress(run.stages.console) as progress:
            try:
                sampling.run(progress)
            except KeyboardInterrupt:
                if sampling.n_draw < 2:
                    raise
                return sampling, True
    return sampling, False
