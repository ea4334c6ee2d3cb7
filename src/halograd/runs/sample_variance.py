"""The sample variance of the box, added to the errors of a measurement."""

from halograd.config import Config
from halograd.inference import DataVector, Predictor, box_covariance
from halograd.runs.setup import Setup
from halograd.runs.stages import Stages

HEADING = "sample variance of the box"


def with_sample_variance(
    data: DataVector, config: Config, setup: Setup, stages: Stages
) -> DataVector:
    """The data with a covariance that knows how large the simulation is.

    Args:
        data: As measured.
        config: With [data.sample_variance]; without, the data come back as they are.
        setup: The halos, and the model at whose defaults the variance is measured.
        stages: Where to print.
    """
    section = config.data.sample_variance
    if section is None:
        return data
    # A table's rows are not the halos.
    own = setup.predictor.profiles if type(setup.predictor) is Predictor else None
    with stages("sample_variance", "Measuring the sample variance of the box"):
        added = box_covariance(
            setup.halos,
            setup.predictor.model,
            data.observables,
            setup.space.defaults,
            n_side=section.n_side,
            statistics=section.statistics,
            profiles=own,
        )
    return DataVector(
        data.observables,
        data.values,
        data.covariance + added,
        n_realisation=data.n_realisation,
        notes=data.notes | {HEADING: f"in the errors, by leaving out {section.n_side**3} parts"},
    )
