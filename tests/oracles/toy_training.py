"""A training of three numbers that takes a second, to be killed: give FOLDER and PAUSE."""

import sys
import time
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from halograd.network_training.checkpoint import Checkpoints
from halograd.network_training.history import TrainingHistory
from halograd.network_training.optimiser import first_state, stepper
from halograd.network_training.settings import OptimiserSettings
from halograd.network_training.train import advance

SETTINGS = OptimiserSettings(
    seed=3, draws=40, steps=60, batch=8, warmup=5, learning_rate=0.05, checkpoint_every=7
)
IDENTITY = {"settings": {"training.steps": 60}, "versions": {"halograd": "1"}}


class Terms(NamedTuple):
    misfit: jax.Array
    gradient: jax.Array


def objective(weights, batch, key):
    """A line through noisy points, whose noise the key decides."""
    x, y = batch
    noise = 0.1 * jax.random.normal(key, y.shape)
    error = jnp.tanh(x @ weights["slope"]) + weights["start"] - y - noise
    misfit = jnp.mean(error**2)
    return misfit, Terms(misfit, 3 * misfit)


def problems():
    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.normal(size=(40, 2)), jnp.float32)
    return x, jnp.tanh(x @ jnp.array([0.5, -1.0], jnp.float32)) + np.float32(0.3)


def first(settings=SETTINGS):
    weights = {"slope": jnp.zeros(2, jnp.float32), "start": jnp.zeros((), jnp.float32)}
    return first_state(weights, settings)


def run(folder, settings=SETTINGS, on_step=None, objective=objective):
    """The last state and the history of a training in `folder`, gone on with if it has one."""
    checkpoints = Checkpoints(Path(folder), IDENTITY)
    state = first(settings)
    resumed = checkpoints.latest(state)
    history = TrainingHistory.begun(settings.steps, resumed and resumed.history)
    step = stepper(objective, problems(), 40, settings)
    state = resumed.state if resumed else state
    return advance(state, step, history, checkpoints, settings, on_step), history


if __name__ == "__main__":
    pause = float(sys.argv[2])

    def show(record):
        print(record.step, flush=True)
        time.sleep(pause)

    run(sys.argv[1], on_step=show)
