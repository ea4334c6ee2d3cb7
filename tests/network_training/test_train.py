import os
import signal
import subprocess
import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.network_training.optimiser import stepper
from oracles import toy_training as toy


def bits(state):
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(state)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The end of a training that nothing interrupted."""
    state, history = toy.run(tmp_path_factory.mktemp("undisturbed"))
    return bits(state), history.values


def start(folder, pause):
    command = [sys.executable, toy.__file__, str(folder), str(pause)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run_until(process, step):
    """Wait for a step to be printed; the last step seen."""
    for line in process.stdout:
        if int(line) >= step:
            return int(line)
    raise AssertionError(process.stderr.read())


def kill(process, number):
    process.send_signal(number)
    process.stdout.close()
    process.stderr.close()
    return process.wait()


def test_the_loss_falls_and_every_step_is_recorded(undisturbed):
    _, values = undisturbed
    assert np.isfinite(values).all()
    misfit = values[:, 1]
    assert misfit[-10:].mean() < 0.3 * misfit[:10].mean()
    np.testing.assert_array_equal(values[:, 2], 3 * misfit)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(undisturbed, tmp_path):
    for seed in (toy.SETTINGS.seed, toy.SETTINGS.seed + 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        state, _ = toy.run(folder, replace(toy.SETTINGS, seed=seed))
        assert (bits(state) == undisturbed[0]) == (seed == toy.SETTINGS.seed)


def test_how_often_checkpoints_are_made_changes_nothing(undisturbed, tmp_path):
    state, _ = toy.run(tmp_path, replace(toy.SETTINGS, checkpoint_every=1))
    assert bits(state) == undisturbed[0]


@pytest.mark.slow
def test_a_killed_training_ends_in_the_same_bits(undisturbed, tmp_path):
    process = start(tmp_path, 0.02)
    run_until(process, 30)
    assert kill(process, signal.SIGKILL) == -signal.SIGKILL
    assert (tmp_path / "checkpoint_00000028.h5").exists()
    state, history = toy.run(tmp_path)
    assert bits(state) == undisturbed[0]
    np.testing.assert_array_equal(history.values, undisturbed[1])


@pytest.mark.slow
def test_a_training_killed_again_and_again_ends_in_the_same_bits(undisturbed, tmp_path):
    rng = np.random.default_rng(8)
    for low in (1, 9, 20, 35, 50):
        process = start(tmp_path, 0.01)
        run_until(process, low + rng.integers(8))
        assert kill(process, signal.SIGKILL) == -signal.SIGKILL
    state, history = toy.run(tmp_path)
    assert bits(state) == undisturbed[0]
    np.testing.assert_array_equal(history.values, undisturbed[1])


@pytest.fixture
def heeds_ctrl_c():
    """What a shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_leaves_a_checkpoint_of_the_very_step(undisturbed, tmp_path):
    def interrupt(record):
        if record.step == 17:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        toy.run(tmp_path, on_step=interrupt)
    assert (tmp_path / "checkpoint_00000017.h5").exists()
    seen = []
    state, _ = toy.run(tmp_path, on_step=lambda record: seen.append(record.step))
    assert seen == list(range(18, 61))
    assert bits(state) == undisturbed[0]


def test_a_finished_training_takes_no_step(undisturbed, tmp_path):
    toy.run(tmp_path)
    seen = []
    state, history = toy.run(tmp_path, on_step=seen.append)
    assert seen == []
    assert bits(state) == undisturbed[0]
    np.testing.assert_array_equal(history.values, undisturbed[1])


def poisoned(where):
    """The toy's objective, which is not finite in the steps `where` the direction says so."""

    def objective(weights, batch, key):
        loss, terms = toy.objective(weights, batch, key)
        bad = jax.random.uniform(jax.random.fold_in(key, 1)) < where
        return jnp.where(bad, jnp.nan, 1.0) * loss, terms

    return objective


def test_a_gradient_that_is_not_finite_changes_nothing_but_the_count():
    state = toy.first()
    settings = replace(toy.SETTINGS, steps=100)
    after, record = stepper(poisoned(1.0), toy.problems(), 40, settings)(state)
    assert (after.step, after.skipped, record.skipped) == (1, 1, 1)
    assert np.isnan(record.loss)
    assert bits((after.network, after.optimiser)) == bits((state.network, state.optimiser))


def test_too_many_of_them_end_the_training(tmp_path):
    settings = replace(toy.SETTINGS, steps=200)
    with pytest.raises(HalogradError, match=r"not finite in 3 of the first .*lower learning_rate"):
        toy.run(tmp_path, settings, objective=poisoned(0.2))


def test_the_step_compiles_once():
    traced = []

    def counted(weights, batch, key):
        traced.append(1)
        return toy.objective(weights, batch, key)

    step, state = stepper(counted, toy.problems(), 40, toy.SETTINGS), toy.first()
    for _ in range(3):
        state, _ = step(state)
    assert len(traced) == 1
