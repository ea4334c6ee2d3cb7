"""The mean occupation of halos by mass."""

import numpy as np

from halograd import models
from halograd.report.curve import Curve
from halograd.report.figures import occupation_figure
from halograd.samples import Sample
from oracles.many_columns import with_hosts_and_ranks
from oracles.toy_universe import toy_universe


def test_occupation_is_by_the_mass_of_the_host():
    """The curves of Zheng 2007 are its formulas, satellites of all places of a host together."""
    halos = with_hosts_and_ranks(toy_universe(600))
    model = models.Zheng07()
    figure = occupation_figure(halos, model, Curve("model", {}, {}, {}), [Sample()])
    central, satellite = figure.axes[:2]
    assert central.get_title() == "central galaxies"
    for axes, part in ((central, 0), (satellite, 1)):
        x, found = axes.lines[0].get_data()
        hosts = halos.log_mpeak[~halos.is_satellite]
        means = model.occupation(model.space.defaults, {"host_log_mass": hosts})[part][:, 0]
        # Hosts without a satellite place keep theirs to themselves.
        has_places = np.isin(
            np.flatnonzero(~halos.is_satellite), halos.host_index[halos.is_satellite]
        )
        means = np.where(has_places | (part == 0), means, 0.0)
        for middle, value in zip(x, found, strict=True):
            inside = np.abs(hosts - middle) < 0.05
            if inside.any() and value > 0:
                np.testing.assert_allclose(value, means[inside].mean(), rtol=1e-3)
