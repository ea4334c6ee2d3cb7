"""Small runs of every long command, each of a few seconds, to kill and to go on with."""

from pathlib import Path
from typing import NamedTuple

TINY = """
[catalog]
mock = {seed = 1, boxsize = 45.0, log_mpeak_min = 12.0, grid = 32}

[model]
kind = "smhm"

[model.parameters]
log_m_crit = {free = false}
low_end = {free = false}
scatter_low = {free = false}
scatter_high = {free = false}

[data]
n = {samples = [[10.6, inf]]}

[data.wp]
samples = [[10.6, inf]]
edges = {low = 0.3, high = 10.0, n = 4}
pi_max = 20.0

[data.synthetic]
seed = 5
volume = 1e6

[fit]
max_steps = 30
start_sigma = 2.0

[sample]
chains = 2
warmup = 40
draws = 40
target_ess = inf
"""
TRAINING = """
[network]
width = 8
depth = 2

[domain]
scatter_low = [0.2, 0.4]
scatter_high = [0.2, 0.3]

[training]
draws = 40
steps = 40
batch = 4
warmup = 3
checkpoint_every = 4
"""


class Job(NamedTuple):
    """A command that goes on where it was killed.

    Attributes:
        name: Of the trial.
        module: The Python module that runs it, or "halograd" for the command line.
        arguments: Its arguments; CONFIG and OUT stand for paths.
        config: The text of its configuration.
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    config: str

    def command(self, folder: Path) -> list[str]:
        """Module and arguments; the configuration lies in `folder`, results in its "out"."""
        config = folder / "run.toml"
        config.write_text(self.config)
        places = {"CONFIG": str(config), "OUT": str(folder / "out")}
        return [self.module, *(places.get(word, word) for word in self.arguments)]


JOBS = {
    job.name: job
    for job in (
        Job("fit", "halograd", ("fit", "CONFIG", "--out", "OUT"), TINY),
        Job("sample", "halograd", ("sample", "CONFIG", "--out", "OUT"), TINY),
        Job("forecast", "halograd", ("forecast", "CONFIG", "--out", "OUT"), TINY),
        Job("train", "halograd", ("train", "CONFIG", "--out", "OUT"), TRAINING),
        Job("tabulate", "trials.tabulating", ("OUT",), ""),
    )
}
