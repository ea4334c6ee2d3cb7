"""The summary of a run: numbers, versions, timings, seeds, configuration."""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from scipy import stats as distributions

from halograd import __version__, catalogs
from halograd.catalogs import HaloCatalog
from halograd.config import Config
from halograd.inference import FitResult, Observables, distinct_minima
from halograd.runs.output import plain
from halograd.runs.stages import Stages
from halograd.statistic_names import NAMES

_PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "equinox", "optax")


def run_summary(command: str, config: Config, halos: HaloCatalog, stages: Stages) -> dict[str, Any]:
    """What every run tells about itself."""
    return {
        "command": command,
        "status": "complete",
        "halograd": __version__,
        "versions": versions(),
        "seeds": config.seeds,
        "timings_s": {**stages.timings, "total": stages.elapsed},
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


def p_value(result: FitResult) -> float | None:
    """Probability of a larger χ², if the model is right; None without degrees of freedom."""
    if result.degrees_of_freedom <= 0:
        return None
    return float(distributions.chi2.sf(result.chi2, result.degrees_of_freedom))


def for_page(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The summary without what the report shows in better ways: results, data, parsed TOML."""
    shown = ("config", "fits", "starts", "data", "parameters", "prediction")
    page = {key: value for key, value in summary.items() if key not in shown}
    columns = ("method", "chi2", "p_value", "converged", "n_step", "seconds")
    if "fits" in summary:
        fits = summary["fits"].values()
        page["methods"] = [{name: fit[name] for name in columns} for fit in fits]
        page["errors"] = _errors(summary["fits"][summary["best_method"]])
    return plain(page)


def layout_summary(layout: Observables) -> dict[str, Any]:
    """Samples and bins of a data vector."""
    return {
        **{name: [list(s) for s in getattr(layout, name)] for name in NAMES},
        **layout.declared,
        "n_data": layout.size,
    }


def pull(name: str, result: FitResult, truth: Mapping[str, float]) -> float | None:
    """Distance of a fitted parameter from the truth in errors; None for a fixed one."""
    if name not in result.free:
        return None
    return (result.theta[name] - truth[name]) / result.errors[name]


def _errors(fit: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Both kinds of error of each free parameter, side by side."""
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
