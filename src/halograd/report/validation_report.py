"""The report of a validation of a network."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halograd.report.figures.validation import validation_figure, worst_figure
from halograd.report.page import Fact, Page, Plate, write_page

if TYPE_CHECKING:
    from halograd.network_training.validate import Validation

VALIDATION_PAGE = "validation.html"


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
        title: Of the page.
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
        plates=_plates(validation),
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


def _plates(validation: "Validation") -> tuple[Plate, ...]:
    caption = (
        "log10 of the mass function returned by eq. (1), in float64, over the one asked for, of "
        "draws with a solution. Bands: median to 99th percentile; lines: worst draw. Dotted: "
        "0.01 dex. The exact solver: of the draws it was asked about."
    )
    worst = "The draws that the network does worst; their parameters are in the tables below."
    return (
        Plate("validation", "Errors by stellar mass", caption, validation_figure(validation)),
        Plate("validation_worst", "The worst draws", worst, worst_figure(validation)),
    )
