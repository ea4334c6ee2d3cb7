"""Weights of models: expected numbers, finite and never negative, or a refusal."""

from functools import cache
from pathlib import Path
from typing import Any

import jax
import numpy as np

from halograd import models
from halograd.models.model import GalaxyHaloModel, expected_galaxies
from halograd.samples import Sample, samples_from
from oracles.toy_universe import toy_universe
from trials.hostile import answer, as_numbers, spoiled

COLUMNS = {
    "log_mpeak": np.linspace(10.5, 15.0, 10),
    "host_log_mass": np.linspace(11.0, 15.2, 10),
    "is_satellite": np.arange(10) % 2 == 1,
    "satellite_share": np.full(10, 0.5),
    "host_row": np.arange(10) // 2 * 2,
    "v_max": np.linspace(60.0, 900.0, 10),
    "v_peak": np.linspace(100.0, 1000.0, 10),
    "time_since_infall": np.linspace(0.0, 8.0, 10),
}

_SHAM = {"abundance": "bolshoi_planck", "method": "network"}


@cache
def _models() -> tuple[GalaxyHaloModel, ...]:
    of_mass = models.SmhmModel()
    return (
        of_mass,
        models.ShamModel.from_config(
            {"abundance": "bolshoi_planck", "method": "network"}, toy_universe(30, 100)
        ),
        models.Quenched(models.Disrupted(of_mass)),
        models.Zheng07(),
        models.AbacusLRG(),
        models.AbacusELG(),
        models.AbacusQSO(),
    )


def one(rng: np.random.Generator, folder: Path) -> str | None:
    """Weights of one model, a parameter, column or sample spoiled in two thirds of the trials."""
    model = _models()[rng.integers(len(_models()))]
    theta: dict[str, Any] = {
        name: values[0] for name, values in model.space.draw(_seed(rng), 1).items()
    }
    columns: dict[str, Any] = {name: COLUMNS[name] for name in model.needs}
    samples: Any = [Sample(10.0, 11.0), Sample(10.5)] if model.has_stellar_mass else ["all"]
    what = rng.integers(3)
    name = "nothing"
    if what == 0:
        name = list(theta)[rng.integers(len(theta))]
        theta[name] = spoiled(rng, np.asarray(theta[name]))
    elif what == 1:
        name = "samples"
        samples = [spoiled(rng, np.array([10.0, 11.0])), *samples]
    about = f"{type(model).__name__}, {name} spoiled"
    found = answer(lambda: expected_galaxies(model, theta, columns, samples_from(samples)))
    if found.fault:
        return f"{about}: {found.fault}"
    if found.refusal is not None:
        return None if name != "nothing" else f"{about}: refused: {found.refusal}"
    if what == 0 and (as_numbers(theta[name]) is None or np.isnan(as_numbers(theta[name])).any()):
        return f"{about}: took {str(theta[name])[:100]!r}"
    weights = np.asarray(found.value)
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        return f"{about}: {name} = {theta.get(name)!r} gives {weights.min()} to {weights.max()}"
    if name == "nothing":
        slopes = jax.grad(
            lambda t: expected_galaxies(model, t, columns, samples_from(samples)).sum()
        )
        if not all(np.isfinite(slope).all() for slope in slopes(theta).values()):
            return f"{about}: a gradient is not finite"
    return None


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))
