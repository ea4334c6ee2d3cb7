"""Figures and self-contained HTML pages of fits and predictions."""

from halograd.report import figures
from halograd.report.fit_report import write_fit_report
from halograd.report.forecast_report import write_forecast_report
from halograd.report.inspection_report import write_inspection_report
from halograd.report.network_reports import write_training_report, write_validation_report
from halograd.report.posterior_report import write_posterior_report
from halograd.report.prediction_report import write_prediction_report

__all__ = [
    "figures",
    "write_fit_report",
    "write_forecast_report",
    "write_inspection_report",
    "write_posterior_report",
    "write_prediction_report",
    "write_training_report",
    "write_validation_report",
]
