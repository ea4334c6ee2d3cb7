"""The No-U-Turn sampler: settings, warm-up, runs that go on from a checkpoint."""

from halograd.inference.nuts.run import SampleProgress, Sampling, sample
from halograd.inference.nuts.settings import SampleSettings

__all__ = ["SampleProgress", "SampleSettings", "Sampling", "sample"]
