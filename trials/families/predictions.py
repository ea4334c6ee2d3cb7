"""Observables, predictors and their numbers on a toy universe."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from halograd import models
from halograd.catalogs import HaloCatalog
from halograd.inference import Observables, Predictor
from oracles.toy_universe import toy_universe
from trials.hostile import answer, spoiled


@cache
def _halos() -> HaloCatalog:
    return toy_universe(100, 300)


def one(rng: np.random.Generator, folder: Path) -> str | None:
    """Observables of a few statistics, an argument spoiled in most trials; then their numbers."""
    given: dict[str, Any] = {
        "n": [(10.0, 10.5), (10.5, np.inf)],
        "wp": [(10.5, np.inf)],
        "rp_edges": [0.3, 2.0, 9.0],
        "pi_max": 15.0,
        "delta_sigma": [(10.5, np.inf)],
        "r_edges": [0.3, 2.0],
    }
    theta: dict[str, Any] = {"log_m_crit": 11.5}
    is_spoiled = rng.random() < 0.8
    name = [*given, "theta"][rng.integers(len(given) + 1)]
    if is_spoiled:
        if name == "theta":
            theta = {"log_m_crit": spoiled(rng, np.array(11.5))}
        else:
            given[name] = spoiled(rng, np.asarray(given[name], float))
    about = f"Predictor, {name if is_spoiled else 'nothing'} spoiled"
    found = answer(lambda: _predicted(given, theta))
    if found.fault:
        return f"{about}: {found.fault}"
    if found.refusal is not None:
        return None if is_spoiled else f"{about}: refused: {found.refusal}"
    vector, density, by_hand = found.value
    if not np.isfinite(vector).all():
        return f"{about}: {vector}"
    error = np.abs(density - by_hand).max(initial=0.0)
    return None if error <= 1e-5 * by_hand.max(initial=1e-9) else f"{about}: n off by {error:.3g}"


def _predicted(given: dict[str, Any], theta: dict[str, Any]) -> tuple[np.ndarray, ...]:
    halos, model = _halos(), models.SmhmModel()
    predictor = Predictor(halos, model, Observables(**given))
    prediction = predictor(theta)
    columns = {"log_mpeak": halos.log_mpeak}
    samples = predictor.observables["n"].samples if "n" in predictor.observables else ()
    if not samples:
        return np.asarray(prediction.vector), np.zeros(0), np.zeros(0)
    weights = np.asarray(model.weights(model.space.complete(theta), columns, samples), np.float64)
    return np.asarray(prediction.vector), np.asarray(prediction["n"]), weights.sum(0) / halos.volume
