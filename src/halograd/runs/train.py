"""`halograd train`: a network trained, with everything that came of it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from halograd import __version__
from halograd._atomic import atomic_write
from halograd.config.train_config import TrainConfig, load_train_config
from halograd.errors import HalogradError
from halograd.network_training.checkpoint import newest_step
from halograd.network_training.history import TrainingStep
from halograd.network_training.optimiser import TrainingState
from halograd.network_training.prepared import Prepared
from halograd.network_training.settings import TrainSettings
from halograd.network_training.train import Trained, start_over, train_in_folder
from halograd.report import write_training_report
from halograd.report.network_reports import last_rms
from halograd.runs.output import output_folder, plain, write_json
from halograd.runs.progress import TrainingProgress
from halograd.runs.stages import Stages
from halograd.runs.summary import versions

NETWORK_FILE, CONFIG_FILE, SUMMARY_FILE = "network.h5", "config.toml", "summary.json"


@dataclass(frozen=True)
class TrainRun:
    """The end of a training run.

    Attributes:
        report: The HTML report; None where the user stopped the run.
        network: The weights; None likewise.
        step: The last step done and saved, 0 for none.
    """

    report: Path | None
    network: Path | None
    step: int

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped the run."""
        return self.report is None


def run_train(
    config: str | os.PathLike[str] | None,
    out: str | os.PathLike[str],
    *,
    fresh: bool = False,
    validate: bool = False,
    stages: Stages | None = None,
) -> TrainRun:
    """Train a network into the folder `out`, or go on with the training it holds.

    Args:
        config: TOML file; where None, the one `out` was begun with, or else the shipped one.
        out: Folder, made where there is none.
        fresh: Forget draws and checkpoints in `out`.
        validate: Judge the network on draws it has not seen; where `out` holds the finished
            network of this configuration, without any training.
        stages: Where to print.

    Raises:
        HalogradError: As `load_train_config` and `train`.
    """
    stages = stages or Stages()
    chosen = _load_config(config, Path(out))
    folder = output_folder(out)
    if fresh:
        _start_over(folder)
    if not (validate and _is_finished(folder, chosen.settings)):
        run = _train(chosen, folder, stages)
        if run.interrupted or not validate:
            return run
    return _validate(chosen, folder, stages)


def _load_config(config: str | os.PathLike[str] | None, folder: Path) -> TrainConfig:
    own = folder / CONFIG_FILE
    return load_train_config(own if config is None and own.exists() else config)


def _start_over(folder: Path) -> None:
    start_over(folder)
    for name in (NETWORK_FILE, SUMMARY_FILE):
        (folder / name).unlink(missing_ok=True)


def _is_finished(folder: Path, settings: TrainSettings) -> bool:
    """Whether the folder holds the network of these settings."""
    from halograd.sham.network import weights

    try:
        provenance = weights.provenance(folder / NETWORK_FILE)
    except HalogradError:
        return False  # none, or not to be trusted: made again from the last checkpoint
    return provenance.get("settings") == plain(settings.decisive)


def _train(config: TrainConfig, folder: Path, stages: Stages) -> TrainRun:
    stages.say(f"Configuration: {config.path}")
    reporter = _Reporter(config, folder, stages)
    try:
        with stages("training", "Training"), TrainingProgress(stages.console) as progress:
            reporter.progress = progress
            trained = train_in_folder(
                config.settings,
                folder,
                on_prepare=progress.show_draws,
                on_begin=reporter.begin,
                on_step=reporter.stepped,
            )
    except KeyboardInterrupt:
        return TrainRun(None, None, newest_step(folder))
    return _save(config, trained, folder, stages)


class _Reporter:
    """Shows where the training begins and how far it is, and saves its configuration."""

    def __init__(self, config: TrainConfig, folder: Path, stages: Stages) -> None:
        self.config, self.folder, self.stages = config, folder, stages
        self.total = config.settings.training.steps
        self.progress: TrainingProgress | None = None

    def begin(self, state: TrainingState, prepared: Prepared, damaged: tuple[Path, ...]) -> None:
        with atomic_write(self.folder / CONFIG_FILE) as temporary:
            temporary.write_text(self.config.text, encoding="utf-8")
        for path in damaged:
            self.stages.note(f"{path.name} is damaged: going on from the one before")
        if prepared.was_kept:
            self.stages.note("draws: those of this folder")
        if state.step:
            self.stages.note(f"going on from the checkpoint of step {state.step:,}")
        self.progress.begin_steps(state.step, self.total)

    def stepped(self, step: TrainingStep) -> None:
        self.progress.show_step(step, self.total)


def _save(config: TrainConfig, trained: Trained, folder: Path, stages: Stages) -> TrainRun:
    from halograd.sham.network import weights

    facts = _facts(config, trained)
    weights.save(folder / NETWORK_FILE, trained.network, facts)
    summary = {"command": "train", "status": "complete", **facts}
    summary["timings_s"] = stages.all_timings
    with stages("report", "Drawing the figure and writing the report"):
        report = write_training_report(
            folder,
            title=f"Training of {config.path.stem}",
            history=trained.history,
            n_draw=config.settings.training.draws,
            n_usable=trained.n_usable,
            skipped=trained.skipped,
            summary=plain({key: value for key, value in summary.items() if key != "settings"}),
        )
    write_json(folder / SUMMARY_FILE, summary)
    return TrainRun(report, folder / NETWORK_FILE, len(trained.history))


def _facts(config: TrainConfig, trained: Trained) -> dict[str, Any]:
    """What makes the weights what they are, and how far they came."""
    settings = config.settings
    facts = {
        "halograd": __version__,
        "versions": versions(),
        "seeds": {"training": settings.training.seed, "validation": settings.validation.seed},
        "steps": len(trained.history),
        "skipped_steps": trained.skipped,
        "draws": settings.training.draws,
        "usable_draws": trained.n_usable,
        "draws_sha256": trained.draws_digest,
        "last_rms_dex": last_rms(trained.history),
        "settings": settings.decisive,
        "config_text": config.text,
    }
    return plain(facts)


def _validate(config: TrainConfig, folder: Path, stages: Stages) -> TrainRun:
    from halograd.runs.validate_network import validate_network

    network = folder / NETWORK_FILE
    page = validate_network(network, config.settings, folder, stages)
    return TrainRun(page, network, config.settings.training.steps)
