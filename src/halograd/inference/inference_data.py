"""Chains as arviz InferenceData, and as the NetCDF file that arviz reads."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halograd._atomic import atomic_write
from halograd.inference.chains import Chains
from halograd.inference.diagnostics import load_arviz
from halograd.inference.posterior import Predictive
from halograd.predict.data_vector import DataVector
from halograd.predict.observables import Observables

if TYPE_CHECKING:
    import arviz


def to_arviz(
    chains: Chains, predictive: Predictive | None = None, data: DataVector | None = None
) -> "arviz.InferenceData":
    """The draws and their statistics under the names that arviz knows.

    Groups: `posterior` (every varying parameter), `unconstrained_posterior` (u),
    `sample_stats`; with `predictive` also `posterior_predictive` (the statistics by name with the
    noise of the data, and as n_model, wp_model and so on without), at the draws its
    coordinate `draw` names; with `data` also `observed_data`.

    Args:
        chains: Draws, as `sample` returns them.
        predictive: Statistics at some of the draws, as `predictive` returns them.
        data: The measurements that the posterior was conditioned on.
    """
    az = load_arviz()
    groups: dict[str, Any] = {"posterior": dict(chains.theta), "sample_stats": _stats(chains)}
    coords, dims = {}, {}
    if predictive is not None:
        coords, dims = _coords(predictive.observables), _dims(predictive.observables)
    if data is not None:
        coords, dims = _coords(data.observables), _dims(data.observables)
        groups["observed_data"] = _parts(data.observables, data.values)
    found = az.from_dict(**groups, coords=coords, dims=dims)
    unbounded = {name: chains.u[..., i] for i, name in enumerate(chains.names)}
    found.add_groups(unconstrained_posterior=unbounded, warn_on_custom_groups=False)
    if predictive is not None:
        found.add_groups(
            posterior_predictive=_predictive(predictive),
            coords={**coords, "draw": predictive.draws},
            dims=dims,
        )
    return found


def save_chains(
    path: str | Path,
    chains: Chains,
    predictive: Predictive | None = None,
    data: DataVector | None = None,
) -> None:
    """Write `to_arviz(...)` to a NetCDF file, whole or not at all; `arviz.from_netcdf` reads it."""
    content = to_arviz(chains, predictive, data)
    with atomic_write(Path(path)) as temporary:
        content.to_netcdf(str(temporary), engine="h5netcdf")


def _stats(chains: Chains) -> dict[str, np.ndarray]:
    return {
        "lp": chains.log_density,
        "energy": chains.energy,
        "diverging": chains.divergent,
        "tree_depth": chains.tree_depth,
        "acceptance_rate": chains.acceptance,
        "step_size": chains.step_size,
        "n_steps": chains.evaluations,
    }


def _predictive(predictive: Predictive) -> dict[str, np.ndarray]:
    layout = predictive.observables
    model = _parts(layout, predictive.model)
    return _parts(layout, predictive.replicated) | {
        f"{name}_model": values for name, values in model.items()
    }


def _parts(layout: Observables, vectors: np.ndarray) -> dict[str, np.ndarray]:
    """The statistics that are there, by name, in float64; leading axes are kept."""
    return layout.parts(np.asarray(vectors, np.float64))


def _coords(layout: Observables) -> dict[str, list]:
    found = {}
    for statistic in layout.statistics:
        axes = [[sample.key for sample in statistic.samples]]
        axes += [list(axis) for axis in (statistic.orders, statistic.separation) if len(axis)]
        found |= dict(zip(statistic.dims, axes, strict=True))
    return found


def _dims(layout: Observables) -> dict[str, list[str]]:
    """Names of samples, orders and separations of each statistic."""
    dims = {statistic.name: list(statistic.dims) for statistic in layout.statistics}
    return dims | {f"{name}_model": listed for name, listed in dims.items()}
