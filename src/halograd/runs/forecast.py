"""`halograd forecast`: what a data vector could say about the parameters."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from halograd.config import Config
from halograd.inference import (
    Forecast,
    Sensitivity,
    information_loss,
    scale_cuts,
    select,
    sensitivity,
)
from halograd.report import write_forecast_report
from halograd.report.alerts import suppress_domain_warnings
from halograd.runs.measurements import check_measurements, measurements
from halograd.runs.run import prepare_run
from halograd.runs.stages import Stages
from halograd.runs.summary import layout_summary

ALL = "all data"


@dataclass(frozen=True)
class ForecastRun:
    """The end of a forecast.

    Attributes:
        forecasts: One for each subset of the data, in order.
        whole: The forecast of all numbers.
        sensitivity: The derivatives that they follow from.
        report: The HTML report.
    """

    forecasts: tuple[Forecast, ...]
    whole: Forecast
    sensitivity: Sensitivity
    report: Path


@suppress_domain_warnings
def run_forecast(
    config: Config, out: str | os.PathLike[str], *, stages: Stages | None = None
) -> ForecastRun:
    """Forecast errors of the parameters and write summary, figures and report into `out`.

    The derivatives are taken at the parameters that `[forecast]` names, else at the truth of
    synthetic data, else at the values of `[model]`; the covariance is that of the data.

    Args:
        config: What to forecast.
        out: Folder, made where there is none.
        stages: Where to print.

    Raises:
        HalogradError: For halos, data and parameters that do not fit together.
    """
    check_measurements(config)
    fiducial = config.forecast.fiducial(config.model.space())
    run = prepare_run(config, out, stages)
    data, truth = measurements(run)
    space = run.space.replace(**{name: {"free": False} for name in config.forecast.fixed})
    with run.stages("derivatives", "Taking derivatives at the fiducial parameters"):
        at = sensitivity(run.predictor, data, {**(truth or {}), **fiducial}, space)
        at = at if config.forecast.priors else at.without_priors()
    with run.stages("forecast", "Forecasting"):
        forecasts, whole = _forecasts(config, at)
        loss, cuts = information_loss(at), scale_cuts(at)
        for sentence in whole.sentences:
            run.stages.note(sentence)
    report = run.finish(
        "forecast",
        {
            "fiducial": at.theta,
            "forecasts": {found.name: _numbers(found) for found in forecasts},
            "information_loss": _by_name(at, loss),
            "smallest_scale": {"mpc_h": cuts.smallest, "errors": _by_name(at, cuts.errors)},
            "data": layout_summary(data.observables),
            "empty_samples": [list(s) for s in run.predictor.empty_samples(at.theta)],
        },
        write_forecast_report,
        at=at.theta,
        sensitivity=at,
        forecasts=forecasts,
        whole=whole,
        loss=loss,
        cuts=cuts,
        data=data,
    )
    return ForecastRun(forecasts, whole, at, report)


def _forecasts(config: Config, at: Sensitivity) -> tuple[tuple[Forecast, ...], Forecast]:
    """The subsets asked for, and that of all numbers, which joins them where none is."""
    found = [
        at.forecast(s.name, select(at.observables, **s.ranges), fixed=s.fixed)
        for s in config.forecast.chosen(at.observables)
    ]
    for forecast in found:
        if forecast.n_data == len(at.jacobian) and forecast.free == at.names:
            return tuple(found), forecast
    whole = at.forecast(ALL)
    return (*found, whole), whole


def _numbers(forecast: Forecast) -> dict[str, Any]:
    return {
        "n_data": forecast.n_data,
        "free": forecast.free,
        "errors": forecast.errors,
        "correlation": forecast.correlation,
        "fisher": forecast.fisher,
        "log10_figure_of_merit": forecast.log10_figure_of_merit,
        "degeneracies": forecast.sentences,
    }


def _by_name(at: Sensitivity, columns: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(at.names, columns.T, strict=True))
