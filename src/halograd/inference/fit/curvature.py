"""Second derivatives of χ² where a fit ended, on the scale of the errors."""

from dataclasses import dataclass

import numpy as np

from halograd.inference.fisher import UNCONSTRAINED, Direction
from halograd.inference.fit.problem import Evaluation, FitProblem

_STEP = 0.1  # standard errors: float32 rounding of the gradient is 1 % of what it changes by
_FLAT = 0.05  # curvature over that of the Fisher matrix: what rounding may leave of it
_INSIDE = 0.9  # of the way to the nearest bound is as far as a step goes


@dataclass(frozen=True, eq=False)
class Curvature:
    r"""The Hessian of χ²/2 in the free parameters at one point,

    $$ H_{ij} = F_{ij} + \sum_k \lambda_k\, \frac{\partial^2 m_k}{\partial\theta_i
       \partial\theta_j}, \qquad \lambda = C^{-1} (m - d). $$

    It is the Fisher matrix F for a linear model, or for data without noise.

    Attributes:
        hessian: (n_free, n_free), second derivatives of χ²/2.
        fisher: (n_free, n_free), Fisher matrix at the same point.
        free: Names of the parameters, in order.
    """

    hessian: np.ndarray
    fisher: np.ndarray
    free: tuple[str, ...]

    @property
    def errors(self) -> dict[str, float]:
        """Standard errors from the inverse Hessian; NaN at a saddle, inf where χ² is flat."""
        values, moves = self._spectrum
        if (values < -_FLAT).any():
            return dict.fromkeys(self.free, float("nan"))
        bent = values > _FLAT
        variances = (moves[:, bent] ** 2 / values[bent]).sum(axis=1)
        variances[self._touched[:, ~bent].any(axis=1)] = np.inf
        return dict(zip(self.free, np.sqrt(variances).tolist(), strict=True))

    @property
    def downward(self) -> tuple[Direction, ...]:
        """Directions in which χ² falls on both sides: the point is a saddle or a maximum."""
        return tuple(d for d in self._directions if d.eigenvalue < -_FLAT)

    @property
    def flat(self) -> tuple[Direction, ...]:
        """Directions in which χ² hardly changes over an error."""
        return tuple(d for d in self._directions if abs(d.eigenvalue) <= _FLAT)

    @property
    def sentences(self) -> list[str]:
        """What is wrong with the point as a minimum; empty where nothing is."""
        return [
            f"χ² falls on both sides along ({direction.words}): a saddle, not a minimum. Start "
            "elsewhere, or from several points."
            for direction in self.downward
        ] + [
            f"χ² is flat along ({direction.words}): the data do not tell these parameters apart. "
            "Fix one of them, or give it a prior."
            for direction in self.flat
        ]

    @property
    def _spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues of the Hessian in units of the Fisher matrix, and their moves in θ."""
        moves = unit_moves(self.fisher)
        values, vectors = np.linalg.eigh(moves.T @ self.hessian @ moves)
        return values, moves @ vectors

    @property
    def _scaled_moves(self) -> np.ndarray:
        """The moves of unit length, in the error of each parameter with the others fixed."""
        scaled = self._spectrum[1] * _scale(self.fisher)[:, None]
        return scaled / np.linalg.norm(scaled, axis=0)

    @property
    def _touched(self) -> np.ndarray:
        return np.abs(self._scaled_moves) > 1e-3

    @property
    def _directions(self) -> list[Direction]:
        found = []
        for value, move in zip(self._spectrum[0], self._scaled_moves.T, strict=True):
            sign = np.sign(move[np.argmax(np.abs(move))])
            found.append(Direction(float(value), sign * move, self.free))
        return found


def curvature_at(problem: FitProblem, at: Evaluation) -> Curvature:
    """Second derivatives from central differences of the exact first derivatives.

    The steps are a tenth of a standard error along each eigenvector of the Fisher matrix, shorter
    where a bound is near, so that what counts is how χ² bends over the errors, and not a kink of
    a table on the way.
    """
    moves = unit_moves(at.fisher)
    columns = [_bend(problem, at, move) for move in moves.T]
    bends = moves.T @ np.stack(columns, axis=1)
    back = np.linalg.inv(moves)
    hessian = back.T @ ((bends + bends.T) / 2) @ back
    return Curvature(hessian, at.fisher, tuple(p.name for p in problem.space.free))


def unit_moves(fisher: np.ndarray) -> np.ndarray:
    """Moves of one standard error along the eigenvectors of the Fisher matrix. (n, n)

    Those the data say nothing about get the length of the worst that can be known.
    """
    scale = _scale(fisher)
    values, vectors = np.linalg.eigh(fisher / np.outer(scale, scale))
    return vectors / np.sqrt(np.maximum(values, 10 * UNCONSTRAINED)) / scale[:, None]


def _scale(fisher: np.ndarray) -> np.ndarray:
    return np.sqrt(np.where(np.diag(fisher) > 0, np.diag(fisher), 1.0))


def _bend(problem: FitProblem, at: Evaluation, move: np.ndarray) -> np.ndarray:
    """Change of the gradient of χ²/2 in θ for one `move`. (n_free,)"""
    step = _STEP * min(1.0, _room(problem, at, move))
    up, down = (_gradient(problem, at, sign * step * move) for sign in (1, -1))
    return (up - down) / (2 * step)


def _room(problem: FitProblem, at: Evaluation, move: np.ndarray) -> float:
    """How often a step along `move` fits between the bounds, on the nearer side."""
    free = problem.space.free
    gaps = np.array([min(at.theta[p.name] - p.low, p.high - at.theta[p.name]) for p in free])
    with np.errstate(divide="ignore"):
        return float(np.min(_INSIDE * gaps / np.abs(_STEP * move)))


def _gradient(problem: FitProblem, at: Evaluation, shift: np.ndarray) -> np.ndarray:
    moved = {p.name: at.theta[p.name] + s for p, s in zip(problem.space.free, shift, strict=True)}
    there = problem.evaluate(np.asarray(problem.space.to_unbounded(moved)))
    return there.theta_jacobian.T @ there.residuals
