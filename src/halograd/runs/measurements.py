"""The data of a run: those of the configuration, or synthetic ones with their truth."""

from halograd.config import Config
from halograd.errors import ConfigError
from halograd.inference import DataVector
from halograd.runs.lensing_noise import with_subsampling_noise
from halograd.runs.progress import Progress
from halograd.runs.sample_variance import with_sample_variance
from halograd.runs.setup import Setup
from halograd.runs.stages import Stages


def check_measurements(config: Config) -> None:
    """Raise where there is nothing to compare a model with."""
    if config.data.measured() is None and config.data.synthetic is None:
        raise ConfigError(
            f"{config.path}: [data] names no measurements: add file to its tables, or "
            "[data.synthetic]; `halograd predict` needs none"
        )


def measurements(
    config: Config, setup: Setup, stages: Stages
) -> tuple[DataVector, dict[str, float] | None]:
    """The data, and the truth behind them where they are synthetic."""
    measured = config.data.measured()
    if measured is not None:
        measured = with_subsampling_noise(measured, config, stages)
        return with_sample_variance(measured, config, setup, stages), None
    truth = setup.space.complete(config.data.synthetic.truth)
    truth = {name: float(value) for name, value in truth.items()}
    n_mock = config.data.synthetic.n_mock
    with stages("data", "Drawing synthetic data"), Progress(stages.console) as progress:
        if n_mock:
            progress.show("mocks", 0, n_mock)
        on_mock = lambda done: progress.show("mocks", done, n_mock)  # noqa: E731
        return config.data.draw(setup.predictor, truth, setup.halos, on_mock), truth
