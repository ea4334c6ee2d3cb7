"""The report of a sampled posterior."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from halograd.catalogs import HaloCatalog
from halograd.inference import Chains, DataVector, FitResult, Predictive, Predictor
from halograd.models import GalaxyHaloModel, HasMeanRelation, Parameter, ParameterSpace
from halograd.models.parameters import Theta
from halograd.observations.relations import Relation
from halograd.report import figures
from halograd.report.alerts import (
    chain_alerts,
    fit_quality,
    input_alerts,
    p_value,
    suppress_domain_warnings,
)
from halograd.report.curve import predict_curve
from halograd.report.data_notes import data_notes
from halograd.report.figures.relation_posterior import posterior_draws
from halograd.report.page import Fact, Page, Panel, write_page
from halograd.report.parameter_table import ParameterRow, with_interval
from halograd.report.statistic_panels import (
    galaxy_halo_panel,
    gradients_panel,
    halo_panel,
    lensing_mark,
    quenched_fraction_panels,
    relation_posterior_panel,
    side_by_side,
)


@suppress_domain_warnings
def write_posterior_report(
    out: str | os.PathLike[str],
    *,
    title: str,
    halos: HaloCatalog,
    predictor: Predictor,
    space: ParameterSpace,
    chains: Chains,
    best: FitResult,
    predictive: Predictive,
    data: DataVector,
    truth: Theta | None = None,
    caveats: Sequence[str] = (),
    notes: Sequence[str] = (),
    relations: Sequence[Relation] = (),
    summary: Mapping[str, Any],
) -> Path:
    """Write `report.html`, which needs no other file, and `figures/*.png` into a folder.

    The page leads with whether the chains can be believed, then parameters with their intervals,
    the posterior two by two, the statistics it predicts over the data, the chains, what went in,
    and what each number says about each parameter.

    Args:
        out: The folder, made where missing.
        title: Title of the page.
        halos: The catalogue.
        predictor: What made the predictions.
        space: Parameters with their bounds.
        chains: Draws.
        best: The fit that the chains began from.
        predictive: Statistics at draws.
        data: What the posterior was conditioned on.
        truth: Parameters the data were made from, by name.
        caveats: Alerts of the model.
        notes: Limitations, one sentence each.
        relations: Published relations to lay over the one between galaxies and halos.
        summary: Numbers and text that JSON can hold.

    Returns:
        The path of the page.
    """
    page = Page(
        title=title,
        statement=_statement(chains, data),
        facts=_facts(chains, best),
        alerts=(*input_alerts(summary), *chain_alerts(chains), *fit_quality(best), *caveats),
        rows=tuple(_row(p, chains, best, truth or {}) for p in space.parameters),
        panels=(
            *_posterior_panels(halos, space, chains, best, predictive, data, truth),
            *_relation_panels(halos, predictor.model, chains, best, relations),
            *_model_panels(halos, predictor, space, best, data, relations),
        ),
        notes=(*notes, *data_notes(data)),
        summary=summary,
    )
    return write_page(out, page)


def _statement(chains: Chains, data: DataVector) -> str:
    n_chain = len(chains.u)
    end = "converged" if chains.converged else "have not converged"
    return (
        f"{len(chains.names)} parameters given {data.observables.size} numbers, sampled with the "
        f"No-U-Turn sampler: {n_chain} chains of {chains.n_draw:,} draws, which {end}."
    )


def _facts(chains: Chains, best: FitResult) -> tuple[Fact, ...]:
    found = chains.convergence
    p = p_value(best)
    chi2 = f"{best.degrees_of_freedom} degrees of freedom"
    chi2 += "" if p is None else f", p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{p:.2g}"
    facts = [
        Fact("Divergences", f"{chains.n_divergent:,}", "", "bad" if chains.n_divergent else "good"),
        Fact("χ² of the best fit", f"{best.chi2:.1f}", chi2),
    ]
    if found is None:
        return tuple(facts)
    mixed = "good" if found.worst_r_hat < 1.01 else "bad"
    enough = "good" if found.least_ess > min(chains.target_ess, chains.divergent.size) else "bad"
    calls = chains.total_evaluations / max(found.least_ess, 1)
    return (
        Fact("Worst R-hat", f"{found.worst_r_hat:.3f}", "below 1.01 is good", mixed),
        Fact("Least effective draws", f"{found.least_ess:,.0f}", "bulk and tail", enough),
        *facts,
        Fact("Evaluations", f"{chains.total_evaluations:,}", f"{calls:.1f} per effective draw"),
    )


def _row(p: Parameter, chains: Chains, best: FitResult, truth: Theta) -> ParameterRow:
    true = f"{float(truth[p.name]):.6g}" if p.name in truth else ""
    if p.name not in chains.theta:
        return ParameterRow(p.name, p.unit, f"{best.theta[p.name]:.6g} (fixed)", true)
    draws = np.asarray(chains.theta[p.name], np.float64).ravel()
    value = with_interval(draws) + ("" if p.name in chains.names else " (tied)")
    if not true or not draws.std():
        return ParameterRow(p.name, p.unit, value, true)
    pull = (np.median(draws) - float(truth[p.name])) / draws.std()
    text = f"{pull:+.2f}".replace("-", "−")
    return ParameterRow(p.name, p.unit, value, true, text, bool(abs(pull) > 3))


def _posterior_panels(
    halos: HaloCatalog,
    space: ParameterSpace,
    chains: Chains,
    best: FitResult,
    predictive: Predictive,
    data: DataVector,
    truth: Theta | None,
) -> list[Panel]:
    triangle = Panel(
        "triangle",
        "The posterior",
        "Marginal densities, and regions that hold 68 and 95 % of the posterior. The star is the "
        "best fit" + (", dashed lines are the truth." if truth else "."),
        figures.triangle_figure(chains, space.parameters, best=best.theta, truth=truth),
    )
    predicted = [
        Panel(
            f"predictive_{statistic.name}",
            statistic.style.title,
            "Bands hold 68 and 95 % of what the posterior predicts, without noise; below, data "
            "minus the median of the posterior in units of the error." + side_by_side(statistic),
            figures.predictive_figure(
                *(predictive, data, statistic.name), note=lensing_mark(statistic, halos)
            ),
        )
        for statistic in data.observables.statistics
    ]
    traces = Panel(
        "traces",
        "Chains",
        "Draws in their order: chains that have mixed look like one band of noise.",
        figures.traces_figure(chains, space.parameters),
    )
    ranks = Panel(
        "ranks",
        "Do the chains agree?",
        "Ranks of the draws of each chain among all draws; flat where the chains sample one and "
        "the same distribution.",
        figures.ranks_figure(chains, space.parameters),
    )
    return [triangle, *predicted, traces, ranks]


def _relation_panels(
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    chains: Chains,
    best: FitResult,
    relations: Sequence[Relation],
) -> list[Panel]:
    """The relation and the quenched fraction as the posterior knows them, where there are any."""
    panels = quenched_fraction_panels(halos, model, draws=posterior_draws(chains, best.theta))
    if isinstance(model, HasMeanRelation):
        panels.insert(0, relation_posterior_panel(halos, model, chains, best.theta, relations))
    return panels


def _model_panels(
    halos: HaloCatalog,
    predictor: Predictor,
    space: ParameterSpace,
    best: FitResult,
    data: DataVector,
    relations: Sequence[Relation],
) -> list[Panel]:
    curve = predict_curve(predictor, best.theta, "best fit")
    fitted = [p for p in space.parameters if p.name in best.free]
    return [
        halo_panel(halos),
        galaxy_halo_panel(halos, predictor, [curve], relations, has_conventions=False),
        gradients_panel(predictor, curve, fitted, data, best.errors),
    ]
