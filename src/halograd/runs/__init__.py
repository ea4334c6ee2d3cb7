"""Jobs of the command line, one file each: everything a run reads, prints and writes."""

from halograd.runs.convert import run_convert
from halograd.runs.demo import demo_config, run_demo
from halograd.runs.fit import FitRun, run_fit
from halograd.runs.inspect import run_inspect
from halograd.runs.predict import run_predict
from halograd.runs.sample import SampleRun, run_sample

__all__ = [
    "FitRun",
    "SampleRun",
    "demo_config",
    "run_convert",
    "run_demo",
    "run_fit",
    "run_inspect",
    "run_predict",
    "run_sample",
]
