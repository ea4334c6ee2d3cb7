"""What the loss was in every step of a training."""

from typing import NamedTuple, Self

import numpy as np

__all__ = ["TrainingHistory", "TrainingStep"]


class TrainingStep(NamedTuple):
    """One step of the optimiser.

    Attributes:
        step: Its number, from 1.
        loss: What is minimised.
        misfit: Mean square of log10 φ returned over φ asked for, dex², before the correction.
        gradient: Mean square of the derivative of the misfit along a random direction.
        skipped: Steps left out so far because their gradient was not finite.
    """

    step: int
    loss: float
    misfit: float
    gradient: float
    skipped: int

    @property
    def rms_dex(self) -> float:
        """Root mean square of the misfit, dex."""
        return float(np.sqrt(self.misfit))


class TrainingHistory:
    """The terms of the loss by step.

    Attributes:
        values: (n_step, 3), loss, misfit and gradient as in `TrainingStep`; NaN in the steps to
            come.
    """

    columns = ("loss", "misfit", "gradient")

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    @classmethod
    def begun(cls, steps: int, first: np.ndarray | None = None) -> Self:
        """A history of `steps` steps, of which the `first` are known. (n, 3)"""
        values = np.full((steps, len(cls.columns)), np.nan, np.float32)
        if first is not None:
            values[: len(first)] = first
        return cls(values)

    def record(self, step: TrainingStep) -> None:
        """Keep one step."""
        self.values[step.step - 1] = [getattr(step, name) for name in self.columns]

    def until(self, step: int) -> "TrainingHistory":
        """The first `step` steps."""
        return TrainingHistory(self.values[:step].copy())

    def __getitem__(self, column: str) -> np.ndarray:
        return self.values[:, self.columns.index(column)]

    def __len__(self) -> int:
        return len(self.values)
