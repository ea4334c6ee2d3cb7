"""Models of several columns, as somebody outside the package would write them."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from scipy.spatial import cKDTree

from halograd import catalogs, models


class RedAndBlue(models.GalaxyHaloModel):
    """Galaxies that are red where their halo is old or a subhalo; nothing but what is required."""

    needs = ("log_mpeak", "is_satellite", "age")

    @property
    def space(self):
        return models.ParameterSpace(
            (
                models.Parameter("cut", 11.5, 10.5, 13.5),
                models.Parameter("width", 0.3, 0.05, 1.0),
                models.Parameter("redness", 0.5, -2.0, 2.0),
            )
        )

    def weights(self, theta, columns, samples):
        log_mstar = 10.2 + 1.1 * (columns["log_mpeak"] - theta["cut"])
        old = columns["age"] + theta["redness"] * columns["is_satellite"]
        red = jax.nn.sigmoid(3 * old)
        by_kind = {"all": 1.0, "red": red, "blue": 1 - red}

        def below(limit):
            if np.isinf(limit):  # infinity times 0 would spoil the derivatives
                return jnp.full_like(log_mstar, limit > 0)
            return jax.nn.sigmoid((limit - log_mstar) / theta["width"])

        return jnp.stack(
            [by_kind[s.kind] * (below(s.high) - below(s.low)) for s in samples], axis=1
        )


class Crowded(models.GalaxyHaloModel):
    """Halos that hold many galaxies of one kind, without stellar masses."""

    needs = ("log_mpeak",)
    kinds = ("tracer",)
    has_stellar_mass = False

    @property
    def space(self):
        return models.ParameterSpace((models.Parameter("log_m1", 12.0, 11.0, 13.0),))

    def weights(self, theta, columns, samples):
        expected = 10.0 ** (columns["log_mpeak"] - theta["log_m1"])
        return jnp.stack([expected for _ in samples], axis=1)


def with_ages(halos, seed=5):
    """The halos with a column `age`, which runs with their place in the box."""
    rng = np.random.default_rng(seed)
    place = np.sin(2 * np.pi * halos.positions[:, 0] / halos.boxsize[0])
    return halos.with_columns(age=place + 0.5 * rng.normal(size=len(halos)))


def with_histories(halos, seed=6):
    """The halos with what wrappers look at: velocities, host masses and times since infall."""
    rng = np.random.default_rng(seed)
    is_satellite = halos.is_satellite
    v_peak = 100.0 * 10 ** (0.3 * (halos.log_mpeak - 12.0))
    stripped = np.where(is_satellite, rng.uniform(0.05, 1.0, len(halos)), 1.0)
    return halos.with_columns(
        v_max=v_peak * stripped,
        v_peak=v_peak,
        host_log_mass=halos.log_mpeak + np.where(is_satellite, rng.exponential(1.0, len(halos)), 0),
        time_since_infall=np.where(is_satellite, rng.uniform(0.0, 8.0, len(halos)), 0.0),
    )


def with_hosts_and_ranks(halos, seed=6, heavier=1.3):
    """The halos, heavier by some dex, satellites in the nearest central, with ranks of all sorts.

    Ranks of hosts are random, those of places run from -1 to 1 in each host.
    """
    rng, n = np.random.default_rng(seed), len(halos)
    centrals = np.flatnonzero(~halos.is_satellite)
    tree = cKDTree(halos.positions[centrals], boxsize=halos.boxsize)
    host = centrals[tree.query(halos.positions)[1]]
    masses = halos.log_mpeak + heavier
    of_hosts = {
        f"{name}_rank": catalogs.rank_at_fixed_mass(rng.random(n), masses, width=0.5)
        for name in ("concentration", "environment")
    }
    of_places = {
        name: catalogs.rank_at_fixed_mass(
            rng.random(n), host.astype(float), width=1.0, scale=(-1.0, 1.0)
        )
        for name in ("rank_r", "rank_v", "rank_perihelion", "rank_v_r")
    }
    linked = replace(halos, log_mpeak=masses, host_index=host)
    return linked.with_columns(**of_hosts, **of_places)
