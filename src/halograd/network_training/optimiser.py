"""One step of the optimiser: a batch, its gradient, new weights."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from halograd.errors import HalogradError
from halograd.network_training.history import TrainingStep
from halograd.network_training.settings import OptimiserSettings

__all__ = ["Objective", "TrainingState", "first_state", "stepper"]

Network = Any
Problems = Any
Objective = Callable[[Network, Problems, jax.Array], tuple[jax.Array, Any]]

_LAST_RATE = 1e-3  # of the peak
_MOST_SKIPPED = 0.01  # of all steps


class TrainingState(NamedTuple):
    """All that the steps to come depend on, beside configuration and draws.

    Attributes:
        step: Steps done.
        network: Its weights.
        optimiser: Moments of the gradient.
        skipped: Steps left out because their gradient was not finite.
    """

    step: int
    network: Network
    optimiser: optax.OptState
    skipped: int


def first_state(network: Network, settings: OptimiserSettings) -> TrainingState:
    """The state before the first step."""
    weights = eqx.filter(network, eqx.is_inexact_array)
    return TrainingState(0, network, _optimiser(settings).init(weights), 0)


def stepper(
    objective: Objective, problems: Problems, n_problem: int, settings: OptimiserSettings
) -> Callable[[TrainingState], tuple[TrainingState, TrainingStep]]:
    """The function from one state to the next.

    Rows and random directions of a step come from the seed and its number alone, so that a
    training that was interrupted goes on as if it had not been.

    Args:
        objective: (network, batch, key) to the loss and its terms.
        problems: A pytree, leading axis n_problem.
        n_problem: How many there are to draw from.
        settings: Settings of the training.
    """
    update = _compiled_update(objective, _optimiser(settings))
    key = jax.random.key(settings.seed)

    def step(state: TrainingState) -> tuple[TrainingState, TrainingStep]:
        rows = _rows(settings, state.step, n_problem)
        numbers = (rows, np.uint32(state.step))
        network, optimiser, loss, terms, sound = update(
            state.network, state.optimiser, problems, key, *numbers
        )
        skipped = state.skipped + (not sound)
        if skipped > _MOST_SKIPPED * settings.steps:
            raise HalogradError(_unsound(skipped, state.step + 1, settings))
        record = TrainingStep(state.step + 1, float(loss), **_floats(terms), skipped=skipped)
        return TrainingState(state.step + 1, network, optimiser, skipped), record

    return step


def _optimiser(settings: OptimiserSettings) -> optax.GradientTransformation:
    rate = optax.warmup_cosine_decay_schedule(
        init_value=settings.learning_rate / (settings.warmup + 1),
        peak_value=settings.learning_rate,
        warmup_steps=settings.warmup,
        decay_steps=settings.steps,
        end_value=_LAST_RATE * settings.learning_rate,
    )
    return optax.chain(optax.clip_by_global_norm(settings.clip), optax.adam(rate))


def _compiled_update(objective: Objective, optimiser: optax.GradientTransformation) -> Callable:
    @eqx.filter_jit
    def update(
        network: Network,
        moments: optax.OptState,
        problems: Problems,
        key: jax.Array,
        rows: jax.Array,
        step: jax.Array,
    ) -> tuple:
        batch = jax.tree.map(lambda leaf: leaf[rows], problems)
        loss_and_gradient = eqx.filter_value_and_grad(objective, has_aux=True)
        (loss, terms), gradient = loss_and_gradient(network, batch, jax.random.fold_in(key, step))
        changes, new_moments = optimiser.update(gradient, moments)
        sound = _all_finite((loss, gradient))
        new_network = _chosen(sound, eqx.apply_updates(network, changes), network)
        return new_network, _chosen(sound, new_moments, moments), loss, terms, sound

    return update


def _all_finite(tree: Any) -> jax.Array:
    return jnp.stack([jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(tree)]).all()


def _chosen(condition: jax.Array, new: Any, old: Any) -> Any:
    def choose(a: Any, b: Any) -> Any:
        return jnp.where(condition, a, b) if eqx.is_array(a) else a

    return jax.tree.map(choose, new, old)


def _rows(settings: OptimiserSettings, step: int, n_problem: int) -> np.ndarray:
    rng = np.random.default_rng([settings.seed, step])
    return rng.choice(n_problem, settings.batch, replace=False).astype(np.int32)


def _floats(terms: Any) -> dict[str, float]:
    return {name: float(value) for name, value in terms._asdict().items()}


def _unsound(skipped: int, step: int, settings: OptimiserSettings) -> str:
    return (
        f"the gradient was not finite in {skipped} of the first {step} steps, more than 1 % of "
        f"{settings.steps}: lower learning_rate ({settings.learning_rate:g}) or clip "
        f"({settings.clip:g}), or narrow [domain]"
    )
