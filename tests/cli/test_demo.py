from pathlib import Path

import pytest

from halograd import HalogradError
from halograd.config import load_config
from halograd.runs import demo_config, run_demo

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_the_example_is_the_demo():
    assert load_config(EXAMPLES / "demo.toml").content == demo_config().content


def test_one_seed_sets_both():
    assert demo_config(seed=11).seeds == {"catalog": 11, "data": 11}
    with pytest.raises(HalogradError, match="--seed must be 0 or more"):
        demo_config(seed=-1)


@pytest.mark.slow
def test_the_quick_demo_recovers_the_truth(tmp_path):
    run = run_demo(tmp_path, quick=True)
    assert run.best.converged
    for name, error in run.best.errors.items():
        assert abs(run.best.theta[name] - run.truth[name]) < 4 * error
        assert run.start[name] != run.truth[name]
