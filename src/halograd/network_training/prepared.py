"""The prepared problems of a training, kept in its folder: minutes of work."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from halograd._sealed import Sealed, digest, read_sealed, write_sealed
from halograd.errors import HalogradError
from halograd.network_training.draws import Draws, Problems, prepare, sample
from halograd.network_training.identity import check_identity, computing_versions
from halograd.network_training.settings import TrainSettings
from halograd.sham.network.labels import Labels
from halograd.sham.network.weights import tree_from_arrays, tree_to_arrays

__all__ = ["PROBLEMS_FILE", "Prepared", "prepared_problems"]

PROBLEMS_FILE = "problems.h5"
_KIND = "halograd training problems 1"

OnProgress = Callable[[int, int], None]


class Prepared(NamedTuple):
    """What a training draws its batches from.

    Attributes:
        problems: The problem of every draw.
        digest: SHA-256 of them.
        was_kept: Whether they came from the folder.
    """

    problems: Problems
    digest: str
    was_kept: bool

    def usable_labels(self, batch: int) -> tuple[Labels, int]:
        """The labels of the draws that can be solved, and how many there are.

        Raises:
            HalogradError: Where they are fewer than a batch.
        """
        rows = np.flatnonzero(self.problems.usable)
        if rows.size < batch:
            raise HalogradError(
                f"only {rows.size} of {len(self.problems.usable)} draws have a solution, less than "
                f"batch = {batch}: raise draws, lower batch, or narrow the scatter in [domain]"
            )
        return jax.tree.map(
            lambda leaf: jax.numpy.asarray(leaf[rows]), self.problems.labels
        ), rows.size


def prepared_problems(
    settings: TrainSettings, folder: Path, on_progress: OnProgress | None = None
) -> Prepared:
    """The problems of the settings, from the folder where it has them, else made and kept there."""
    path, identity = folder / PROBLEMS_FILE, _identity(settings)
    kept = _kept(path, identity, settings)
    if kept is not None:
        return kept
    problems = prepare(
        _sample(settings, settings.training.draws), settings.network.kernel, on_progress
    )
    arrays = tree_to_arrays(problems)
    write_sealed(path, _KIND, Sealed(arrays, {"identity": identity}))
    return Prepared(problems, digest(arrays), was_kept=False)


def _kept(path: Path, identity: dict, settings: TrainSettings) -> Prepared | None:
    try:
        sealed = read_sealed(path, _KIND)
        check_identity(path, sealed.metadata["identity"], identity)
    except (FileNotFoundError, HalogradError):
        return None  # they can be made again
    problems = tree_from_arrays(_like(_sample(settings, 1)), sealed.arrays, stacked=True)
    return Prepared(problems, digest(sealed.arrays), was_kept=True)


def _identity(settings: TrainSettings) -> dict:
    return {"settings": settings.drawn, "versions": computing_versions()}


def _like(draws: Draws) -> Problems:
    """The structure of prepared problems, without the minute that compiling the solver takes."""
    number, row = np.zeros(1, np.float32), np.zeros((1, 1), np.float32)
    labels = Labels(draws.smf, draws.scatter, number, number, row, row)
    return Problems(labels, np.zeros(1, bool))


def _sample(settings: TrainSettings, n: int) -> Draws:
    return sample(settings.domain, n, settings.training.seed)
