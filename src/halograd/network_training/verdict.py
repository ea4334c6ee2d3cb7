"""What a validation found in numbers, and whether its targets are met."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import numpy as np

from halograd.network_training.derivatives import parameter_names
from halograd.network_training.families import draw
from halograd.network_training.recovery import COMPARED
from halograd.network_training.validate import FamilyResult, Validation

__all__ = ["LIMITS", "gradient_scores", "misfit_scores", "numbers"]


_PERCENTILES = {"median": 50, "p95": 95, "p99": 99, "max": 100}
LIMITS = {"domain": (0.002, 0.01), "paper": (0.001, 0.005)}  # dex: rms, worst
GRADIENT_LIMIT = 0.01
_N_WORST = 8
_NOT_PUBLISHED = ("log_mstar",)  # of the paper's network, whose knee is fixed


def misfit_scores(error: np.ndarray) -> dict[str, Any] | None:
    """Root mean square, and percentiles of the worst error of each draw, dex. (n, n_m)

    Returns:
        None where there is no draw.
    """
    if len(error) == 0:
        return None
    worst = np.abs(error).max(axis=1)
    return {
        "draws": len(error),
        "rms_dex": float(np.sqrt(np.mean(error**2))),
        "worst_dex": {name: float(np.percentile(worst, q)) for name, q in _PERCENTILES.items()},
    }


def gradient_scores(error: np.ndarray, names: Sequence[str]) -> dict[str, float] | None:
    """Root mean squares over draws and masses of each parameter by name. (n, n_m, p)"""
    if len(error) == 0:
        return None
    rms = np.sqrt(np.mean(error**2, axis=(0, 1)))
    return {name: float(value) for name, value in zip(names, rms, strict=True)}


def numbers(validation: Validation) -> dict[str, Any]:
    """Everything as nested numbers and text that JSON can hold."""
    families = {result.family.name: _family(result) for result in validation.families}
    targets = [target for name in LIMITS if name in families for target in _targets(families, name)]
    return {
        "passed": all(target["met"] for target in targets),
        "targets": targets,
        "published_network": "shamnet"
        if validation.has_published
        else "not installed: pip install --no-deps shamnet",
        "families": families,
    }


def _family(result: FamilyResult) -> dict[str, Any]:
    n, network = result.family.size, result.network
    claims, met = network.claimed, network.met
    found = np.isin(result.control_rows, result.exact_found)
    return {
        "title": result.family.title,
        "draws": n,
        "with_solution": int(result.solvable.sum()),
        "with_solution_by_corrections_only": result.unasked,
        "share_with_solution": float(result.solvable.mean()),
        "share_out_of_domain": float(1 - network.in_domain.mean()),
        "network_not_increasing": int((~network.increasing).sum()),
        "network_misses": int((result.solvable & ~met).sum()),
        "network_claims_but_misses": int((claims & ~met).sum()),
        "network_meets_but_denies": int((met & ~claims).sum()),
        "exact_asked": len(result.exact_rows),
        "exact_found": len(result.exact_found),
        "exact_control": {"asked": len(found), "found": int(found.sum())},
        "misfit": _misfit(result),
        "gradients": _gradients(result),
        "mean_gradients_against_exact": _mean_gradients(result),
        "worst": _worst(result),
    }


def _misfit(result: FamilyResult) -> dict[str, Any]:
    network, both = result.network.error, result.exact_found
    inside = result.solvable & result.network.in_domain
    found = {
        "network": misfit_scores(network[result.solvable]),
        "network, in domain": misfit_scores(network[inside]),
        "network, where exact found": misfit_scores(network[both]),
        "exact, where exact found": misfit_scores(result.exact_at(both)),
    }
    if result.published is not None:
        found["published"] = misfit_scores(result.published.error[result.solvable])
        found["published, all draws"] = misfit_scores(result.published.error)
    return found


def _gradients(result: FamilyResult) -> dict[str, Any]:
    names = parameter_names(result.family.draws)
    found = {
        method: gradient_scores(derivatives.error, names)
        for method, derivatives in result.gradients.items()
    }
    for name in _NOT_PUBLISHED:
        (found.get("published") or {}).pop(name, None)
    return {"draws": len(result.gradient_rows), "rms": found}


def _mean_gradients(result: FamilyResult) -> dict[str, Any]:
    """Scores of all halos compared, and of those whose galaxies are among the masses compared."""
    if "exact" not in result.gradients:
        return {}
    names, exact = parameter_names(result.family.draws), result.gradients["exact"]
    difference = result.gradients["network"].mean[: len(exact.mean)] - exact.mean
    inside = (exact.log_mstar > COMPARED[0]) & (exact.log_mstar < COMPARED[-1])
    return {
        "all halos": gradient_scores(difference, names),
        "halos with 9 < μ < 12": gradient_scores(difference[inside][None], names)
        if inside.any()
        else None,
    }


def _worst(result: FamilyResult) -> list[dict[str, Any]]:
    error = np.where(result.solvable[:, None], np.abs(result.network.error), 0.0)
    rows = np.argsort(-error.max(axis=1))[:_N_WORST]
    return [_case(result, int(row), error[row]) for row in rows if result.solvable[row]]


def _case(result: FamilyResult, row: int, error: np.ndarray) -> dict[str, Any]:
    case = {
        "row": row,
        "worst_dex": float(error.max()),
        "at_log_mstar": float(COMPARED[error.argmax()]),
        "rms_dex": float(np.sqrt(np.mean(error**2))),
        "in_domain": bool(result.network.in_domain[row]),
    }
    return case | _parameters(draw(result.family.draws, row))


def _parameters(problem: eqx.Module) -> dict[str, float]:
    leaves, _ = jax.tree_util.tree_flatten_with_path(problem)
    return {jax.tree_util.keystr(path)[1:]: float(value) for path, value in leaves}


def _targets(families: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rms, worst = LIMITS[name]
    scores, gradients = families[name]["misfit"]["network"], families[name]["gradients"]["rms"]
    steepest = max((gradients["network"] or {"": np.inf}).values())
    values = (
        ("misfit, rms, dex", scores["rms_dex"] if scores else np.inf, rms),
        ("misfit, worst, dex", scores["worst_dex"]["max"] if scores else np.inf, worst),
        ("gradient, rms of the worst parameter", steepest, GRADIENT_LIMIT),
        ("relations that do not increase", families[name]["network_not_increasing"], 0),
    )
    return [
        {"family": name, "name": what, "value": value, "bound": bound, "met": bool(value <= bound)}
        for what, value, bound in values
    ]
