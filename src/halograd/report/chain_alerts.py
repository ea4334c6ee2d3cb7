"""What a reader must know before believing chains."""

import numpy as np

from halograd.inference import Chains
from halograd.inference.diagnostics import MIN_DRAWS, R_HAT

_LOW_BFMI = 0.3
_STUCK = 0.2  # mean acceptance below which a chain hardly moves
_FEW_ESS = 100.0  # effective draws for each chain's worth of trust in R-hat


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
