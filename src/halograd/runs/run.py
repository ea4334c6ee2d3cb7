"""What the commands on a configuration share: halos, predictor, folder, summary, report."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax

from halograd.catalogs import HaloCatalog, box_warnings
from halograd.config import Config
from halograd.inference import Predictor
from halograd.models import GalaxyHaloModel, HaloOccupation, ParameterSpace
from halograd.models.completeness import incomplete_samples, incompleteness_sentence
from halograd.models.parameters import Theta
from halograd.runs.halo_abundance import halo_abundance_warning
from halograd.runs.halo_table import tabulated_predictor
from halograd.runs.lensing_noise import lensing_facts
from halograd.runs.output import output_folder, removed_if_empty, write_json
from halograd.runs.progress import PERCENT, Progress
from halograd.runs.stages import Stages
from halograd.runs.summary import report_summary, run_summary

SUMMARY_FILE = "summary.json"
_LOST = 5e-3  # of the satellites: a fraction that a reader must know

_TITLES = {"fit": "Fit", "sample": "Posterior", "forecast": "Forecast", "predict": "Prediction"}


@dataclass(frozen=True, eq=False)
class RunContext:
    """A configuration with the objects that a command computes with.

    Attributes:
        config: What to compute, and from what.
        stages: Prints and times what is being done.
        halos: The catalogue with the matter that `[lensing]` asks for.
        predictor: Predictions of the model on these halos.
        space: Parameters of the model with their bounds and priors.
        folder: Folder of the results; None where nothing is written.
    """

    config: Config
    stages: Stages
    halos: HaloCatalog
    predictor: Predictor
    space: ParameterSpace
    folder: Path | None = None

    def finish(
        self,
        command: str,
        results: Mapping[str, Any],
        write_report: Callable[..., Path],
        /,
        *,
        at: Theta,
        seeds: Mapping[str, int] | None = None,
        **content: Any,
    ) -> Path:
        """Write `summary.json` and the report of a command into the folder.

        The summary is there before the report, so that a Ctrl-C in a figure does not lose it, and
        is written again with the time that the report took.

        Args:
            command: Name of the command.
            results: What the command found, added to what every summary holds.
            write_report: Function of `halograd.report`.
            at: The parameters at which samples are judged to be complete.
            seeds: Seeds of the command, beside those of the configuration.
            content: Arguments of `write_report` beside folder, title, predictor, notes, summary.

        Returns:
            The report.
        """
        config, stages = self.config, self.stages
        samples = self.predictor.observables.samples
        found = incomplete_samples(self.halos, self.predictor.model, at, samples)
        if (warning := incompleteness_sentence(found)) is not None:
            stages.facts["incomplete_samples"] = warning
            stages.warn(warning)
        summary = run_summary(command, config, self.halos, stages) | results
        summary["seeds"] = {**config.seeds, **(seeds or {})}
        write_json(self.folder / SUMMARY_FILE, summary)
        with stages("report", "Drawing figures and writing the report"):
            report = write_report(
                self.folder,
                title=config.report.title or f"{_TITLES[command]} of {config.path.stem}",
                predictor=self.predictor,
                notes=config.report.notes,
                summary=report_summary(summary),
                **content,
            )
        summary["timings_s"] = stages.all_timings
        write_json(self.folder / SUMMARY_FILE, summary)
        return report


def prepare_run(
    config: Config, out: str | os.PathLike[str] | None = None, stages: Stages | None = None
) -> RunContext:
    """Make or read the halos and prepare the predictor.

    Args:
        config: What to predict, and from what.
        out: Folder of the results, made where there is none; it also keeps the table of `[tables]`
            where that section does not say where. It is removed where this fails and nothing is in
            it. None to write nothing.
        stages: Where to print.

    Raises:
        HalogradError: Where the halos cannot be read, or cannot give what [data] asks for.
    """
    stages = stages or Stages()
    folder = None if out is None else output_folder(out)
    verb = "Reading the halos" if config.catalog.mock is None else "Making a mock universe"
    space = config.model.space()
    with removed_if_empty(folder):
        with stages("catalog", verb):
            halos = config.lensing.applied(_halos(config, stages))
            stages.note(_one_line(halos))
        if config.catalog.file is not None:
            _warn_of_catalog(halos, stages)
        if config.tracers is not None:
            with stages("tracers", "Placing satellites on NFW profiles"):
                halos = config.tracers.applied(halos)
                stages.note(f"{int(halos.is_satellite.sum()):,} places of satellites")
        config.check_box(halos.boxsize)
        with config.named_in_errors():
            model = config.model.build(halos)
            _warn_of_lost_satellites(model, halos, space, stages)
            predictor = _predictor(config, halos, model, space, folder, stages)
    with stages("compile", "Compiling the prediction and its derivatives"):
        jax.block_until_ready(predictor.value_and_jacobian(space.defaults))
    if facts := lensing_facts(halos, predictor, space.defaults, stages):
        stages.facts["lensing"] = facts
    return RunContext(config, stages, halos, predictor, space, folder)


def _warn_of_lost_satellites(
    model: GalaxyHaloModel, halos: HaloCatalog, space: ParameterSpace, stages: Stages
) -> None:
    """Tell how many satellites have no place to be, at the values of [model]."""
    if not isinstance(model, HaloOccupation):
        return
    lost = model.lost_satellites(halos, space.defaults)
    stages.facts["lost_satellites"] = lost
    if lost > _LOST:
        stages.warn(
            f"{lost:.1%} of the satellites are expected in hosts without any place for them, and "
            'are lost: let points stand for subhalos, [tracers] with kind = "nfw"'
        )


def _halos(config: Config, stages: Stages) -> HaloCatalog:
    draw = {
        "particle_fraction": config.lensing.particle_fraction,
        "particle_seed": config.lensing.seed,
    }
    if config.catalog.file is None:
        return config.catalog.build(**draw)
    task = f"reading {config.catalog.file.path.name}"
    with Progress(stages.console, count=PERCENT, transient=True) as progress:
        return config.catalog.build(partial(progress.show, task), **draw)


def _predictor(
    config: Config,
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    space: ParameterSpace,
    folder: Path | None,
    stages: Stages,
) -> Predictor:
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
            stages.warn(
                f"The tolerance {accuracy.tolerance:g} is not met: narrow the priors, raise "
                "tolerance, or leave out [tables]"
            )
    stages.facts["table"] = accuracy.described() | {"is_met": accuracy.is_met}
    return predictor


def _warn_of_catalog(halos: HaloCatalog, stages: Stages) -> None:
    """Warn of a catalogue in a file that may not be what it says."""
    abundance, parts = halo_abundance_warning(halos), box_warnings(halos)
    if abundance is not None:
        stages.facts["abundance_doubt"] = abundance
    if parts:
        stages.facts["box_warnings"] = parts
    for warning in [abundance] * (abundance is not None) + parts:
        stages.warn(warning)


def _one_line(halos: HaloCatalog) -> str:
    """Numbers of halos and particles, box and redshift."""
    matter = "no particles" if halos.particles is None else f"{len(halos.particles):,} particles"
    sides = " x ".join(f"{side:g}" for side in halos.boxsize)
    return f"{len(halos):,} halos and {matter} in {sides} Mpc/h at z = {halos.redshift:g}"
