"""The report of a forecast."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from halograd.inference import DataVector, Forecast, Predictor, ScaleCuts, Sensitivity
from halograd.report import figures
from halograd.report.alerts import empty_sample_alerts, input_alerts, suppress_domain_warnings
from halograd.report.data_notes import data_notes
from halograd.report.page import Block, Fact, Page, Panel, write_page
from halograd.report.parameter_table import ParameterRow, with_error


@suppress_domain_warnings
def write_forecast_report(
    out: str | os.PathLike[str],
    *,
    title: str,
    predictor: Predictor,
    sensitivity: Sensitivity,
    forecasts: Sequence[Forecast],
    whole: Forecast,
    loss: np.ndarray,
    cuts: ScaleCuts,
    data: DataVector | None = None,
    notes: Sequence[str] = (),
    summary: Mapping[str, Any],
) -> Path:
    """Write `report.html`, which needs no other file, and `figures/*.png` into a folder.

    Args:
        out: The folder, made where missing.
        title: Title of the page.
        predictor: What was differentiated.
        sensitivity: The derivatives.
        forecasts: One for each subset of the data.
        whole: That of all numbers.
        loss: (n_data, n_free), `inference.information_loss`.
        cuts: Errors by smallest scale.
        data: Whose covariance it is, for what a reader should know of it, or None.
        notes: Limitations, one sentence each.
        summary: Numbers and text that JSON can hold: versions, seeds, timings, configuration.

    Returns:
        The path of the page.

    Raises:
        OSError: Where the folder cannot be written.
    """
    n_data, n_free = loss.shape
    page = Page(
        title=title,
        statement=f"What {n_data} numbers can say about {n_free} parameters: Gaussian errors from "
        "the Fisher matrix of exact derivatives, the smallest that an unbiased analysis can reach.",
        facts=_facts(whole),
        alerts=(
            *input_alerts(summary),
            *whole.sentences,
            *empty_sample_alerts(predictor.empty_samples(sensitivity.theta)),
            *predictor.model.caveats(sensitivity.theta),
        ),
        rows=tuple(_rows(sensitivity, whole)),
        tables=(_errors_table(sensitivity.names, forecasts), *_degeneracies(forecasts, whole)),
        panels=tuple(_panels(sensitivity, forecasts, loss, cuts)),
        notes=(*notes, *data_notes(data)),
        summary=summary,
    )
    return write_page(out, page)


def _facts(whole: Forecast) -> tuple[Fact, ...]:
    merit = whole.log10_figure_of_merit
    open_ended = sum(not np.isfinite(error) for error in whole.errors.values())
    return (
        Fact("Numbers", f"{whole.n_data}", "in the data vector"),
        Fact("Parameters", f"{len(whole.free)}", "free"),
        Fact("Unconstrained", f"{open_ended}", "parameters", "bad" if open_ended else "good"),
        Fact("Figure of merit", f"{merit:.2f}", "log10 of (det F)^1/2, all data"),
    )


def _rows(at: Sensitivity, whole: Forecast) -> list[ParameterRow]:
    units = {p.name: p.unit for p in at.free}
    return [
        ParameterRow(
            name,
            units.get(name, ""),
            with_error(value, whole.errors[name]) if name in units else f"{value:.6g} (not free)",
        )
        for name, value in at.theta.items()
    ]


def _errors_table(names: Sequence[str], forecasts: Sequence[Forecast]) -> Block:
    """Errors by parameter and subset."""
    rows = [(name, *(_error(found, name) for found in forecasts)) for name in names]
    rows.append(("log10 figure of merit", *(_merit(found) for found in forecasts)))
    rows.append(("numbers used", *(str(found.n_data) for found in forecasts)))
    header = ("error of", *(found.name for found in forecasts))
    return Block("Forecast errors", header, tuple(rows))


def _error(forecast: Forecast, name: str) -> str:
    if name not in forecast.free:
        return "fixed"
    error = forecast.errors[name]
    return f"{error:.3g}" if np.isfinite(error) else "unconstrained"


def _merit(forecast: Forecast) -> str:
    merit = forecast.log10_figure_of_merit
    return f"{merit:.2f}" if np.isfinite(merit) else "–"


def _degeneracies(forecasts: Sequence[Forecast], whole: Forecast) -> list[Block]:
    """Degeneracies of the subsets; those of all data are among the alerts."""
    rows = [
        (sentence,) for found in forecasts if found is not whole for sentence in found.sentences
    ]
    if not rows:
        return []
    header = ("In units of the error of each parameter with the others fixed",)
    return [Block("What subsets cannot tell apart", header, tuple(rows))]


def _panels(
    at: Sensitivity, forecasts: Sequence[Forecast], loss: np.ndarray, cuts: ScaleCuts
) -> list[Panel]:
    drawn = (
        (
            "ellipses",
            "Forecast errors, two by two",
            "Regions of 68 and 95 % for each subset of the data, the other parameters free.",
            figures.ellipses_figure(forecasts, at.theta, at.free),
        ),
        (
            "data_importance",
            "Which number constrains which parameter",
            "Fraction of the information 1/σ² on a parameter, the others free, that is lost when "
            "one number is left out. Numbers that repeat each other lose little one by one.",
            figures.data_importance_figure(loss, at.observables, at.free),
        ),
        (
            "smallest_scale",
            "What small scales add",
            "Fraction of the information on each parameter that is left when bins of separation "
            "below a scale are cut; n is always used.",
            figures.smallest_scale_figure(cuts, at.free),
        ),
    )
    return [Panel(*parts) for parts in drawn if parts[-1] is not None]
