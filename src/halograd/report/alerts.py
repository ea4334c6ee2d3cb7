"""What a reader must know before believing a report: alerts of fits, chains and samples."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from halograd import sham
from halograd.inference import Chains, FitResult, Sample, minima_sentences, parameters_at_bounds
from halograd.inference.diagnostics import MIN_DRAWS, R_HAT
from halograd.models import ParameterSpace

P = ParamSpec("P")
R = TypeVar("R")

_UNLIKELY = 1e-3
_APART = 1.25  # errors by second derivatives and by the Fisher matrix, one over the other
_LOW_BFMI = 0.3
_STUCK = 0.2  # mean acceptance below which a chain hardly moves
_FEW_ESS = 100.0  # effective draws for each chain's worth of trust in R-hat


def suppress_domain_warnings(run: Callable[P, R]) -> Callable[P, R]:
    """Silence `OutOfDomainWarning` within a function whose report has the caveats of the model.

    Every curve of a figure evaluates the relation, and each would warn again.
    """

    @wraps(run)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sham.OutOfDomainWarning)
            return run(*args, **kwargs)

    return wrapper


def fit_alerts(
    result: FitResult, space: ParameterSpace, ends: Sequence[FitResult] = ()
) -> list[str]:
    """What is wrong with a fit.

    One that did not converge, sits at a bound, at a saddle or in one of several minima, leaves
    directions open, has no Gaussian errors or does not fit.

    Args:
        result: The fit.
        space: Its bounds.
        ends: Every fit by the same method from another start, `result` or not.
    """
    alerts = minima_sentences(ends)
    if not result.converged:
        alerts.append(
            f"The fit did not converge: {result.reason}. Values and errors are those of the best "
            "step, not of a minimum."
        )
    at_bounds = {
        n: b for n, b in parameters_at_bounds(space, result.theta).items() if n in result.free
    }
    for name, bound in at_bounds.items():
        alerts.append(
            f"Parameter {name} sits at its bound {bound:g}: the bound chose its value, and "
            "its error is not to be trusted."
        )
    open_ended = [name for name, error in result.errors.items() if not np.isfinite(error)]
    if open_ended:
        alerts.append(
            f"The data do not constrain {', '.join(open_ended)}: the errors are infinite. Fix "
            "such parameters, or add data that depend on them."
        )
    return alerts + _curvature(result) + fit_quality(result)


def input_alerts(summary: Mapping[str, Any]) -> list[str]:
    """Why halos or data may not be what they seem, as the run found when it read them."""
    single = (summary.get(name) for name in ("abundance_doubt", "incomplete_samples"))
    found = [doubt for doubt in single if doubt is not None]
    found += list(summary.get("box_warnings", ()))
    return found + list(summary.get("data_warnings", ()))


def empty_sample_alerts(empty: Sequence[Sample]) -> list[str]:
    """Samples whose clustering means nothing."""
    return [
        f"The sample {sample.name} holds no pair of halos at these parameters: its "
        "clustering is drawn as 0 and means nothing."
        for sample in empty
    ]


def chain_alerts(chains: Chains) -> list[str]:
    """Divergences, stuck chains, chains that disagree or are too short, slow energies."""
    if chains.n_draw < MIN_DRAWS:
        return [
            f"There are {chains.n_draw} draws in each chain, too few to tell anything: sample on."
        ]
    return [
        *_divergences(chains),
        *_stuck(chains),
        *_disagreement(chains),
        *_too_long(chains),
        *_slow_energy(chains),
    ]


def p_value(result: FitResult) -> float | None:
    """Probability of a larger χ² if the model is right; None without degrees of freedom."""
    if result.degrees_of_freedom <= 0:
        return None
    return float(chi2_distribution.sf(result.chi2, result.degrees_of_freedom))


def fit_quality(result: FitResult) -> list[str]:
    """Whether χ² is what the errors of the data let expect, where it is not."""
    p = p_value(result)
    summary = f"χ² = {result.chi2:.1f} for {result.degrees_of_freedom} degrees of freedom"
    if p is None:
        return ["There are no more data than parameters: χ² says nothing about the model."]
    if p < _UNLIKELY:
        return [f"The model does not describe the data: {summary} (p = {p:.1g})."]
    if p > 1 - _UNLIKELY:
        return [f"The fit is too good: {summary}. The errors of the data may be overestimated."]
    return []


def _curvature(result: FitResult) -> list[str]:
    if result.curvature is None:
        return []
    if result.curvature.sentences:
        return result.curvature.sentences
    exact, fisher = result.curvature.errors, result.errors
    apart = [
        f"{name} {exact[name]:.2g} instead of {fisher[name]:.2g}"
        for name in result.free
        if not 1 / _APART < exact[name] / fisher[name] < _APART
    ]
    if not apart:
        return []
    return [
        f"Second derivatives of χ² give other errors than the Fisher matrix: "
        f"{', '.join(apart)}. The errors are not Gaussian; sample the posterior."
    ]


def _divergences(chains: Chains) -> list[str]:
    n, total = chains.n_divergent, chains.divergent.size
    if not n:
        return []
    nearer = 1 - (1 - _target(chains)) / 4
    return [
        f"{n:,} of {total:,} transitions diverged: the sampler could not follow the posterior "
        "there, and may have left out a region of strong curvature. Raise target_acceptance (to "
        f"{nearer:.2g}, say) and sample afresh; the triangle figure marks where they happened. If "
        "they stay, they often sit where a parameter touches its bound or where two are "
        "degenerate: fix or tie one, give it a narrower prior, or add data that constrain it."
    ]


def _target(chains: Chains) -> float:
    """What the step sizes have achieved, which is near what was asked for."""
    return float(np.clip(chains.acceptance.mean(), 0.5, 0.96))


def _stuck(chains: Chains) -> list[str]:
    moved = np.ptp(chains.u, axis=1).min(axis=1) > 0
    slow = chains.acceptance.mean(axis=1) < _STUCK
    stuck = [str(i + 1) for i in np.flatnonzero(~moved | slow)]
    if not stuck:
        return []
    return [
        f"Chain {', '.join(stuck)} hardly moved. Sample afresh with another seed and a longer "
        "warm-up; if it happens again, look for a second mode or a cliff in the posterior."
    ]


def _disagreement(chains: Chains) -> list[str]:
    found = chains.convergence
    bad = [
        f"{name} {value:.3f}"
        for name, value in zip(chains.names, found.r_hat, strict=True)
        if value >= R_HAT
    ]
    if bad:
        return [
            f"The chains do not agree: R-hat is {R_HAT} or more for {', '.join(bad)}. Raise draws "
            "and give the same command again: sampling goes on from where it is. If R-hat stays "
            "high, the chains sit in different modes: see the traces."
        ]
    if found.least_ess < chains.target_ess and np.isfinite(chains.target_ess):
        return [
            f"The least effective sample size is {found.least_ess:.0f}, and {chains.target_ess:g} "
            "were asked for: quantiles are noisier than wanted. Raise draws and give the same "
            "command again."
        ]
    if found.least_ess < _FEW_ESS * len(chains.u):
        return [
            f"The least effective sample size is {found.least_ess:.0f}; below "
            f"{_FEW_ESS * len(chains.u):.0f} R-hat itself is not reliable."
        ]
    return []


def _too_long(chains: Chains) -> list[str]:
    if chains.n_deepest < 0.01 * chains.divergent.size:
        return []
    return [
        f"{chains.n_deepest:,} trajectories reached the greatest length: the posterior is "
        "strongly degenerate in its coordinates. Lengthen the warm-up, or fix or tie parameters."
    ]


def _slow_energy(chains: Chains) -> list[str]:
    low = [f"{i + 1} ({value:.2f})" for i, value in enumerate(chains.bfmi) if value < _LOW_BFMI]
    if not low:
        return []
    return [
        f"The energy of chain {', '.join(low)} changes slowly (E-BFMI below {_LOW_BFMI}): tails "
        "may be under-explored. Lengthen the warm-up, or narrow the priors of parameters that the "
        "data leave open."
    ]
