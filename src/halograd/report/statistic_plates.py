"""The figures that every report shows: the halos, the relation and the statistics."""

from collections.abc import Mapping, Sequence

from halograd.catalogs import HaloCatalog
from halograd.inference import DataVector, Predictor
from halograd.models import Parameter
from halograd.report import figures
from halograd.report.curve import Curve
from halograd.report.page import Plate


def halo_plate(halos: HaloCatalog) -> Plate:
    """What went in."""
    matter = (
        "Colour is the projected matter density over its mean; circles"
        if (halos.particles is not None and len(halos.particles))
        else "Circles"
    )
    return Plate(
        "halos_slice",
        "The universe that went in",
        f"A slab of the box around its most massive halo. {matter} are the most massive host "
        "halos of the slab.",
        figures.halos_slice_figure(halos),
    )


def relation_plate(halos: HaloCatalog, predictor: Predictor, curves: Sequence[Curve]) -> Plate:
    """The relation between galaxies and halos."""
    return Plate(
        "smhm",
        "From halos to galaxies",
        "Mean stellar mass at fixed halo mass with its scatter, over the exact density of "
        "galaxies in the plane; its margins are the halo and the stellar mass function.",
        figures.smhm_figure(halos, predictor.model, curves, predictor.observables.samples),
    )


def statistic_plates(
    halos: HaloCatalog,
    predictor: Predictor,
    curves: Sequence[Curve],
    data: DataVector | None = None,
) -> list[Plate]:
    """The relation between galaxies and halos, and each statistic that is predicted."""
    layout, model = predictor.observables, predictor.model
    plates = [
        relation_plate(halos, predictor, curves),
        Plate(
            "mass_function",
            "Stellar mass function",
            "Galaxies by stellar mass, per dex in bins and cumulative above thresholds"
            + (", with residuals in units of the error below" if data and layout.n else "")
            + "; where the background is shaded, halos too light for the catalogue would add "
            "galaxies.",
            figures.mass_function_figure(halos, model, curves, layout, data),
        ),
    ]
    below = " Below, data minus model in units of the error." if data else ""
    if layout.wp:
        plates.append(
            Plate(
                "clustering",
                "Projected clustering",
                f"Excess of galaxy pairs by projected separation, for every sample.{below}",
                figures.clustering_figure(curves, layout, data),
            )
        )
    if layout.delta_sigma:
        plates.append(
            Plate(
                "lensing",
                "Galaxy–galaxy lensing",
                "Excess surface density of matter around galaxies by projected distance, for "
                f"every sample.{below}",
                figures.lensing_figure(curves, layout, data),
            )
        )
    return plates


def gradients_plate(
    predictor: Predictor,
    curve: Curve,
    parameters: Sequence[Parameter],
    data: DataVector | None = None,
    steps: Mapping[str, float] | None = None,
) -> Plate:
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
    return Plate(
        "gradients",
        "What each number says about each parameter",
        caption,
        figures.gradients_figure(curve, predictor.observables, parameters, data=data, steps=steps),
    )
