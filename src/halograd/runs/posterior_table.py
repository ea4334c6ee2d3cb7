"""A sampled posterior as a table for people."""

import numpy as np
from rich.console import Console
from rich.table import Table

from halograd.report.chain_alerts import chain_alerts
from halograd.report.posterior_report import with_interval
from halograd.runs.sample import SampleRun


def show_posterior(run: SampleRun, console: Console) -> None:
    """Print parameters with intervals, and how far to believe them.

    ESS is the smaller of the effective draws in bulk and in tail.
    """
    chains, found = run.chains, run.chains.convergence
    table = Table(title="posterior", title_justify="left")
    table.add_column("parameter", style="bold")
    headings = ["best fit", "median and 68 %", "R-hat", "ESS"]
    if run.truth is not None:
        headings.insert(0, "truth")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for i, name in enumerate(chains.names if chains.n_draw else ()):
        draws = np.asarray(chains.theta[name], np.float64)
        cells = [f"{run.best.theta[name]:.4f}", with_interval(draws)]
        least = min(found.ess_bulk[i], found.ess_tail[i]) if found else 0
        cells += [f"{found.r_hat[i]:.3f}", f"{least:.0f}"] if found else ["–"] * 2
        if run.truth is not None:
            cells.insert(0, f"{run.truth[name]:.4f}")
        table.add_row(name, *cells)
    console.print(table)
    for alert in chain_alerts(chains):
        console.print(f"  [yellow]{alert}[/yellow]", highlight=False, soft_wrap=True)
