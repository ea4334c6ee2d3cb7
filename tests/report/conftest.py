from dataclasses import dataclass, replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.catalogs import HaloCatalog, Particles
from halograd.inference import (
    DataVector,
    FitResult,
    FitStep,
    Observables,
    Predictor,
    fisher_matrix,
    parameter_covariance,
    survey_covariance,
    synthesize,
)
from halograd.models import Parameter, ParameterSpace, StellarMassModel
from halograd.report.curve import Curve, predict_curve

TRUTH = {"height": 10.6, "slope": 1.1, "scatter": 0.25}
BEST = {"height": 10.62, "slope": 1.07, "scatter": 0.24}
START = {"height": 10.2, "slope": 1.4, "scatter": 0.4}


class StraightLine(StellarMassModel):
    """A mean relation that is a straight line, with constant scatter."""

    kernel: str = eqx.field(static=True, default="triweight")

    @property
    def space(self):
        return ParameterSpace(
            [
                Parameter("height", 10.5, 9.0, 12.0, r"\log M_{*,12}", "log10 Msun"),
                Parameter("slope", 1.2, 0.2, 3.0, r"\beta"),
                Parameter("scatter", 0.3, 0.01, 0.8, r"\sigma", "dex"),
            ]
        )

    def mean_log_mstar(self, theta, columns):
        return theta["height"] + theta["slope"] * (jnp.asarray(columns["log_mpeak"]) - 12.0)

    def scatter(self, theta, columns):
        return theta["scatter"] * jnp.ones_like(jnp.asarray(columns["log_mpeak"]))


@dataclass(frozen=True)
class Case:
    """A small universe with data and the end of a fit."""

    halos: HaloCatalog
    predictor: Predictor
    data: DataVector
    result: FitResult
    best: Curve
    truth: Curve
    start: Curve

    @property
    def curves(self):
        return [self.best, self.truth, self.start]


@pytest.fixture(scope="session")
def case():
    halos = _halos()
    layout = Observables(
        n=[(10.0, 10.5), (10.5, 11.0), (10.5, np.inf)],
        wp=[(10.0, 10.5), (10.5, np.inf)],
        rp_edges=np.geomspace(0.3, 15, 7),
        pi_max=20.0,
        delta_sigma=[(10.5, np.inf)],
        r_edges=np.geomspace(0.3, 10, 6),
    )
    predictor = Predictor(halos, StraightLine(), layout)
    best, truth, start = (
        predict_curve(predictor, theta, role)
        for theta, role in ((BEST, "best fit"), (TRUTH, "truth"), (START, "start"))
    )
    # Positive, so that the made-up lensing of this random box has a fractional error
    covariance = survey_covariance(truth.prediction, layout, volume=halos.volume)
    data = synthesize(1, truth.prediction, layout, covariance)
    return Case(halos, predictor, data, _result(predictor, data, best), best, truth, start)


@pytest.fixture
def with_errors(case):
    """The result of the case with other errors, infinite ones included, by name."""

    def change(**errors):
        covariance = case.result.covariance.copy()
        for name, error in errors.items():
            row = case.result.free.index(name)
            covariance[row, :] = covariance[:, row] = 0.0
            covariance[row, row] = error**2
        return replace(case.result, covariance=covariance)

    return change


def _halos():
    rng = np.random.default_rng(5)
    centers = rng.uniform(0, 60, (150, 3))
    positions = (centers[rng.integers(0, 150, 1500)] + rng.normal(0, 1.0, (1500, 3))) % 60
    matter = (centers[rng.integers(0, 150, 6000)] + rng.normal(0, 1.0, (6000, 3))) % 60
    return HaloCatalog(
        positions=positions,
        log_mpeak=11.0 + rng.exponential(0.5, 1500),
        boxsize=60.0,
        redshift=0.1,
        is_satellite=rng.random(1500) < 0.3,
        particles=Particles(matter, 3e12, 60.0),
    )


def _between(t):
    return {name: START[name] + t * (BEST[name] - START[name]) for name in BEST}


def _result(predictor, data, best):
    space = predictor.model.space
    theta = {name: jnp.asarray(value) for name, value in best.theta.items()}
    covariance = parameter_covariance(fisher_matrix(predictor, data, theta, space))
    vector = np.asarray(best.prediction.vector)
    chi2 = float(np.sum((data.whitener @ (data.values - vector)) ** 2))
    steps = [
        FitStep(i, chi2 + 80 * (1 - t) ** 3, _between(t), 0.1 * i + 0.5)
        for i, t in enumerate(np.linspace(0, 1, 6))
    ]
    return FitResult(
        theta=best.theta,
        free=space.names,
        covariance=covariance,
        chi2=chi2,
        n_data=data.observables.size,
        prediction=jax.tree.map(jnp.asarray, best.prediction),
        converged=True,
        reason="steps fell below a hundredth of the errors",
        steps=steps,
        method="levenberg-marquardt",
    )
