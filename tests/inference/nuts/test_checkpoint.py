import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.inference import SampleSettings, Sampling, sample
from oracles.densities import MEAN, gaussian

OPTIONS = {"start": MEAN, "n_warmup": 40, "n_draw": 100, "target_ess": np.inf, "seed": 5}


@pytest.fixture(scope="module")
def uninterrupted():
    return sample(gaussian, **OPTIONS)


def assert_same_bits(one, other):
    assert one.u.shape == other.u.shape
    for name in ("u", "log_density", "energy", "divergent", "tree_depth", "acceptance"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
    assert one.warmup_evaluations == other.warmup_evaluations


class Stop(Exception):
    pass


def stop_at(n_block):
    """Stands for whatever ends a run between two blocks."""
    seen = []

    def on_progress(progress):
        seen.append(progress)
        if len(seen) == n_block:
            raise Stop

    return on_progress


@pytest.mark.parametrize("n_block", [1, 3, 5])
def test_a_run_goes_on_to_the_same_bits(tmp_path, uninterrupted, n_block):
    path = tmp_path / "sampling.h5"
    with pytest.raises(Stop):
        sample(gaussian, **OPTIONS, checkpoint=path, on_progress=stop_at(n_block))
    again = Sampling(
        gaussian,
        SampleSettings(4, 40, 100, np.inf, 5),
        start=MEAN,
        checkpoint=path,
    )
    assert 0 < again.resumed < 140
    assert_same_bits(again.run(), uninterrupted)


def test_a_finished_run_is_only_read(tmp_path, uninterrupted):
    path = tmp_path / "sampling.h5"
    first = sample(gaussian, **OPTIONS, checkpoint=path)
    blocks = []
    second = sample(gaussian, **OPTIONS, checkpoint=path, on_progress=blocks.append)
    assert blocks == []
    assert_same_bits(first, second)
    assert_same_bits(second, uninterrupted)


def test_more_draws_extend_a_finished_run(tmp_path):
    path = tmp_path / "sampling.h5"
    short = sample(gaussian, **OPTIONS, checkpoint=path)
    longer = sample(gaussian, **OPTIONS | {"n_draw": 150}, checkpoint=path)
    assert longer.n_draw == 150
    np.testing.assert_array_equal(longer.u[:, :100], short.u)
    assert_same_bits(longer, sample(gaussian, **OPTIONS | {"n_draw": 150}))


def shifted(u):
    return gaussian(u) + 1e-3 * jnp.sin(u[0])


@pytest.mark.parametrize(
    ("density", "changes", "message"),
    [
        (shifted, {}, "the posterior at the start of the chains"),
        (gaussian, {"start": MEAN + 0.1}, "the posterior at the start of the chains"),
        (gaussian, {"n_warmup": 60}, "setting n_warmup is 40 in it and 60 now"),
        (gaussian, {"target_acceptance": 0.9}, "setting target_acceptance is 0.87 in it and 0.9"),
    ],
)
def test_a_checkpoint_of_another_sampling_is_refused(tmp_path, density, changes, message):
    path = tmp_path / "sampling.h5"
    sample(gaussian, **OPTIONS, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(HalogradError, match=message) as refusal:
        sample(density, **OPTIONS | changes, checkpoint=path)
    assert "fresh" in str(refusal.value)
    assert path.read_bytes() == before
    fresh = sample(density, **OPTIONS | changes, checkpoint=path, fresh=True)
    assert_same_bits(fresh, sample(density, **OPTIONS | changes))


def test_damaged_checkpoints_never_load(tmp_path):
    path = tmp_path / "sampling.h5"
    sample(gaussian, **OPTIONS, checkpoint=path)
    whole = path.read_bytes()
    with h5py.File(path) as file:
        offset = file["arrays/trace u"].id.get_offset()
    flipped = bytearray(whole)
    flipped[offset + 3] ^= 1
    for content in (whole[: len(whole) // 2], b"", bytes(flipped)):
        path.write_bytes(content)
        with pytest.raises(HalogradError, match=r"damaged.*start over with --fresh"):
            sample(gaussian, **OPTIONS, checkpoint=path)


KILLED = """
import sys, time
from pathlib import Path
import numpy as np
from halograd.inference import sample
from oracles.densities import MEAN, gaussian

def slowly(progress):
    time.sleep(0.05)

chains = sample(gaussian, start=MEAN, n_warmup=40, n_draw=1500, target_ess=np.inf, seed=5,
                checkpoint=sys.argv[1], on_progress=slowly)
np.save(sys.argv[2], chains.u)
"""


@pytest.mark.slow
def test_kills_at_any_moment_change_nothing(tmp_path):
    """Each process is killed a random time after its first checkpoint, until one gets through."""
    script, path, out = tmp_path / "run.py", tmp_path / "sampling.h5", tmp_path / "u.npy"
    script.write_text(KILLED)
    tests = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {"PYTHONPATH": tests}
    rng, kills = np.random.default_rng(0), 0
    while not out.exists():
        process = subprocess.Popen([sys.executable, script, path, out], env=environment)
        written = path.stat().st_mtime_ns if path.exists() else 0
        while process.poll() is None and kills < 4:
            if path.exists() and path.stat().st_mtime_ns != written:
                time.sleep(rng.uniform(0, 0.3))
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.005)
        process.wait()
        assert process.returncode in (0, -signal.SIGKILL)
    assert kills == 4
    through = sample(gaussian, **OPTIONS | {"n_draw": 1500})
    assert np.load(out).tobytes() == through.u.tobytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run.py", "sampling.h5", "u.npy"]
