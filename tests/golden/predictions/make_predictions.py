"""Every kind of number that halograd predicts, for one small universe, in float64.

`python tests/golden/predictions/make_predictions.py` (from the repository root, with `tests` on
PYTHONPATH) writes predictions.npz beside this file. Do so only where a number is meant to change.
"""

from dataclasses import replace
from pathlib import Path

import jax
import numpy as np

from halograd import catalogs, inference, models, sham
from oracles.toy_universe import toy_universe

STORED = Path(__file__).with_name("predictions.npz")
BINS = [(10.0, 10.5), (10.5, np.inf)]
TRUTH = {"log_m_crit": 11.5, "log_ratio_crit": -1.5, "scatter_high": 0.3}
FIXED = ("low_end", "high_start", "scatter_low")
SHAM = {"log_phi": -2.2, "alpha": -1.1, "scatter_low": 0.35, "scatter_high": 0.25}


def universe():
    return replace(toy_universe(n_halo=3000), cosmology=catalogs.BOLSHOI_PLANCK)


def layout():
    return inference.Observables(
        n=BINS,
        wp=BINS,
        rp_edges=[0.2, 1.0, 4.0, 15.0],
        pi_max=20.0,
        delta_sigma=BINS[1:],
        r_edges=[0.3, 1.0, 4.0],
        xi=BINS,
        xi_edges=[0.3, 1.0, 5.0],
        multipoles=BINS[1:],
        s_edges=[1.0, 4.0, 15.0],
        ells=(0, 2, 4),
        n_mu=20,
        lines_of_sight=(0, 2),
    )


def predictions():
    """n, wp, ΔΣ, ξ and ξ_ℓ in one vector, and its Jacobian, of two models."""
    halos = universe()
    found = {}
    cases = {
        "smhm": (models.SmhmModel(), TRUTH),
        "sham": (models.ShamModel(sham.bolshoi_planck(), kernel="normal"), SHAM),
        "network": (models.ShamModel(sham.bolshoi_planck(), method="network"), SHAM),
    }
    for name, (model, theta) in cases.items():
        predictor = inference.Predictor(halos, model, layout())
        vector, jacobian = predictor.value_and_jacobian(theta)
        found[f"{name} vector"] = np.asarray(vector)
        found[f"{name} jacobian"] = np.stack([jacobian[key] for key in sorted(jacobian)])
    return found


def inferences():
    """A table, a fit and fifty draws of a posterior."""
    predictor = inference.Predictor(universe(), models.SmhmModel(), layout())
    space = predictor.model.space.replace(**{name: {"free": False} for name in FIXED})
    prediction = predictor(TRUTH)
    covariance = inference.survey_covariance(prediction, predictor.observables, volume=1e6)
    data = inference.synthesize(1, prediction, predictor.observables, covariance)
    best = inference.fit(predictor, data, space=space)
    table = inference.tabulate(predictor, space=space, n_draw=20, n_check=2, n_node=60)
    posterior = inference.Posterior(predictor, data, space)
    options = {"n_chain": 2, "n_warmup": 40, "n_draw": 50, "target_ess": np.inf, "seed": 3}
    chains = inference.sample(posterior, start=best.theta, **options)
    return {
        "data": data.values,
        "covariance": data.covariance,
        "fit": np.array([best.theta[name] for name in sorted(best.theta)]),
        "fit covariance": best.covariance,
        "fit chi2": np.array(best.chi2),
        "table vector": np.asarray(table(TRUTH).vector),
        "draws": chains.u,
        "box covariance": inference.box_covariance(
            universe(), predictor.model, predictor.observables, TRUTH, n_side=2
        ),
    }


def everything():
    with jax.enable_x64(True):
        return predictions() | inferences()


if __name__ == "__main__":
    np.savez_compressed(STORED, **everything())
