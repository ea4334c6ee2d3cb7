"""A network of a folder, judged: numbers, figures, page and model card."""

import hashlib
from pathlib import Path
from typing import Any

from halograd._atomic import atomic_write
from halograd.network_training.card import model_card
from halograd.network_training.settings import TrainSettings
from halograd.network_training.validate import Effort, validate
from halograd.network_training.verdict import numbers
from halograd.report import write_validation_report
from halograd.runs.output import plain, write_json
from halograd.runs.progress import Progress
from halograd.runs.stages import Stages
from halograd.runs.summary import versions
from halograd.sham.network import weights

VALIDATION_FILE, CARD_FILE = "validation.json", "model_card.md"


def validate_network(
    network: Path,
    settings: TrainSettings,
    folder: Path,
    stages: Stages,
    effort: Effort | None = None,
) -> Path:
    """Judge the network in a file; write all that comes of it into `folder`.

    Args:
        network: The file.
        settings: Settings of the training, with the draws of the validation.
        folder: Gets `validation.json`, `validation.html`, `model_card.md`, figures, and the exact
            solutions, which make the next validation quick; must exist.
        stages: Where to print.
        effort: For the slow parts.

    Returns:
        The path of the page.
    """
    with stages("validation", "Validating on draws the network has not seen"):
        found, content = _judge(network, settings, folder, stages, effort)
    with stages("validation report", "Drawing the figures and writing the report"):
        page = write_validation_report(
            folder,
            title="Validation of the network",
            validation=found,
            numbers=content,
            summary=plain(content),
        )
    content["timings_s"] = dict(stages.timings)
    write_json(folder / VALIDATION_FILE, content)
    card = model_card(content, settings, weights.provenance(network), content["network_sha256"])
    with atomic_write(folder / CARD_FILE) as temporary:
        temporary.write_text(card, encoding="utf-8")
    for target in content["targets"]:
        if not target["met"]:
            stages.note(
                f"{target['family']}: {target['name']} is {target['value']:.3g}, "
                f"above {target['bound']:g}"
            )
    return page


def _judge(
    network: Path, settings: TrainSettings, folder: Path, stages: Stages, effort: Effort | None
) -> tuple[Any, dict[str, Any]]:
    with Progress(stages.console) as progress:
        found = validate(
            weights.load(network), settings, folder, effort=effort, on_stage=progress.show
        )
    about = {
        "network_sha256": hashlib.sha256(network.read_bytes()).hexdigest(),
        "versions": versions(),
        "seeds": {"training": settings.training.seed, "validation": settings.validation.seed},
        "effort": (effort or Effort())._asdict(),
    }
    return found, {**about, **numbers(found)}
