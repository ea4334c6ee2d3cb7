"""Where ΔΣ comes from, and the noise that a subsample of particles adds to it."""

from typing import Any

import numpy as np

from halograd import stats
from halograd.catalogs import HaloCatalog
from halograd.inference import Predictor
from halograd.models.model import expected_galaxies
from halograd.models.parameters import Theta
from halograd.predict.predictor import columns_of
from halograd.runs.stages import Stages


def lensing_facts(
    halos: HaloCatalog, predictor: Predictor, theta: Theta, stages: Stages
) -> dict[str, Any]:
    """Where ΔΣ comes from, for the summary, and what a subsample of particles adds to it.

    Args:
        halos: The catalogue with its matter.
        predictor: Predictions of its statistics.
        theta: Parameters at which the noise is computed.
        stages: Where to print.

    Returns:
        Empty without ΔΣ; with a subsample also `subsampling_covariance` of all numbers of ΔΣ, and
        `subsampling_error`, its errors by sample, (n_sample, n_R), h Msun / pc^2.
    """
    layout = predictor.observables
    if "delta_sigma" not in layout:
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
        stages.warn(
            f"{hostless:,} of {int(halos.is_satellite.sum()):,} satellites have no host in the "
            "catalogue: the matter of their hosts is missing from ΔΣ"
        )
    return {
        "source": "analytic",
        "assumptions": str(halos.analytic_matter),
        "satellites_without_host": hostless,
    }


def _covariance(halos: HaloCatalog, predictor: Predictor, theta: Theta) -> np.ndarray:
    """Covariance over subsamples of the ΔΣ of every sample, (n_sample * n_R, n_sample * n_R)."""
    model, lensing = predictor.model, predictor.observables["delta_sigma"]
    weights = expected_galaxies(model, theta, columns_of(halos, model), lensing.members)
    edges = lensing.r_edges
    return stats.subsampling_covariance(weights, halos.positions, halos.particles, edges)
