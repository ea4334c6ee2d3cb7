"""One point of parameter space with its predictions, as the figures draw it."""

from dataclasses import dataclass

import numpy as np

from halograd.inference import Prediction, Predictor
from halograd.models.parameters import Theta


@dataclass(frozen=True, eq=False)
class Curve:
    """Parameters and what they predict.

    Attributes:
        role: "best fit" or "model" (drawn solid), "truth" (dashed) or "start" (dotted).
        theta: Every parameter by name.
        prediction: NumPy arrays, float64.
        jacobian: d prediction / d θ by parameter name, (n_data,) each.
    """

    role: str
    theta: dict[str, float]
    prediction: Prediction
    jacobian: dict[str, np.ndarray]


def predict_curve(predictor: Predictor, theta: Theta, role: str) -> Curve:
    """The statistics and their derivatives at `theta`."""
    complete = predictor.model.space.complete(theta)
    vector, jacobian = predictor.value_and_jacobian(complete)
    parts = predictor.observables.split(vector)
    return Curve(
        role,
        {name: float(value) for name, value in complete.items()},
        parts.on_host(),
        {name: np.asarray(slope, np.float64) for name, slope in jacobian.items()},
    )
