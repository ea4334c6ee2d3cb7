"""The reports of the training of a network and of its validation."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halograd.report import figures
from halograd.report.figures.network import validation_figure, worst_figure
from halograd.report.page import Fact, Page, Panel, write_page

if TYPE_CHECKING:
    from halograd.network_training.history import TrainingHistory
    from halograd.network_training.validate import Validation

_LAST = 500  # steps that the final numbers are taken over
VALIDATION_PAGE = "validation.html"


def write_training_report(
    out: str | os.PathLike[str],
    *,
    title: str,
    history: "TrainingHistory",
    n_draw: int,
    n_usable: int,
    skipped: int,
    summary: Mapping[str, Any],
) -> Path:
    """Write `report.html`, which needs no other file, and `figures/training.png` into a folder.

    Args:
        out: The folder, made where missing.
        title: Title of the page.
        history: Every step.
        n_draw: Draws prepared.
        n_usable: Draws with a solution.
        skipped: Steps left out because their gradient was not finite.
        summary: Numbers and text that JSON can hold: versions, seeds, timings, configuration.

    Returns:
        The path of the page.
    """
    caption = (
        "Root mean square over the batch of each step (dots) and over stretches of steps (lines), "
        "on draws the network is trained on. Top: log10 of the mass function returned over the "
        "one asked for. Bottom: how the former changes with the parameters."
    )
    page = Page(
        title=title,
        statement=f"A network trained on {n_usable:,} problems in {len(history):,} steps.",
        facts=_facts(history, n_draw, n_usable, skipped),
        panels=(Panel("training", "Training", caption, figures.training_figure(history)),),
        summary=summary,
    )
    return write_page(out, page)


def last_rms(history: "TrainingHistory") -> dict[str, float]:
    """Root mean squares over the last 500 steps: misfit and gradient, in dex."""
    names = ("misfit", "gradient")
    return {name: float(np.sqrt(np.nanmean(history[name][-_LAST:]))) for name in names}


def _facts(
    history: "TrainingHistory", n_draw: int, n_usable: int, skipped: int
) -> tuple[Fact, ...]:
    rms = last_rms(history)
    over = f"dex, last {min(_LAST, len(history))} steps"
    tone = "bad" if skipped else ""
    return (
        Fact("Misfit, rms", f"{rms['misfit']:.2g}", over),
        Fact("Draws", f"{n_usable:,}", f"of {n_draw:,} have a solution"),
        Fact("Skipped", f"{skipped}", "steps of a gradient not finite", tone),
    )


def write_validation_report(
    out: str | os.PathLike[str],
    *,
    title: str,
    validation: "Validation",
    numbers: Mapping[str, Any],
    summary: Mapping[str, Any],
) -> Path:
    """Write `validation.html` and `figures/validation*.png` into a folder.

    Args:
        out: The folder, made where missing.
        title: Title of the page.
        validation: What was found.
        numbers: The same in numbers, as `verdict.numbers` gives them.
        summary: What JSON can hold, shown at the end.

    Returns:
        The path of the page.
    """
    outcome = "all" if numbers["passed"] else "not all"
    page = Page(
        title=title,
        statement=f"Mass functions of draws not trained on: {outcome} of the limits are kept.",
        facts=tuple(_fact(target) for target in numbers["targets"]),
        alerts=_alerts(numbers),
        panels=_panels(validation),
        summary=summary,
    )
    return write_page(out, page, file=VALIDATION_PAGE)


def _fact(target: Mapping[str, Any]) -> Fact:
    tone = "good" if target["met"] else "bad"
    label = f"{target['family']}: {target['name']}"
    return Fact(label, f"{target['value']:.2g}", f"at most {target['bound']:g}", tone)


def _alerts(numbers: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{target['family']}: {target['name']} is {target['value']:.3g}, above {target['bound']:g}"
        for target in numbers["targets"]
        if not target["met"]
    )


def _panels(validation: "Validation") -> tuple[Panel, ...]:
    caption = (
        "log10 of the mass function returned by eq. (1), in float64, over the one asked for, of "
        "draws with a solution. Bands: median to 99th percentile; lines: worst draw. Dotted: "
        "0.01 dex. The exact solver: of the draws it was asked about."
    )
    worst = "The draws that the network does worst; their parameters are in the tables below."
    return (
        Panel("validation", "Errors by stellar mass", caption, validation_figure(validation)),
        Panel("validation_worst", "The worst draws", worst, worst_figure(validation)),
    )
