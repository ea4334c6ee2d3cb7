"""A sampled posterior as a table for people."""

import numpy as np
from rich.console import Console
from rich.table import Table

from halograd.report.chain_alerts import chain_alerts
from halograd.report.posterior_report import with_interval
from halograd.runs.sample import SampleRun


def show_posterior(run: SampleRun, console: Console) -> None:
    """Print parameters with intervals, R-hat and effective draws, and what to beware of."""
    chains, found = run.chains, run.chains.convergence
    table = Table(title="posterior", title_justify="left")
    table.add_column("parameter", style="bold")
    headings = ["best fit", "median and 68 %", "R-hat", "bulk ESS", "tail ESS"]
    if run.truth is not None:
        headings.insert(0, "truth")
    for heading in headings:
        table.add_column(heading, justify="right")
    for i, name in enumerate(chains.names if chains.n_draw else ()):
        draws = np.asarray(chains.theta[name], np.float64)
        cells = [f"{run.best.theta[name]:.4f}", with_interval(draws)]
        quality = (found.r_hat[i], found.ess_bulk[i], found.ess_tail[i]) if found else None
        cells += [f"{quality[0]:.3f}", *(f"{q:.0f}" for q in quality[1:])] if found else ["–"] * 3
        if run.truth is not None:
            cells.insert(0, f"{run.truth[name]:.4f}")
        table.add_row(name, *cells)
    console.print(table)
    for alert in chain_alerts(chains):
        console.print(f"  [yellow]{alert}[/yellow]", highlight=False, soft_wrap=True)
