"""The report of a prediction."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from halograd.catalogs import HaloCatalog
from halograd.inference import DataVector, Predictor
from halograd.models.parameters import Theta
from halograd.observations.relations import Relation
from halograd.report.alerts import empty_sample_alerts, input_alerts, suppress_domain_warnings
from halograd.report.curve import Curve, predict_curve
from halograd.report.data_notes import data_notes
from halograd.report.page import Fact, Page, write_page
from halograd.report.parameter_table import model_rows
from halograd.report.statistic_panels import gradients_panel, halo_panel, statistic_panels


@suppress_domain_warnings
def write_prediction_report(
    out: str | os.PathLike[str],
    *,
    title: str,
    halos: HaloCatalog,
    predictor: Predictor,
    theta: Theta,
    data: DataVector | None = None,
    notes: Sequence[str] = (),
    relations: Sequence[Relation] = (),
    summary: Mapping[str, Any],
) -> Path:
    """Write `report.html`, which needs no other file, and `figures/*.png` into a folder.

    Args:
        out: The folder, made where missing.
        title: Title of the page.
        halos: The catalogue.
        predictor: What makes the prediction.
        theta: Parameters by name; defaults stand in for the missing.
        data: Drawn beside the prediction, or None.
        notes: Limitations, one sentence each.
        relations: Published relations to lay over the one between galaxies and halos.
        summary: Numbers and text that JSON can hold: versions, seeds, timings, configuration.

    Returns:
        The path of the page.

    Raises:
        HalogradError: For a parameter the model does not have.
        OSError: Where the folder cannot be written.
    """
    space = predictor.model.space
    curve = predict_curve(predictor, theta, "model")
    panels = [
        halo_panel(halos),
        *statistic_panels(halos, predictor, [curve], data, relations),
        gradients_panel(predictor, curve, space.free, data),
    ]
    size = predictor.observables.size
    page = Page(
        title=title,
        statement=f"{size} numbers predicted exactly from {len(halos)} halos, with their "
        f"derivatives in {len(space.parameters)} parameters.",
        facts=_facts(curve, halos, data),
        alerts=(
            *input_alerts(summary),
            *empty_sample_alerts(predictor.empty_samples(curve.theta)),
            *predictor.model.caveats(curve.theta),
        ),
        rows=tuple(model_rows(curve.theta, space.parameters)),
        panels=tuple(panels),
        notes=(*notes, *data_notes(data)),
        summary=summary,
    )
    return write_page(out, page)


def _facts(curve: Curve, halos: HaloCatalog, data: DataVector | None) -> tuple[Fact, ...]:
    sides = " × ".join(f"{side:g}" for side in halos.boxsize)
    facts = (
        Fact("Halos", f"{len(halos):,}", f"{halos.is_satellite.mean():.0%} satellites"),
        Fact("Box", sides, "Mpc/h, comoving"),
        Fact("Redshift", f"{halos.redshift:g}"),
    )
    if data is None:
        return facts
    vector = np.asarray(curve.prediction.vector)
    chi2 = float(np.sum((data.whitener @ (data.values - vector)) ** 2))
    return (*facts, Fact("χ²", f"{chi2:.1f}", f"for {len(vector)} numbers"))
