"""Abundance matching: relations are finite and rise with mass, or are refused."""

from pathlib import Path
from typing import Any

import numpy as np

from halograd import sham
from trials.hostile import answer, as_numbers, spoiled

METHODS = ("network", "exact")


def one(rng: np.random.Generator, folder: Path) -> str | None:
    """One relation at a few masses, an argument spoiled in half of the trials."""
    given: dict[str, Any] = {
        "log_mpeak": np.sort(rng.uniform(10.5, 15.0, 6)),
        "log_phi": np.array(rng.uniform(-2.6, -2.0)),
        "log_mstar": np.array(rng.uniform(10.5, 11.2)),
        "alpha": np.array(rng.uniform(-1.4, -0.8)),
        "low": np.array(rng.uniform(0.1, 0.4)),
        "high": np.array(rng.uniform(0.1, 0.3)),
        "redshift": np.array(rng.uniform(0.0, 1.0)),
    }
    is_spoiled = rng.random() < 0.6
    name = list(given)[rng.integers(len(given))]
    if is_spoiled:
        given[name] = spoiled(rng, given[name])
    method = METHODS[int(rng.random() < 0.15)]
    found = answer(lambda: np.asarray(_relation(method, **given), np.float64))
    about = f"mean_log_mstar by {method}, {name if is_spoiled else 'nothing'} spoiled"
    if found.fault:
        return f"{about}: {found.fault}"
    if found.refusal is not None:
        return None if is_spoiled else f"{about}: refused: {found.refusal}"
    masses = as_numbers(given["log_mpeak"])
    if masses is None or np.isnan(masses).any():
        return f"{about}: took masses {str(given['log_mpeak'])[:100]!r}"
    if found.value.shape != masses.shape:
        return f"{about}: shape {found.value.shape} for {masses.shape}"
    if not np.isfinite(found.value[np.isfinite(masses)]).all():
        return f"{about}: {name} = {str(given[name])[:80]!r} gives {found.value}"
    order = np.argsort(masses.ravel())
    falls = np.diff(found.value.ravel()[order]).min(initial=0.0)
    return None if falls > -1e-3 else f"{about}: falls by {falls:.3g} with mass"


def _relation(
    method: str,
    log_mpeak: Any,
    log_phi: Any,
    log_mstar: Any,
    alpha: Any,
    low: Any,
    high: Any,
    redshift: Any,
) -> Any:
    smf, scatter = sham.Schechter(log_phi, log_mstar, alpha), sham.Scatter(low, high)
    return sham.mean_log_mstar(
        log_mpeak, smf, scatter, sham.bolshoi_planck(redshift), method=method
    )
