"""Chains in numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from halograd.inference import Chains
from halograd.models.parameters import Theta

_QUANTILES = {"2.5%": 0.025, "16%": 0.16, "median": 0.5, "84%": 0.84, "97.5%": 0.975}


def posterior_summary(chains: Chains, truth: Theta | None) -> dict[str, Any]:
    """Every varying parameter, with how far to believe it."""
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
    return {"parameters": parameters, **sampling_summary(chains)}


def sampling_summary(chains: Chains) -> Mapping[str, Any]:
    """How the sampling went."""
    found = chains.convergence
    return {
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
