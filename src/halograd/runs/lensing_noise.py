"""The noise of a subsample of particles: told, and added to the errors of data where asked."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from halograd import stats
from halograd.catalogs import HaloCatalog
from halograd.config import Config
from halograd.inference import DataVector, Predictor
from halograd.models.parameters import Theta
from halograd.runs.stages import Stages

HEADING = "subsample of particles"


def lensing_facts(
    halos: HaloCatalog, predictor: Predictor, theta: Theta, stages: Stages
) -> dict[str, Any]:
    """Where ΔΣ comes from, for the summary, and what a subsample of particles adds to it.

    Args:
        halos: The catalogue with its matter.
        predictor: Of its statistics.
        theta: Where the noise is computed.
        stages: Where to print.

    Returns:
        Empty without ΔΣ; with a subsample also `subsampling_covariance` of all numbers of ΔΣ, and
        `subsampling_error`, its errors by sample, (n_sample, n_R), h Msun / pc^2.
    """
    layout = predictor.observables
    if not layout.delta_sigma:
        return {}
    if halos.analytic_matter is not None:
        return _analytic_facts(halos, stages)
    facts: dict[str, Any] = {"source": "particles"}
    if halos.particles is None or halos.particles.fraction == 1:
        return facts
    with stages("lensing_noise", "Computing the noise of the subsample of particles"):
        covariance = _covariance(halos, predictor, theta)
    shape = layout["delta_sigma"].shape
    return facts | {
        "particle_fraction": halos.particles.fraction,
        "n_particle": len(halos.particles),
        "subsampling_error": np.sqrt(np.diag(covariance)).reshape(shape),
        "subsampling_covariance": covariance,
    }


def _analytic_facts(halos: HaloCatalog, stages: Stages) -> dict[str, Any]:
    stages.note(f"ΔΣ is {halos.analytic_matter}")
    linked = np.zeros(len(halos), bool) if halos.host_index is None else halos.host_index >= 0
    hostless = int((halos.is_satellite & ~linked).sum())
    if hostless:
        stages.say(
            f"  [yellow]{hostless:,} of {int(halos.is_satellite.sum()):,} satellites have no host "
            "in the catalogue: the matter of their hosts is missing from ΔΣ[/yellow]"
        )
    return {
        "source": "analytic",
        "assumptions": str(halos.analytic_matter),
        "satellites_without_host": hostless,
    }


def with_subsampling_noise(data: DataVector, config: Config, stages: Stages) -> DataVector:
    """The data with the noise of the subsample in their covariance, where that is asked for."""
    found = stages.facts.get("lensing", {})
    if not config.lensing.noise_in_covariance or "subsampling_covariance" not in found:
        return data
    names = [s.name for s in data.observables.statistics for _ in range(s.size)]
    rows = np.flatnonzero(np.array(names) == "delta_sigma")
    covariance = data.covariance.copy()
    covariance[np.ix_(rows, rows)] += found["subsampling_covariance"]
    told = f"its noise, of a share of {found['particle_fraction']:.3g}, is in the errors of ΔΣ"
    return DataVector(
        data.observables,
        data.values,
        covariance,
        n_realisation=data.n_realisation,
        notes=data.notes | {HEADING: told},
    )


def _covariance(halos: HaloCatalog, predictor: Predictor, theta: Theta) -> np.ndarray:
    """Over subsamples, of the ΔΣ of every sample at the parameters."""
    layout, model = predictor.observables, predictor.model
    low, high = (jnp.asarray(edges) for edges in zip(*layout.delta_sigma, strict=True))
    complete = model.space.complete(theta)
    weights = model.weights(complete, jnp.asarray(halos.log_mpeak), low, high)
    edges = layout["delta_sigma"].r_edges
    return stats.subsampling_covariance(weights, halos.positions, halos.particles, edges)
