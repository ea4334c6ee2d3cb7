from dataclasses import replace

import jax
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.network_training import prepared as module
from halograd.network_training.draws import Problems
from halograd.network_training.prepared import PROBLEMS_FILE, prepared_problems
from halograd.network_training.settings import OptimiserSettings, TrainSettings
from halograd.sham.network.labels import Labels

SETTINGS = TrainSettings(training=OptimiserSettings(draws=12, batch=4))


@pytest.fixture
def calls(monkeypatch):
    """Puts labels of no meaning, made in no time, where the solver is; the kernels asked for."""
    made = []

    def prepare(draws, kernel_name, on_progress=None):
        made.append(kernel_name)
        n = draws.scatter.low.size
        rng = np.random.default_rng(0)
        columns = [rng.normal(size=n).astype(np.float32) for _ in range(2)]
        tables = [rng.normal(size=(n, 5)).astype(np.float32) for _ in range(2)]
        return Problems(Labels(draws.smf, draws.scatter, *columns, *tables), np.arange(n) % 3 > 0)

    monkeypatch.setattr(module, "prepare", prepare)
    return made


def same(one, other):
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in pairs)


def test_problems_are_made_once_and_come_back_bit_for_bit(calls, tmp_path):
    made = prepared_problems(SETTINGS, tmp_path)
    kept = prepared_problems(SETTINGS, tmp_path)
    assert calls == ["triweight"]
    assert (made.was_kept, kept.was_kept) == (False, True)
    assert made.digest == kept.digest
    assert jax.tree.structure(made.problems) == jax.tree.structure(kept.problems)
    assert same(made.problems, kept.problems)


def test_problems_of_other_settings_or_damaged_ones_are_made_again(calls, tmp_path):
    first = prepared_problems(SETTINGS, tmp_path)
    other = replace(SETTINGS, training=replace(SETTINGS.training, seed=9))
    assert prepared_problems(other, tmp_path).digest != first.digest
    assert prepared_problems(SETTINGS, tmp_path).digest == first.digest
    path = tmp_path / PROBLEMS_FILE
    path.write_bytes(path.read_bytes()[:-100])
    assert not prepared_problems(SETTINGS, tmp_path).was_kept
    assert len(calls) == 4
    assert prepared_problems(SETTINGS, tmp_path).was_kept


def test_only_draws_with_a_solution_are_used(calls, tmp_path):
    prepared = prepared_problems(SETTINGS, tmp_path)
    labels, n_usable = prepared.usable_labels(4)
    assert n_usable == 8
    rows = np.array([1, 2, 4, 5, 7, 8, 10, 11])
    np.testing.assert_array_equal(labels.start, prepared.problems.labels.start[rows])
    with pytest.raises(HalogradError, match="only 8 of 12 draws have a solution"):
        prepared.usable_labels(9)
