"""The errors of a forecast as a table for people."""

import numpy as np
from rich.console import Console
from rich.table import Table

from halograd.runs.forecast import ForecastRun


def show_forecast(run: ForecastRun, console: Console) -> None:
    """Print the error of every parameter from every subset, and what is degenerate."""
    table = Table(title="Forecast errors", title_justify="left")
    table.add_column("parameter", style="bold")
    for heading in ("fiducial", *(found.name for found in run.forecasts)):
        table.add_column(heading, justify="right")
    for name in run.sensitivity.names:
        errors = [found.errors.get(name) for found in run.forecasts]
        table.add_row(name, f"{run.sensitivity.theta[name]:.4f}", *map(_cell, errors))
    console.print(table)
    for found in run.forecasts:
        for sentence in found.sentences:
            console.print(f"  {sentence}", highlight=False, soft_wrap=True)


def _cell(error: float | None) -> str:
    if error is None:
        return "fixed"
    return f"± {error:.4f}" if np.isfinite(error) else "unconstrained"
