"""A problem whose evaluations are numbered, timed and, if wanted, kept in a file."""

import time

import numpy as np

from halograd.inference.history import FitStep, HistoryFile, Kept
from halograd.inference.problem import Evaluation, FitProblem


class RecordedProblem:
    """Evaluates a problem for one minimisation; evaluations kept by earlier runs come first.

    A kept evaluation is used as long as the minimiser asks for the very same point; from the first
    other point on, whatever the file holds is dropped.

    Args:
        problem: What to evaluate.
        method: Name of the minimiser.
        history: Where the evaluations are kept, or None.

    Attributes:
        steps: One for each evaluation.
    """

    def __init__(
        self, problem: FitProblem, method: str, history: HistoryFile | None = None
    ) -> None:
        self._problem, self._method, self._history = problem, method, history
        self._kept: list[Kept] = []
        self._began = time.perf_counter()
        self.steps: list[FitStep] = []

    def evaluate(self, u: np.ndarray) -> Evaluation:
        """Residuals and their Jacobian at u, from the file where it knows them."""
        if not self.steps:
            return self._first(u)
        return self._again(u) or self._record(self._problem.evaluate(u))

    def _first(self, u: np.ndarray) -> Evaluation:
        """The start, evaluated in any case: it tells whether the file is of this problem."""
        evaluation = self._problem.evaluate(u)
        if self._history is not None:
            self._kept = self._history.begin(self._method, evaluation)
        return self._again(self._kept[0].evaluation.u) if self._kept else self._record(evaluation)

    def _again(self, u: np.ndarray) -> Evaluation | None:
        number = len(self.steps)
        if number >= len(self._kept):
            return None
        step, evaluation = self._kept[number]
        if not np.array_equal(evaluation.u, u):
            self._kept = []
            self._history.forget_from(number)
            return None
        self._began = time.perf_counter() - step.seconds
        self.steps.append(step)
        return evaluation

    def _record(self, evaluation: Evaluation) -> Evaluation:
        seconds = time.perf_counter() - self._began
        self.steps.append(FitStep(len(self.steps), evaluation.chi2, evaluation.theta, seconds))
        if self._history is not None:
            self._history.append(Kept(self.steps[-1], evaluation))
        return evaluation
