from pathlib import Path

import pytest

from halograd import HalogradError
from halograd.config import load_config
from halograd.runs.demo import demo_config, run_demo

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_the_example_is_the_demo():
    assert load_config(EXAMPLES / "demo.toml").content == demo_config().content


def test_one_seed_sets_both():
    seeds = demo_config(seed=11).seeds
    assert (seeds["catalog"], seeds["data"]) == (11, 11)
    for seed in (-1, 2**32, 10**5000):
        with pytest.raises(HalogradError, match="--seed must be a whole number, 0 or more"):
            demo_config(seed=seed)


@pytest.mark.slow
def test_the_quick_demo_finds_the_truth_in_its_posterior(tmp_path):
    run = run_demo(tmp_path, quick=True)
    assert run.best.converged
    assert run.chains.converged
    assert run.chains.n_divergent == 0
    for name in run.chains.names:
        draws = run.chains.theta[name]
        assert abs(draws.mean() - run.truth[name]) < 4 * draws.std()
    again = run_demo(tmp_path, quick=True)
    assert (again.chains.u == run.chains.u).all()
