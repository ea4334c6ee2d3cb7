"""From a configuration to the objects a run computes with."""

from typing import NamedTuple

import jax

from halograd.catalogs import HaloCatalog
from halograd.config import Config
from halograd.inference import Predictor
from halograd.models import ParameterSpace
from halograd.runs.stages import Stages


class Setup(NamedTuple):
    """The halos, the predictions of the model on them, and its parameters."""

    halos: HaloCatalog
    predictor: Predictor
    space: ParameterSpace


def set_up(config: Config, stages: Stages) -> Setup:
    """Make or read the halos and prepare the predictor, telling the user."""
    verb = "Reading the halos" if config.catalog.mock is None else "Making a mock universe"
    with stages("catalog", verb):
        halos = config.catalog.build()
        stages.note(describe(halos))
    with stages("predictor", "Preparing pairs and lensing profiles"):
        model = config.model.build(halos)
        predictor = Predictor(halos, model, config.data.observables())
    space = config.model.space()
    with stages("compile", "Compiling the prediction and its derivatives"):
        jax.block_until_ready(predictor.value_and_jacobian(space.defaults))
    return Setup(halos, predictor, space)


def describe(halos: HaloCatalog) -> str:
    """The catalogue in one line."""
    matter = "no particles" if halos.particles is None else f"{len(halos.particles):,} particles"
    sides = " x ".join(f"{side:g}" for side in halos.boxsize)
    return f"{len(halos):,} halos and {matter} in {sides} Mpc/h at z = {halos.redshift:g}"
