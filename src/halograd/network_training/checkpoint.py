"""Checkpoints: the state of a training on disk, whole and verified, or not there."""

import re
from pathlib import Path
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from halograd._sealed import DamagedFileError, Sealed, read_sealed, write_sealed
from halograd.errors import HalogradError
from halograd.network_training.history import TrainingHistory
from halograd.network_training.identity import Identity, check_identity
from halograd.network_training.optimiser import TrainingState
from halograd.sham.network.weights import tree_from_arrays, tree_to_arrays

__all__ = ["Checkpoints", "Resumed", "newest_step"]

T = TypeVar("T")

_KIND = "halograd training checkpoint 1"
_KEPT = 2
_NAME = re.compile(r"checkpoint_(\d{8})\.h5")


class Resumed(NamedTuple):
    """What a checkpoint holds, and the newer ones that were damaged."""

    state: TrainingState
    history: np.ndarray
    damaged: tuple[Path, ...]


class Checkpoints:
    """The checkpoints in a folder; the newest two are kept.

    Args:
        folder: Where they are.
        identity: Settings, versions and draws they must belong to.
    """

    def __init__(self, folder: Path, identity: Identity) -> None:
        self.folder, self.identity = folder, identity

    def save(self, state: TrainingState, history: TrainingHistory) -> Path:
        """Write a checkpoint, then remove all but the newest two."""
        path = self.folder / f"checkpoint_{state.step:08d}.h5"
        arrays = tree_to_arrays(state.network, "network") | {
            **tree_to_arrays(state.optimiser, "optimiser"),
            "history": history.until(state.step).values,
        }
        numbers = {"step": state.step, "skipped": state.skipped}
        write_sealed(path, _KIND, Sealed(arrays, {"identity": self.identity, **numbers}))
        for old in self._newest_first()[_KEPT:]:
            old.unlink(missing_ok=True)
        return path

    def latest(self, like: TrainingState) -> Resumed | None:
        """The newest checkpoint that is intact; None in a folder without any.

        Args:
            like: A state of the same structure.

        Raises:
            HalogradError: Where it belongs to another training, or none is intact.
        """
        found = self._intact()
        if found is None:
            return None
        path, sealed, damaged = found
        check_identity(path, sealed.metadata["identity"], self.identity)
        arrays, numbers = sealed
        state = TrainingState(
            step=numbers["step"],
            network=_on_device(tree_from_arrays(like.network, arrays, "network")),
            optimiser=_on_device(tree_from_arrays(like.optimiser, arrays, "optimiser")),
            skipped=numbers["skipped"],
        )
        return Resumed(state, arrays["history"], damaged)

    def check(self) -> None:
        """Raise as `latest`, before there is a state to compare with."""
        found = self._intact()
        if found is not None:
            check_identity(found[0], found[1].metadata["identity"], self.identity)

    def clear(self) -> None:
        """Remove all of them."""
        for path in self._newest_first():
            path.unlink(missing_ok=True)

    def _intact(self) -> tuple[Path, Sealed, tuple[Path, ...]] | None:
        damaged, reasons = [], []
        for path in self._newest_first():
            try:
                return path, read_sealed(path, _KIND), tuple(damaged)
            except DamagedFileError as error:
                damaged.append(path)
                reasons.append(str(error))
        if not damaged:
            return None
        raise HalogradError(
            f"no checkpoint is intact ({'; '.join(reasons)}): start over with --fresh"
        )

    def _newest_first(self) -> list[Path]:
        return [path for _, path in _newest_first(self.folder)]


def newest_step(folder: Path) -> int:
    """The step of the newest checkpoint in a folder, 0 where there is none."""
    return max((step for step, _ in _newest_first(folder)), default=0)


def _newest_first(folder: Path) -> list[tuple[int, Path]]:
    names = ((_NAME.fullmatch(path.name), path) for path in folder.glob("checkpoint_*.h5"))
    return sorted(((int(name[1]), path) for name, path in names if name), reverse=True)


def _on_device(tree: T) -> T:
    return jax.tree.map(jnp.asarray, tree)
