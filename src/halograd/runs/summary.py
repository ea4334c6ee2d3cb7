"""The summary of a run: numbers, versions, timings, seeds, configuration."""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from halograd import __version__, catalogs
from halograd.catalogs import HaloCatalog
from halograd.config import Config
from halograd.inference import Chains, FitResult, Observables, distinct_minima
from halograd.models.parameters import Theta
from halograd.report.alerts import p_value
from halograd.runs.output import plain
from halograd.runs.stages import Stages
from halograd.samples import Cross, Sample

_PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "equinox", "optax")
_QUANTILES = {"2.5%": 0.025, "16%": 0.16, "median": 0.5, "84%": 0.84, "97.5%": 0.975}
_SHOWN_IN_REPORTS = (
    *("config", "data", "parameters", "prediction", "fits", "starts", "posterior"),
    *("forecasts", "information_loss", "smallest_scale", "fiducial"),
)


def run_summary(command: str, config: Config, halos: HaloCatalog, stages: Stages) -> dict[str, Any]:
    """What the summary of every run holds."""
    return {
        "command": command,
        "status": "complete",
        "halograd": __version__,
        "versions": versions(),
        "seeds": config.seeds,
        "timings_s": stages.all_timings,
        "catalog": catalogs.summarize(halos),
        **stages.facts,
        "config": config.content,
        "config_text": config.text,
    }


def versions() -> dict[str, str]:
    """Versions of Python, of the system and of the packages that compute."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    return found | {name: version(name) for name in _PACKAGES}


def fit_summary(
    result: FitResult, start: Mapping[str, float], truth: Mapping[str, float] | None
) -> dict[str, Any]:
    """One fit in numbers."""
    return {
        "method": result.method,
        "converged": result.converged,
        "status": result.status,
        "reason": result.reason,
        "n_step": len(result.steps),
        "seconds": result.steps[-1].seconds,
        "chi2": result.chi2,
        "prior_chi2": result.prior_chi2,
        "n_data": result.n_data,
        "degrees_of_freedom": result.degrees_of_freedom,
        "p_value": p_value(result),
        "parameters": {name: _parameter(name, result, start, truth) for name in result.theta},
        "free": list(result.free),
        "at_bounds": dict(result.at_bounds),
        "covariance": result.covariance.tolist(),
        "hessian": result.curvature and result.curvature.hessian.tolist(),
        "trouble": result.curvature and result.curvature.sentences,
    }


def starts_summary(results: Sequence[FitResult]) -> dict[str, Any]:
    """Where the fits of one method ended, and the minima they found."""
    return {
        "minima": [
            {"chi2": m.result.chi2, "theta": m.result.theta, "starts": [i + 1 for i in m.members]}
            for m in distinct_minima(results)
        ],
        "ends": [
            {
                "start": result.steps[0].theta,
                "end": result.theta,
                "minimised": result.minimised,
                "status": result.status,
                "n_step": len(result.steps),
            }
            for result in results
        ],
    }


def posterior_summary(chains: Chains, truth: Theta | None) -> dict[str, Any]:
    """Every varying parameter with its convergence, and how the sampling went."""
    found = chains.convergence
    parameters = {}
    for name, draws in chains.flat.items():
        draws = draws.astype(np.float64)
        quantiles = np.quantile(draws, list(_QUANTILES.values())) if draws.size else []
        entry = {"mean": draws.mean() if draws.size else None, "sd": draws.std() or None}
        entry |= dict(zip(_QUANTILES, quantiles, strict=False))
        if found is not None and name in chains.names:
            i = chains.names.index(name)
            entry |= {"r_hat": found.r_hat[i]}
            entry |= {"ess_bulk": found.ess_bulk[i], "ess_tail": found.ess_tail[i]}
        if truth is not None:
            entry |= {"truth": float(truth[name])}
        parameters[name] = entry
    return {
        "parameters": parameters,
        "converged": chains.converged,
        "n_chain": len(chains.u),
        "n_draw": chains.n_draw,
        "n_divergent": chains.n_divergent,
        "worst_r_hat": found and found.worst_r_hat,
        "least_ess": found and found.least_ess,
        "bfmi": chains.bfmi if chains.n_draw > 1 else None,
        "mean_acceptance": chains.acceptance.mean() if chains.n_draw else None,
        "evaluations": {
            "warmup": chains.warmup_evaluations,
            "draws": int(chains.evaluations.sum()),
            "per_effective_draw": found and chains.total_evaluations / max(found.least_ess, 1.0),
        },
    }


def report_summary(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The summary for the end of a report, without what the report shows in better ways."""
    page = {key: value for key, value in summary.items() if key not in _SHOWN_IN_REPORTS}
    if "fits" in summary:
        columns = ("method", "chi2", "p_value", "converged", "n_step", "seconds")
        fits = summary["fits"]
        page["methods"] = [{name: fit[name] for name in columns} for fit in fits.values()]
        page["errors"] = _errors(fits[summary["best_method"]])
    if "posterior" in summary:
        found = summary["posterior"]
        page["sampling"] = {key: found[key] for key in found if key != "parameters"}
    return plain(page)


def layout_summary(layout: Observables) -> dict[str, Any]:
    """Samples, bins and size of a data vector."""
    return {
        **{s.name: [_plain_sample(sample) for sample in s.samples] for s in layout.statistics},
        **layout.declared,
        "n_data": layout.size,
    }


def _plain_sample(sample: Sample | Cross) -> list[float] | dict[str, Any]:
    """[low, high] of a range of log10 M*; what else there is in words."""
    is_range = isinstance(sample, Sample) and sample.kind == "all"
    return list(sample[:2]) if is_range else sample.plain()


def pull(name: str, result: FitResult, truth: Mapping[str, float]) -> float | None:
    """Distance of a fitted parameter from the truth in errors; None for a fixed one."""
    if name not in result.free:
        return None
    return (result.theta[name] - truth[name]) / result.errors[name]


def _errors(fit: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Errors of each free parameter from the Fisher matrix and from second derivatives."""
    found = fit["parameters"]
    return [
        {
            "parameter": name,
            "by_the_Fisher_matrix": found[name]["error"],
            "by_second_derivatives": found[name].get("hessian_error"),
        }
        for name in fit["free"]
    ]


def _parameter(
    name: str,
    result: FitResult,
    start: Mapping[str, float],
    truth: Mapping[str, float] | None,
) -> dict[str, Any]:
    numbers = {"value": result.theta[name], "error": result.errors.get(name)}
    if result.curvature is not None:
        numbers |= {"hessian_error": result.curvature.errors.get(name)}
    numbers |= {"free": name in result.free, "start": float(start[name])}
    if truth is not None:
        numbers |= {"truth": float(truth[name]), "pull": pull(name, result, truth)}
    return numbers
