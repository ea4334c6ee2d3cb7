"""The report of a fit."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from halograd.catalogs import HaloCatalog
from halograd.inference import DataVector, FitResult, Predictor
from halograd.models import ParameterSpace
from halograd.models.parameters import Theta
from halograd.observations.relations import Relation
from halograd.report import figures
from halograd.report.alerts import (
    empty_sample_alerts,
    fit_alerts,
    input_alerts,
    p_value,
    suppress_domain_warnings,
)
from halograd.report.curve import Curve, predict_curve
from halograd.report.data_notes import data_notes
from halograd.report.page import Fact, Page, Panel, write_page
from halograd.report.parameter_table import fit_rows
from halograd.report.statistic_panels import gradients_panel, halo_panel, statistic_panels


@suppress_domain_warnings
def write_fit_report(
    out: str | os.PathLike[str],
    *,
    title: str,
    halos: HaloCatalog,
    predictor: Predictor,
    data: DataVector,
    result: FitResult,
    truth: Theta | None = None,
    start: Theta | None = None,
    notes: Sequence[str] = (),
    relations: Sequence[Relation] = (),
    summary: Mapping[str, Any],
    results: Sequence[FitResult] = (),
    ends: Sequence[FitResult] = (),
    space: ParameterSpace | None = None,
) -> Path:
    """Write `report.html`, which needs no other file, and `figures/*.png` into a folder.

    The page leads with the parameters, χ² and whether the fit converged, and flags parameters at
    their bounds or without constraint, samples without galaxies, and fits that are bad or too
    good.

    Args:
        out: The folder, made where missing.
        title: Title of the page.
        halos: The catalogue.
        predictor: What made the prediction.
        data: What was fitted.
        result: The fit.
        truth: Parameters the data were made from, by name; the best fit stands in for the missing.
        start: Where the fit began, by name; likewise.
        notes: Limitations, one sentence each.
        relations: Published relations to lay over the one between galaxies and halos.
        summary: Numbers and text that JSON can hold: versions, seeds, timings, configuration.
        results: Every fit of the same data, `result` or not, for the figure of convergence.
        ends: Where the fits of the method of `result` ended, one for each start.
        space: Bounds of the fit, where they are not those of the model.

    Returns:
        The path of the page.

    Raises:
        HalogradError: For a parameter the model does not have.
        OSError: Where the folder cannot be written.
    """
    space, truth = space or predictor.model.space, truth or None
    curves = _curves(predictor, result, truth, start)
    empty = predictor.empty_samples(result.theta)
    panels = [halo_panel(halos), *statistic_panels(halos, predictor, curves, data, relations)]
    others = [other for other in results if other is not result]
    panels += _fit_panels([result, *others], space, truth, start)
    panels += _starts_panels(ends)
    fitted = [p for p in space.parameters if p.name in result.free]
    panels.append(gradients_panel(predictor, curves[0], fitted, data, result.errors))
    page = Page(
        title=title,
        statement=_statement(result),
        facts=_facts(result),
        alerts=(
            *input_alerts(summary),
            *fit_alerts(result, space, ends),
            *empty_sample_alerts(empty),
            *predictor.model.caveats(result.theta),
        ),
        rows=tuple(fit_rows(result, space.parameters, truth)),
        panels=tuple(panels),
        notes=(*notes, *data_notes(data)),
        summary=summary,
    )
    return write_page(out, page)


def _curves(
    predictor: Predictor, result: FitResult, truth: Theta | None, start: Theta | None
) -> list[Curve]:
    points = [("best fit", {}), ("truth", truth), ("start", start)]
    return [
        predict_curve(predictor, {**result.theta, **theta}, role)
        for role, theta in points
        if theta is not None
    ]


def _statement(result: FitResult) -> str:
    numbers = (
        f"{len(result.free)} parameters fitted to {result.n_data} numbers with {result.method}"
    )
    end = "converged" if result.converged else "did not converge"
    return f"{numbers}; the fit {end}: {result.reason}."


def _facts(result: FitResult) -> tuple[Fact, ...]:
    p = p_value(result)
    last = result.steps[-1]
    steps = f"{len(result.steps)} steps"
    converged = ("yes", steps, "good") if result.converged else ("no", steps, "bad")
    return (
        Fact("χ²", f"{result.chi2:.1f}", f"{result.degrees_of_freedom} degrees of freedom"),
        Fact("p-value", "–" if p is None else f"{p:.2g}", "of a larger χ² by chance"),
        Fact("Converged", *converged),
        Fact("Fit time", f"{last.seconds:.3g} s", "after compilation"),
    )


def _fit_panels(
    results: Sequence[FitResult],
    space: ParameterSpace,
    truth: Theta | None,
    start: Theta | None,
) -> list[Panel]:
    result = results[0]
    target = "the truth" if truth else "the best fit"
    panels = []
    corner = figures.corner_figure(result, space.parameters, truth)
    if corner is not None:
        caption = (
            "Gaussian errors from the exact Fisher matrix: 68 and 95 % regions below the "
            "diagonal, correlation coefficients above it."
        )
        panels.append(Panel("corner", "Errors, two by two", caption, corner))
    caption = f"Best fit with errors, as the distance from {target} in units of the error."
    pulls = figures.pulls_figure(result, space.parameters, truth=truth, start=start)
    panels.append(Panel("pulls", "Parameters", caption, pulls))
    caption = (
        "Top: χ² above the lowest found, by step and by time; below the dotted line a fit is "
        f"within 1σ. Bottom: the parameters on their way, as the distance from {target}."
    )
    convergence = figures.convergence_figure(results, space.parameters, truth)
    return [*panels, Panel("convergence", "Convergence", caption, convergence)]


def _starts_panels(ends: Sequence[FitResult]) -> list[Panel]:
    if len(ends) < 2:
        return []
    caption = (
        "Lowest χ² so far of the fit from each start, coloured by the minimum it ended in; below "
        "the dotted line a fit is within 1σ of the lowest."
    )
    return [Panel("starts", "Fits from several starts", caption, figures.starts_figure(ends))]
