"""Satellite fractions and host masses of samples."""

import jax
import numpy as np

from halograd import models
from halograd.samples import Sample
from oracles.many_columns import with_hosts_and_ranks
from oracles.toy_universe import toy_universe


def test_means_over_expected_galaxies():
    halos = with_hosts_and_ranks(toy_universe(300))
    model = models.Zheng07()
    columns = halos.columns(model.needs)
    weights = np.asarray(model.weights({}, columns, [Sample()]))[:, 0]
    found = models.derived_quantities(halos, model, {}, ["all", "satellite", "central"])
    expected = weights[halos.is_satellite].sum() / weights.sum()
    np.testing.assert_allclose(found.satellite_fraction, [expected, 1.0, 0.0], rtol=1e-5)
    mass = 10 ** halos.column("host_log_mass")
    np.testing.assert_allclose(
        found.log_host_mass[0], np.log10(mass @ weights / weights.sum()), rtol=1e-6
    )


def test_derivatives():
    halos = with_hosts_and_ranks(toy_universe(300))
    with jax.enable_x64(True):
        value = lambda m: models.derived_quantities(  # noqa: E731
            halos, models.AbacusLRG(), {"logM_cut": m}, ["LRG"]
        )
        slope = jax.jacfwd(value)(13.0)
        for name, derivative in slope._asdict().items():
            around = [float(getattr(value(13.0 + step), name)[0]) for step in (1e-5, -1e-5)]
            np.testing.assert_allclose(derivative[0], np.subtract(*around) / 2e-5, rtol=1e-5)
