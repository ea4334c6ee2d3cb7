"""`halograd demo`: a mock universe, synthetic data, and the posterior of what is behind them."""

import os
import re
from importlib import resources
from pathlib import Path

from halograd._settings import SEED, shown
from halograd.config import Config, parse_config
from halograd.errors import HalogradError
from halograd.runs.sample import SampleRun, run_sample
from halograd.runs.stages import Stages


def demo_config(*, seed: int | None = None, quick: bool = False) -> Config:
    """The configuration of the demo, which `examples/` holds too.

    Args:
        seed: Seed of the universe and of the noise; those of the file where None.
        quick: A smaller box, for a test of the installation.
    """
    name = "demo_quick.toml" if quick else "demo.toml"
    text = (resources.files("halograd.runs") / name).read_text(encoding="utf-8")
    if seed is not None:
        if not SEED.accept(seed):
            raise HalogradError(f"--seed must be {SEED.wanted(seed)}, got {shown(seed)}")
        text = re.sub(r"\bseed = \d+", f"seed = {seed}", text)
    return parse_config(text, Path(name))


def run_demo(
    out: str | os.PathLike[str],
    *,
    seed: int | None = None,
    quick: bool = False,
    stages: Stages | None = None,
) -> SampleRun:
    """Run the demo into the folder `out`; as `run_sample`."""
    return run_sample(demo_config(seed=seed, quick=quick), out, stages=stages)
