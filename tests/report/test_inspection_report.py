from dataclasses import replace

import numpy as np
import pytest

from halograd import catalogs
from halograd.report import figures, write_inspection_report


def summary_of(halos, doubt=None):
    """As the command makes it, without the comparison that needs no test here."""
    found = catalogs.suitability(halos, doubt=doubt)
    summary = catalogs.summarize(halos) | {"suitability": found}
    for row in summary["cumulative_mass_function"]:
        row["over_bolshoi_planck"] = None
    return summary


def test_the_page_tells_what_is_missing_and_doubtful(case, tmp_path):
    blind = replace(case.halos, particles=None)
    summary = summary_of(blind, doubt="is it whole?")
    page = write_inspection_report(tmp_path, title="A <box>", halos=blind, summary=summary)
    text = page.read_text()
    assert "A &lt;box&gt;" in text
    for remark in summary["suitability"]["delta_sigma"]["remarks"]:
        assert f"ΔΣ: {remark}".replace('"', "&#34;") in text
    assert f"{len(blind):,}" in text
    assert text.count("is it whole?") == 2  # among the alerts, and in the table
    assert "doubtful" in text


@pytest.mark.parametrize("redshift", [0.1, 3.0])
def test_mass_function_is_that_of_the_catalogue(case, redshift):
    halos = replace(case.halos, redshift=redshift)
    figure = figures.halo_mass_function_figure(halos)
    assert len(figure.axes) == (2 if redshift < 2 else 1)  # no fit beyond redshift 2
    line = figure.axes[0].lines[0]
    mass, density = line.get_xdata()[10], line.get_ydata()[10]
    assert density == pytest.approx((halos.log_mpeak >= mass).sum() / halos.volume)


def test_satellite_fraction_is_that_of_the_catalogue(case):
    axes = figures.satellite_fraction_figure(case.halos).axes[0]
    points = axes.lines[0]
    low = points.get_xdata()[0] - 0.125
    rows = (case.halos.log_mpeak >= low) & (case.halos.log_mpeak < low + 0.25)
    assert points.get_ydata()[0] == pytest.approx(case.halos.is_satellite[rows].mean())


@pytest.mark.parametrize("number", [1, 2])
def test_one_or_two_halos_can_be_drawn(case, number):
    few = case.halos[:number]
    figures.halo_mass_function_figure(few)
    axes = figures.satellite_fraction_figure(few).axes[0]
    assert np.isfinite(axes.get_ylim()).all()
