"""Training of the network, from the draws to the last step, through any number of kills."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jax

from halograd.network_training.checkpoint import Checkpoints
from halograd.network_training.history import TrainingHistory, TrainingStep
from halograd.network_training.identity import computing_versions
from halograd.network_training.objective import initial_network, objective
from halograd.network_training.optimiser import TrainingState, first_state, stepper
from halograd.network_training.prepared import (
    PROBLEMS_FILE,
    OnProgress,
    Prepared,
    prepared_problems,
)
from halograd.network_training.settings import OptimiserSettings, TrainSettings
from halograd.sham.network.network import Network

__all__ = ["OnStep", "Trained", "advance", "start_over", "train", "train_in_folder"]

OnStep = Callable[[TrainingStep], None]
Stepper = Callable[[TrainingState], tuple[TrainingState, TrainingStep]]


@dataclass(frozen=True)
class Trained:
    """The end of a training.

    Attributes:
        network: Trained.
        history: Every step.
        skipped: Steps left out because their gradient was not finite.
        resumed_at: The step it went on from, 0 where it began.
        n_usable: Draws with a solution.
        draws_digest: SHA-256 of the prepared draws.
    """

    network: Network
    history: TrainingHistory
    skipped: int
    resumed_at: int
    n_usable: int
    draws_digest: str


def train(settings: TrainSettings, folder: Path, *, on_step: OnStep | None = None) -> Network:
    """Train a network, or go on with the training in `folder`.

    The weights after step k depend on the settings and k alone: a training that was killed, even
    often, ends in the same bits as one that was not, on the same machine and versions.

    Args:
        settings: What to train on, and how.
        folder: Keeps the prepared draws and the checkpoints; must exist.
        on_step: Called after each step.

    Raises:
        HalogradError: Where the folder holds another training or nothing intact, fewer draws than
            a batch can be solved, or more than 1 % of the gradients are not finite.
        KeyboardInterrupt: For a Ctrl-C, after a checkpoint.
    """
    return train_in_folder(settings, folder, on_step=on_step).network


def train_in_folder(
    settings: TrainSettings,
    folder: Path,
    *,
    on_prepare: OnProgress | None = None,
    on_begin: Callable[[TrainingState, Prepared, tuple[Path, ...]], None] | None = None,
    on_step: OnStep | None = None,
) -> Trained:
    """As `train`, with all that came of it.

    Args:
        settings: As for `train`.
        folder: As for `train`.
        on_prepare: Called with the draws prepared and their number.
        on_begin: Called before the first step with the state, the draws, and the checkpoints that
            were damaged and passed over.
        on_step: Called after each step.
    """
    recipe = settings.training
    kept = _checkpoints(settings, folder)
    kept.check()
    prepared = prepared_problems(settings, folder, on_prepare)
    labels, n_usable = prepared.usable_labels(recipe.batch)
    checkpoints = _checkpoints(settings, folder, prepared.digest)
    state = first_state(_initial(settings, prepared), recipe)
    resumed = checkpoints.latest(state)
    history = TrainingHistory.begun(recipe.steps, resumed and resumed.history)
    state = resumed.state if resumed else state
    if on_begin is not None:
        on_begin(state, prepared, resumed.damaged if resumed else ())
    begun_at = state.step
    step = stepper(_objective(recipe), labels, n_usable, recipe)
    state = advance(state, step, history, checkpoints, recipe, on_step)
    return Trained(state.network, history, state.skipped, begun_at, n_usable, prepared.digest)


def advance(
    state: TrainingState,
    step: Stepper,
    history: TrainingHistory,
    checkpoints: Checkpoints,
    recipe: OptimiserSettings,
    on_step: OnStep | None,
) -> TrainingState:
    """Take the steps that are left, with checkpoints on the way, at the end and on a Ctrl-C."""
    saved = state.step
    try:
        while state.step < recipe.steps:
            after, record = step(state)
            history.record(record)
            state = after
            if state.step % recipe.checkpoint_every == 0 or state.step == recipe.steps:
                checkpoints.save(state, history)
                saved = state.step
            if on_step is not None:
                on_step(record)
    except KeyboardInterrupt:
        if state.step > saved:
            checkpoints.save(state, history)
        raise
    return state


def start_over(folder: Path) -> None:
    """Remove the prepared draws and the checkpoints of a folder."""
    Checkpoints(folder, {}).clear()
    (folder / PROBLEMS_FILE).unlink(missing_ok=True)


def _checkpoints(settings: TrainSettings, folder: Path, draws: str | None = None) -> Checkpoints:
    identity = {"settings": settings.decisive, "versions": computing_versions()}
    if draws is not None:
        identity["draws"] = {"sha256": draws}
    return Checkpoints(folder, identity)


def _initial(settings: TrainSettings, prepared: Prepared) -> Network:
    network = settings.network
    return initial_network(
        jax.random.key(settings.training.seed),
        prepared.problems,
        width=network.width,
        depth=network.depth,
        kernel_name=network.kernel,
    )


def _objective(recipe: OptimiserSettings) -> Callable:
    return lambda network, labels, key: objective(network, labels, key, recipe.gradient_weight)
