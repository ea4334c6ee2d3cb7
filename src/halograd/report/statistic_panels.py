"""The figures that every report shows: the halos, the relation and the statistics."""

from collections.abc import Mapping, Sequence

from halograd.catalogs import HaloCatalog
from halograd.inference import Chains, DataVector, Observables, Predictor
from halograd.models import GalaxyHaloModel, HasMeanRelation, Parameter
from halograd.models.parameters import Theta
from halograd.observations.relations import Relation
from halograd.report import figures
from halograd.report.curve import Curve
from halograd.report.figures.quenched_fraction import has_quenched_fraction
from halograd.report.page import Panel
from halograd.statistics import Statistic


def halo_panel(halos: HaloCatalog) -> Panel:
    """What went in."""
    matter = (
        "Colour is the projected matter density over its mean; circles"
        if (halos.particles is not None and len(halos.particles))
        else "Circles"
    )
    return Panel(
        "halos_slice",
        "The universe that went in",
        f"A slab of the box around its most massive halo. {matter} are the most massive host "
        "halos of the slab.",
        figures.halos_slice_figure(halos),
    )


def galaxy_halo_panel(
    halos: HaloCatalog,
    predictor: Predictor,
    curves: Sequence[Curve],
    published: Sequence[Relation] = (),
    *,
    has_conventions: bool = True,
) -> Panel:
    """How galaxies live in halos: the mean relation of a model that has one, or the occupation.

    `published` relations, and their conventions, are laid over a mean relation.
    """
    model, samples = predictor.model, predictor.observables.samples
    if not isinstance(model, HasMeanRelation):
        return Panel(
            "occupation",
            "From halos to galaxies",
            "Mean number of galaxies of each sample on a halo, by halo mass.",
            figures.occupation_figure(halos, model, curves[0], samples),
        )
    return Panel(
        "smhm",
        "From halos to galaxies",
        "Mean stellar mass at fixed halo mass with its scatter, over the exact density of "
        "galaxies in the plane; its margins are the halo and the stellar mass function."
        + "".join(map(_conventions, published if has_conventions else ())),
        figures.smhm_figure(halos, model, curves, samples, published),
    )


def relation_posterior_panel(
    halos: HaloCatalog,
    model: HasMeanRelation,
    chains: Chains,
    best: Mapping[str, float],
    published: Sequence[Relation] = (),
) -> Panel:
    """What the posterior knows of the relation, with `published` ones over it."""
    return Panel(
        "relation_posterior",
        "The relation, as the posterior knows it",
        "Mean stellar mass over halo mass, and the scatter about it below: median, and bands that "
        "hold 68 and 95 % of the posterior." + "".join(map(_conventions, published)),
        figures.relation_posterior_figure(halos, model, chains, best, published),
    )


def quenched_fraction_panels(
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    curves: Sequence[Curve] = (),
    draws: Sequence[Theta] = (),
) -> list[Panel]:
    """The quenched fraction, of a model that tells quenched galaxies from star-forming ones."""
    if not has_quenched_fraction(model):
        return []
    by = "stellar mass" if model.has_stellar_mass else "halo mass"
    bands = " Lines are medians, bands hold 68 and 95 % of the posterior." if draws else ""
    return [
        Panel(
            "quenched_fraction",
            "Quenched galaxies",
            f"Expected fraction of the galaxies of a {by} that are quenched.{bands}",
            figures.quenched_fraction_figure(halos, model, curves, draws),
        )
    ]


def _conventions(relation: Relation) -> str:
    """What a reader must know to compare a published relation with the model."""
    return (
        f" {relation.citation}: {relation.galaxies}; halo mass is {relation.mass_definition}; "
        f"stellar masses for h = {relation.mstar_h or relation.h:g}."
    )


def statistic_panels(
    halos: HaloCatalog,
    predictor: Predictor,
    curves: Sequence[Curve],
    data: DataVector | None = None,
    published: Sequence[Relation] = (),
) -> list[Panel]:
    """How galaxies live in halos, and each statistic that is predicted."""
    layout, model = predictor.observables, predictor.model
    panels = [galaxy_halo_panel(halos, predictor, curves, published)]
    panels += quenched_fraction_panels(halos, model, curves)
    residuals = ", with residuals in units of the error below" if data and layout.n else ""
    by_mass = isinstance(model, HasMeanRelation) and all(s.kind == "all" for s in layout.samples)
    if by_mass:
        panels.append(
            Panel(
                "mass_function",
                "Stellar mass function",
                "Galaxies by stellar mass, per dex in bins and cumulative above thresholds"
                f"{residuals}; where the background is shaded, halos too light for the catalogue "
                "would add galaxies.",
                figures.mass_function_figure(halos, model, curves, layout, data),
            )
        )
    shown = [s for s in layout.statistics if not (s.name == "n" and by_mass)]
    return panels + [_statistic_panel(halos, one, curves, layout, data) for one in shown]


def _statistic_panel(
    halos: HaloCatalog,
    statistic: Statistic,
    curves: Sequence[Curve],
    layout: Observables,
    data: DataVector | None,
) -> Panel:
    """One statistic, by separation where it has any, else by sample."""
    below = " Below, data minus model in units of the error." if data else ""
    if len(statistic.separation):
        below += side_by_side(statistic) if data else ""
        mark = lensing_mark(statistic, halos)
        figure = figures.separations_figure(statistic.name, curves, layout, data, note=mark)
    else:
        figure = figures.single_numbers_figure(statistic.name, curves, layout, data)
    space = f", {statistic.space}" if statistic.space else ""
    caption = f"{statistic.style.caption}{space}, for every sample."
    return Panel(
        statistic.name, statistic.style.title, caption + _stand_in(statistic, halos) + below, figure
    )


def side_by_side(statistic: Statistic) -> str:
    """What a reader must know of points that are not drawn where they were measured."""
    is_moved = len(statistic.separation) and len(statistic.samples) > 1
    return " Points are moved sideways, to tell the samples apart." if is_moved else ""


def lensing_mark(statistic: Statistic, halos: HaloCatalog) -> str:
    """A word on the figure of ΔΣ where no particles were counted."""
    is_analytic = statistic.name == "delta_sigma" and halos.analytic_matter is not None
    return "analytic profiles, no particles" if is_analytic else ""


def _stand_in(statistic: Statistic, halos: HaloCatalog) -> str:
    """The same in the caption, with the assumptions."""
    return f" Not counted: {halos.analytic_matter}." if lensing_mark(statistic, halos) else ""


def gradients_panel(
    predictor: Predictor,
    curve: Curve,
    parameters: Sequence[Parameter],
    data: DataVector | None = None,
    steps: Mapping[str, float] | None = None,
) -> Panel:
    """How the statistics answer to the parameters."""
    if data is None:
        caption = "Exact derivative of the logarithm of each statistic in each parameter."
    elif steps is None:
        caption = (
            "Exact change of each number, in units of its error, when a parameter rises by one."
        )
    else:
        caption = (
            "Exact change of each number, in units of its error, when a parameter rises by its "
            "own error (in brackets; 1 where the error is infinite) and the others stay."
        )
    return Panel(
        "gradients",
        "What each number says about each parameter",
        caption,
        figures.gradients_figure(curve, predictor.observables, parameters, data=data, steps=steps),
    )
