"""What commands print for people at the end: tables of parameters, errors and halos."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from halograd.plugins import Registry
from halograd.report.alerts import chain_alerts, p_value
from halograd.report.parameter_table import with_interval
from halograd.runs.summary import pull
from halograd.statistics.style import plain_symbol

if TYPE_CHECKING:
    from halograd.inference import FitResult
    from halograd.runs.fit import FitRun
    from halograd.runs.forecast import ForecastRun
    from halograd.runs.sample import SampleRun


def show_fit(run: "FitRun", console: Console) -> None:
    """Print, for every method: parameters, errors, pulls, χ² and how it ended."""
    for result in run.results:
        console.print(_fit_table(result, run))
        console.print(_fit_verdict(result, run), highlight=False, soft_wrap=True)


def _fit_table(result: "FitResult", run: "FitRun") -> Table:
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


def _fit_verdict(result: "FitResult", run: "FitRun") -> str:
    probability = p_value(result)
    words = f"  χ² = {result.chi2:.1f} for {result.degrees_of_freedom} degrees of freedom"
    words += "" if probability is None else f", p = {probability:.3f}"
    colour, end = ("green", "converged") if result.converged else ("yellow", "not converged")
    words += f", {len(result.steps)} steps in {result.steps[-1].seconds:.1f} s\n"
    return words + f"  [{colour}]{end}: {escape(result.reason)}[/{colour}]\n"


def show_posterior(run: "SampleRun", console: Console) -> None:
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
        console.print(f"  [yellow]{escape(alert)}[/yellow]", highlight=False, soft_wrap=True)


def show_forecast(run: "ForecastRun", console: Console) -> None:
    """Print the error of every parameter from every subset, and what is degenerate."""
    table = Table(title="Forecast errors", title_justify="left")
    table.add_column("parameter", style="bold")
    for heading in ("fiducial", *(escape(found.name) for found in run.forecasts)):
        table.add_column(heading, justify="right")
    for name in run.sensitivity.names:
        errors = [found.errors.get(name) for found in run.forecasts]
        table.add_row(name, f"{run.sensitivity.theta[name]:.4f}", *map(_forecast_error, errors))
    console.print(table)
    for found in run.forecasts:
        for sentence in found.sentences:
            console.print(f"  {escape(sentence)}", highlight=False, soft_wrap=True)


def _forecast_error(error: float | None) -> str:
    if error is None:
        return "fixed"
    return f"± {error:.4f}" if np.isfinite(error) else "unconstrained"


def show_inspection(summary: Mapping[str, Any], title: str, console: Console) -> None:
    """Print a summary as tables.

    Args:
        summary: As `run_inspect` returns.
        title: Above the first table.
        console: Where to print.
    """
    table = Table(title=escape(title), show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column()
    for row in _catalog_rows(summary):
        table.add_row(*row)
    console.print(table)
    console.print(_masses(summary))
    console.print("masses in Msun/h, densities in (Mpc/h)^-3", style="dim", highlight=False)
    console.print(_suitability(summary))


def _masses(summary: Mapping[str, Any]) -> Table:
    table = Table(title="Halos by mass", title_justify="left")
    headings = (f"log10 {summary['mass_proxy']}", "halos above", "density", "satellites")
    for heading in (*headings, "over Bolshoi-Planck"):
        table.add_column(heading, justify="right")
    for row in summary["cumulative_mass_function"]:
        ratio = row["over_bolshoi_planck"]
        table.add_row(
            f"{row['log_mass']:.1f}",
            f"{row['n_halo']:,}",
            f"{row['density']:.3e}",
            f"{row['satellite_fraction']:.1%}",
            "–" if ratio is None else f"{ratio:.3g}",
        )
    return table


def _suitability(summary: Mapping[str, Any]) -> Table:
    table = Table(title="What it can give", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column()
    table.add_column(overflow="fold")
    for name, found in summary["suitability"].items():
        table.add_row(plain_symbol(name), _verdict(found), escape("\n".join(found["remarks"])))
    return table


def _verdict(found: Mapping[str, Any]) -> str:
    if not found["ready"]:
        return "[yellow]not yet[/yellow]"
    return "[yellow]doubtful[/yellow]" if found["doubt"] else "[green]yes[/green]"


def _catalog_rows(summary: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    sides = " x ".join(f"{side:g}" for side in summary["boxsize"])
    yield "halos", f"{summary['n_halo']:,}"
    if summary["n_halo"]:
        low, high = summary["log_mass_min"], summary["log_mass_max"]
        yield "satellites", _satellites(summary)
        yield f"log10 {summary['mass_proxy']}", f"{low:.3f} to {high:.3f}  (Msun/h)"
        yield "mean separation", f"{summary['mean_separation']:.3g} Mpc/h"
    yield "box", f"{sides} Mpc/h, periodic"
    yield "redshift", f"{summary['redshift']:g}"
    yield "velocities", "yes" if summary["has_velocities"] else "no"
    yield "particles", f"{summary['n_particle']:,}"
    if summary["cosmology"]:
        known = {name: value for name, value in summary["cosmology"].items() if value is not None}
        yield "cosmology", ", ".join(f"{name} = {value:g}" for name, value in known.items())
    if summary["extra"]:
        yield "extra columns", ", ".join(summary["extra"])
    for key, value in summary["provenance"].items():
        if key != "columns":  # the map the user has just given; it would fill the screen
            yield key, escape(str(value))


def _satellites(summary: Mapping[str, Any]) -> str:
    text = f"{summary['n_satellite']:,} ({summary['satellite_fraction']:.1%})"
    if summary["n_hostless"] is None:
        return f"{text}, hosts not known" if summary["n_satellite"] else text
    return f"{text}, {summary['n_hostless']:,} without host" if summary["n_hostless"] else text


def show_plugins(console: Console) -> None:
    """Print a table for each kind of thing: names, who provides them, and what they are."""
    for registry in _registries():
        table = Table(title=f"{registry.kind}s", title_justify="left", box=None, pad_edge=False)
        for heading in ("name", "of", "what it is"):
            table.add_column(heading, header_style="bold", overflow="fold")
        for one in registry.describe():
            what = one.doc if one.error is None else f"cannot be used: {one.error}"
            table.add_row(one.name, one.distribution, what)
        console.print(table)
        console.print(f'added by entry points of the group "{registry.group}"\n', style="dim")


def _registries() -> Iterator[Registry]:
    from halograd.pairs import backends
    from halograd.registries import FORMATS, MODELS, STATISTICS

    yield from (MODELS, STATISTICS, FORMATS, backends.registry)
