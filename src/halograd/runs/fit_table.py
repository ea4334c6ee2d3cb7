"""The result of a fit as a table for people."""

from rich.console import Console
from rich.table import Table

from halograd.inference import FitResult
from halograd.runs.fit import FitRun
from halograd.runs.summary import p_value, pull


def show_fit(run: FitRun, console: Console) -> None:
    """Print, for every method: parameters, errors, pulls, χ² and how it ended."""
    for result in run.results:
        console.print(_table(result, run))
        console.print(_verdict(result, run), highlight=False, soft_wrap=True)


def _table(result: FitResult, run: FitRun) -> Table:
    chosen = " (best)" if result is run.best and len(run.results) > 1 else ""
    table = Table(title=f"{result.method}{chosen}", title_justify="left")
    table.add_column("parameter", style="bold")
    headings = ["start", "best", "error"]
    if run.truth is not None:
        headings = ["truth", *headings, "pull"]
    for heading in headings:
        table.add_column(heading, justify="right")
    for name in result.free:
        cells = [f"{run.start[name]:.4f}", f"{result.theta[name]:.4f}"]
        cells.append(f"± {result.errors[name]:.4f}")
        if run.truth is not None:
            offset = pull(name, result, run.truth)
            cells = [f"{run.truth[name]:.4f}", *cells, f"{offset:+.2f} σ"]
        table.add_row(name, *cells)
    return table


def _verdict(result: FitResult, run: FitRun) -> str:
    probability = p_value(result)
    words = f"  χ² = {result.chi2:.1f} for {result.degrees_of_freedom} degrees of freedom"
    words += "" if probability is None else f", p = {probability:.3f}"
    colour, end = ("green", "converged") if result.converged else ("yellow", "not converged")
    words += f", {len(result.steps)} steps in {result.steps[-1].seconds:.1f} s\n"
    return words + f"  [{colour}]{end}: {result.reason}[/{colour}]\n"
