"""The data of a run: measured or synthetic, with the errors that the simulation adds to them."""

from functools import partial

import numpy as np

from halograd.config import Config
from halograd.errors import ConfigError
from halograd.inference import (
    DataVector,
    Predictor,
    box_covariance,
    real_space_warnings,
    shared_galaxy_warnings,
)
from halograd.runs.progress import Progress
from halograd.runs.run import RunContext

SUBSAMPLE, SAMPLE_VARIANCE = "subsample of particles", "sample variance of the box"
"""Headings of the notes on what was added to the covariance."""


def check_measurements(config: Config) -> None:
    """Raise where there is nothing to compare a model with."""
    if config.data.measured() is None and config.data.synthetic is None:
        raise ConfigError(
            f"{config.path}: [data] names no measurements: add file to its tables, or "
            "[data.synthetic]; `halograd predict` needs none"
        )


def measurements(run: RunContext) -> tuple[DataVector, dict[str, float] | None]:
    """The data, and every parameter of the truth behind them where they are synthetic."""
    section = run.config.data
    measured = section.measured()
    if measured is not None:
        warnings = shared_galaxy_warnings(measured) + real_space_warnings(measured, run.halos)
        if warnings:
            run.stages.facts["data_warnings"] = warnings
        for warning in warnings:
            run.stages.warn(warning)
        return with_sample_variance(with_subsampling_noise(measured, run), run), None
    truth = run.space.complete(section.synthetic.truth)
    truth = {name: float(value) for name, value in truth.items()}
    n_mock = section.synthetic.n_mock
    with run.stages("data", "Drawing synthetic data"), Progress(run.stages.console) as progress:
        on_mock = partial(progress.show, "mocks", total=n_mock)
        if n_mock:
            on_mock(0)
        return section.draw(run.predictor, truth, run.halos, on_mock), truth


def with_subsampling_noise(data: DataVector, run: RunContext) -> DataVector:
    """The data with the noise of a subsample of particles in their covariance, if asked for.

    Args:
        data: As measured.
        run: `stages.facts` holds what `lensing_facts` found.
    """
    found = run.stages.facts.get("lensing", {})
    if not run.config.lensing.noise_in_covariance or "subsampling_covariance" not in found:
        return data
    names = [s.name for s in data.observables.statistics for _ in range(s.size)]
    rows = np.flatnonzero(np.array(names) == "delta_sigma")
    added = np.zeros_like(data.covariance)
    added[np.ix_(rows, rows)] = found["subsampling_covariance"]
    fraction = found["particle_fraction"]
    note = f"the noise of taking a fraction {fraction:.3g} of them is in the errors of ΔΣ"
    return data.with_covariance(added, {SUBSAMPLE: note})


def with_sample_variance(data: DataVector, run: RunContext) -> DataVector:
    """The data with the sample variance of the simulation in their covariance, if asked for.

    The variance is measured at the default parameters of the model.
    """
    section = run.config.data.sample_variance
    if section is None:
        return data
    # The rows of a table are not the halos.
    profiles = run.predictor.profiles if type(run.predictor) is Predictor else None
    with run.stages("sample_variance", "Measuring the sample variance of the box"):
        added = box_covariance(
            run.halos,
            run.predictor.model,
            data.observables,
            run.space.defaults,
            n_side=section.n_side,
            statistics=section.statistics,
            profiles=profiles,
        )
    note = f"in the errors, by leaving out {section.n_side**3} parts"
    return data.with_covariance(added, {SAMPLE_VARIANCE: note})
