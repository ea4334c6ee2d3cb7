"""From a configuration to the objects a run computes with."""

from pathlib import Path
from typing import NamedTuple

import jax

from halograd.catalogs import HaloCatalog, box_warnings
from halograd.config import Config
from halograd.inference import Predictor
from halograd.models import ParameterSpace
from halograd.runs.abundance_doubt import abundance_doubt
from halograd.runs.empty_folder import removed_if_empty
from halograd.runs.halo_table import tabulated_predictor
from halograd.runs.lensing_noise import lensing_facts
from halograd.runs.read_progress import ReadProgress
from halograd.runs.stages import Stages


class Setup(NamedTuple):
    """The halos, the predictions of the model on them, and its parameters."""

    halos: HaloCatalog
    predictor: Predictor
    space: ParameterSpace


def set_up(config: Config, stages: Stages, folder: Path | None = None) -> Setup:
    """Make or read the halos and prepare the predictor, telling the user.

    Args:
        config: What to predict, and from what.
        stages: Where to print.
        folder: Where a table is kept, if [tables] asks for one and does not say where. It is
            removed where this fails and nothing is in it.

    Raises:
        HalogradError: Where the halos cannot be read, or cannot give what [data] asks for.
    """
    verb = "Reading the halos" if config.catalog.mock is None else "Making a mock universe"
    space = config.model.space()
    with removed_if_empty(folder):
        with stages("catalog", verb):
            halos = config.lensing.applied(_halos(config, stages))
            stages.note(describe(halos))
        _say_doubt(config, halos, stages)
        config.check_box(halos.boxsize)
        with config.named_in_errors():
            predictor = _predictor(config, halos, space, folder, stages)
    with stages("compile", "Compiling the prediction and its derivatives"):
        jax.block_until_ready(predictor.value_and_jacobian(space.defaults))
    if facts := lensing_facts(halos, predictor, space.defaults, stages):
        stages.facts["lensing"] = facts
    return Setup(halos, predictor, space)


def _halos(config: Config, stages: Stages) -> HaloCatalog:
    draw = {
        "particle_fraction": config.lensing.particle_fraction,
        "particle_seed": config.lensing.seed,
    }
    if config.catalog.file is None:
        return config.catalog.build(**draw)
    with ReadProgress(stages.console, f"reading {config.catalog.file.path.name}") as progress:
        return config.catalog.build(progress, **draw)


def _say_doubt(config: Config, halos: HaloCatalog, stages: Stages) -> None:
    """Warn of a catalogue in a file that may not be what it says."""
    if config.catalog.file is None:
        return
    doubt, warnings = abundance_doubt(halos), box_warnings(halos)
    if doubt is not None:
        stages.facts["abundance_doubt"] = doubt
    if warnings:
        stages.facts["box_warnings"] = warnings
    for sentence in [doubt] * (doubt is not None) + warnings:
        stages.say(f"  [yellow]{sentence}[/yellow]")


def _predictor(
    config: Config,
    halos: HaloCatalog,
    space: ParameterSpace,
    folder: Path | None,
    stages: Stages,
) -> Predictor:
    model = config.model.build(halos)
    if config.tables is None:
        with stages("predictor", "Preparing pairs and lensing profiles"):
            return Predictor(halos, model, config.data.observables())
    with stages("table", "Tabulating the halos"):
        predictor = tabulated_predictor(
            config, halos, model, space=space, folder=folder, stages=stages
        )
        accuracy = predictor.accuracy
        stages.note(str(accuracy))
        if not accuracy.is_met:
            stages.say(
                f"  [yellow]The tolerance {accuracy.tolerance:g} is not met: narrow the priors, "
                "raise tolerance, or leave out \\[tables][/yellow]"
            )
    stages.facts["table"] = accuracy.described() | {"is_met": accuracy.is_met}
    return predictor


def describe(halos: HaloCatalog) -> str:
    """The catalogue in one line."""
    matter = "no particles" if halos.particles is None else f"{len(halos.particles):,} particles"
    sides = " x ".join(f"{side:g}" for side in halos.boxsize)
    return f"{len(halos):,} halos and {matter} in {sides} Mpc/h at z = {halos.redshift:g}"
