"""Minimisers of χ², all driven by the same evaluations and stopped by the same rule."""

from collections.abc import Callable

import numpy as np
import optax
from scipy import optimize

from halograd.errors import HalogradError
from halograd.inference.fit.history import RecordedProblem
from halograd.inference.fit.problem import Evaluation
from halograd.models.parameters import ParameterSpace

TOLERANCE = 0.05
"""A fit has converged when the minimum is expected within this many standard errors."""

_BACK_INSIDE = (0.03, 0.1, 0.25, 0.0)  # of the interval; the last attempt is not begun again
_ADAM_RATES = (0.5, 0.2, 0.05)


class _Finished(Exception):
    """Raised out of a library's minimiser once the fit has converged or used up its steps."""


class _Stuck(Exception):
    """Raised out of it where steps in u lead nowhere, though the minimum is elsewhere."""


class Minimiser:
    """Evaluates χ² for a method, in coordinates v with u = start + scale v.

    In v the χ² of a linear model is round and of unit width, so that one learning rate and one
    tolerance suit every problem. The scale comes from the Fisher matrix.

    Attributes:
        best: The evaluation of smallest χ² so far.
        n_steps: Number of evaluations made.
    """

    def __init__(
        self,
        problem: RecordedProblem,
        space: ParameterSpace,
        start: np.ndarray,
        max_steps: int,
        on_evaluation: Callable[[Evaluation], None],
    ) -> None:
        self._problem, self._space = problem, space
        self._max_steps, self._on_evaluation = max_steps, on_evaluation
        self.best, self._nearest, self.n_steps = None, None, 0
        self._last = self._evaluate(start)
        if not np.isfinite(self._last.chi2):
            raise HalogradError(
                f"χ² is {self._last.chi2} at the start of the fit; choose another start"
            )
        self.recentre()

    @property
    def converged(self) -> bool:
        """Whether the best evaluation meets the tolerance."""
        return self.best.distance_to_minimum < TOLERANCE

    @property
    def status(self) -> str:
        """How the minimisation ended: "converged", "out of steps" or "stalled"."""
        if self.converged:
            return "converged"
        return "out of steps" if self.n_steps >= self._max_steps else "stalled"

    def recentre(self) -> None:
        """Measure v from the best evaluation of this attempt, in units of the errors there."""
        self._start, self._scale = self._nearest.u, _unit_steps(self._nearest.jacobian)

    def run(self, method: str) -> None:
        """Minimise by one of `METHODS` until converged, out of steps, or it gives up.

        At a bound u is flat, so that a method cannot leave it, wherever χ² falls. It is begun
        again a little inside the bound then, several times ever further inside.
        """
        for fraction in _BACK_INSIDE:
            try:
                self._check_finished()
                METHODS[method](self, np.zeros(len(self._start)), self._max_steps)
            except _Finished:
                return
            except _Stuck:
                pass
            inside = self._inside(fraction)
            if inside is None or self.n_steps >= self._max_steps:
                return
            self._nearest = None
            self._last = self._evaluate(inside)
            self.recentre()

    def residuals(self, v: np.ndarray) -> np.ndarray:
        """Whitened residuals at v. (n_data,)"""
        return self._at(v).residuals

    def jacobian(self, v: np.ndarray) -> np.ndarray:
        """Derivative of the whitened residuals in v. (n_data, n_free)"""
        return self._at(v).jacobian @ self._scale

    def loss_and_gradient(self, v: np.ndarray) -> tuple[float, np.ndarray]:
        """χ²/2 at v, and its gradient in v. (), (n_free,)"""
        return self._at(v).chi2 / 2, self.jacobian(v).T @ self.residuals(v)

    def _at(self, v: np.ndarray) -> Evaluation:
        u = self._start + self._scale @ v
        for known in (self._last, self._nearest):
            if np.array_equal(u, known.u):
                return known
        self._last = self._evaluate(u)
        self._check_finished()
        return self._last

    def _evaluate(self, u: np.ndarray) -> Evaluation:
        evaluation = self._problem.evaluate(u)
        self.n_steps += 1
        self.best = _lower(self.best, evaluation)
        self._nearest = _lower(self._nearest, evaluation)
        self._on_evaluation(evaluation)
        return evaluation

    def _check_finished(self) -> None:
        if self.n_steps >= self._max_steps or self.converged:
            raise _Finished
        if self._nearest.distance_in_u < TOLERANCE:
            raise _Stuck

    def _inside(self, fraction: float) -> np.ndarray | None:
        """The best u with parameters moved off the bounds that χ² falls away from, if any.

        Args:
            fraction: Fraction of the interval between the bounds that is kept free; where only
                one is finite, of one unit.
        """
        free, step = self._space.free, self.best.step_to_minimum
        moved = {}
        for p, (below, above), wanted in zip(free, self.best.room, step, strict=True):
            width = above - below if np.isfinite(above - below) else 1.0
            if wanted > 0 and -below < fraction * width:
                moved[p.name] = p.low + fraction * width
            elif wanted < 0 and above < fraction * width:
                moved[p.name] = p.high - fraction * width
        if not moved:
            return None
        return np.asarray(self._space.to_unbounded({**self.best.theta, **moved}))


def _lower(known: Evaluation | None, found: Evaluation) -> Evaluation:
    return found if known is None or found.chi2 < known.chi2 else known


def _unit_steps(jacobian: np.ndarray) -> np.ndarray:
    """A root of the inverse Fisher matrix: its columns are steps of one standard error.

    Directions the data hardly constrain get steps of a quarter, in the units of the parameters.
    """
    values, vectors = np.linalg.eigh(jacobian.T @ jacobian)
    return vectors / np.sqrt(np.maximum(values, 16.0))


def _levenberg_marquardt(fit: Minimiser, v: np.ndarray, max_steps: int) -> None:
    optimize.least_squares(
        fit.residuals, v, fit.jacobian, method="lm", x_scale=1.0, max_nfev=max_steps
    )


def _l_bfgs(fit: Minimiser, v: np.ndarray, max_steps: int) -> None:
    # Its own tests of convergence are off: they know nothing of standard errors.
    options = {"maxiter": max_steps, "maxfun": max_steps, "ftol": 0.0, "gtol": 0.0}
    optimize.minimize(fit.loss_and_gradient, v, jac=True, method="L-BFGS-B", options=options)


def _adam(fit: Minimiser, v: np.ndarray, max_steps: int) -> None:
    """Rounds of ever shorter steps, in standard errors, each from the best point so far."""
    round_length = -(-max_steps // len(_ADAM_RATES))
    for rate in _ADAM_RATES:
        fit.recentre()
        optimiser = optax.adam(optax.cosine_decay_schedule(rate, round_length))
        v, state = np.zeros_like(v), optimiser.init(v)
        _, gradient = fit.loss_and_gradient(v)
        for _ in range(round_length):
            updates, state = optimiser.update(gradient, state, v)
            v = np.asarray(optax.apply_updates(v, updates), np.float64)
            _, gradient = fit.loss_and_gradient(v)


METHODS: dict[str, Callable[[Minimiser, np.ndarray, int], None]] = {
    "levenberg-marquardt": _levenberg_marquardt,
    "l-bfgs": _l_bfgs,
    "adam": _adam,
}
"""Minimisers by name: MINPACK with the exact Jacobian, quasi-Newton of SciPy, Adam of optax."""
