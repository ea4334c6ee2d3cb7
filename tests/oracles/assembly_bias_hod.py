"""An occupation model of several columns, and halos with satellite points for it to live on."""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erfc

from halograd import catalogs
from halograd.catalogs import HaloCatalog
from halograd.models import GalaxyHaloModel, Parameter, ParameterSpace

N_POINT = 6
"""Points in each halo where a satellite may be."""

_PARAMETERS = (
    Parameter("log_m_cut", 12.8, 12.3, 13.3),
    Parameter("sigma", 0.4, 0.2, 0.8),
    Parameter("log_m1", 13.8, 13.3, 14.3),
    Parameter("alpha", 1.0, 0.7, 1.3),
    Parameter("kappa", 0.5, 0.0, 1.0),
    Parameter("a_cen", 0.0, -0.5, 0.5),
    Parameter("b_cen", 0.0, -0.5, 0.5),
    Parameter("a_sat", 0.0, -0.5, 0.5),
    Parameter("b_sat", 0.0, -0.5, 0.5),
)


class AssemblyBiasHod(GalaxyHaloModel):
    r"""Luminous red galaxies as in AbacusHOD, with assembly bias in two ranks.

    Centrals ½ erfc[(log M_cut - x) / (√2 σ)], satellites N_cen [(M - κ M_cut) / M_1]^α over
    `N_POINT` points, with log M_cut += A_cen r_c + B_cen r_env and log M_1 += A_sat r_c +
    B_sat r_env. The kinds of galaxies are "central" and "satellite".
    """

    needs: ClassVar[tuple[str, ...]] = (
        "log_mpeak",
        "is_satellite",
        "rank_concentration",
        "rank_environment",
    )
    kinds: ClassVar[tuple[str, ...]] = ("central", "satellite")
    has_stellar_mass: ClassVar[bool] = False

    @property
    def space(self):
        return ParameterSpace(_PARAMETERS)

    def weights(self, theta, columns, samples):
        x = columns["log_mpeak"]
        ranks = columns["rank_concentration"], columns["rank_environment"]
        log_m_cut = theta["log_m_cut"] + theta["a_cen"] * ranks[0] + theta["b_cen"] * ranks[1]
        log_m1 = theta["log_m1"] + theta["a_sat"] * ranks[0] + theta["b_sat"] * ranks[1]
        central = 0.5 * erfc((log_m_cut - x) / (jnp.sqrt(2.0) * theta["sigma"]))
        above = 10 ** (x - log_m1) - theta["kappa"] * 10 ** (log_m_cut - log_m1)
        is_above = above > 0
        satellites = jnp.where(is_above, jnp.where(is_above, above, 1.0) ** theta["alpha"], 0.0)
        satellite = columns["is_satellite"]
        centrals = jnp.where(satellite, 0.0, central)
        satellites = jnp.where(satellite, central * satellites / N_POINT, 0.0)
        of_kind = {"all": centrals + satellites, "central": centrals, "satellite": satellites}
        return jnp.stack([of_kind[sample.kind] for sample in samples], axis=1)


def halos_with_satellite_points(seed=0, *, boxsize=60.0, log_mpeak_min=12.0, particles=False):
    """The hosts of a mock universe with points around them, and two ranks at fixed mass.

    The rank of concentration is random, that of environment from the hosts within 10 Mpc/h.
    """
    mock = catalogs.mock_universe(
        seed, boxsize=boxsize, log_mpeak_min=log_mpeak_min, particles=particles
    )
    hosts = mock[~mock.is_satellite]
    n, rng = len(hosts), np.random.default_rng(seed)
    radius = hosts.extra["r_vir"][:, None] * rng.random((n, N_POINT)) ** 1.5
    direction = rng.standard_normal((n, N_POINT, 3))
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    points = hosts.positions[:, None] + radius[..., None] * direction
    drift = hosts.velocities[:, None] + 200.0 * rng.standard_normal(points.shape)
    host = np.concatenate([np.arange(n), np.repeat(np.arange(n), N_POINT)])
    ranks = {
        "rank_concentration": _rank_at_fixed_mass(rng.random(n), hosts.log_mpeak),
        "rank_environment": _rank_at_fixed_mass(_mass_around(hosts), hosts.log_mpeak),
    }
    return HaloCatalog(
        positions=np.concatenate([hosts.positions, points.reshape(-1, 3)]) % boxsize,
        velocities=np.concatenate([hosts.velocities, drift.reshape(-1, 3)]),
        log_mpeak=hosts.log_mpeak[host],
        is_satellite=np.arange(len(host)) >= n,
        host_index=host,
        boxsize=boxsize,
        redshift=mock.redshift,
        cosmology=mock.cosmology,
        particles=mock.particles,
        extra={name: values[host] for name, values in ranks.items()},
    )


def _mass_around(hosts, radius=10.0):
    from scipy.spatial import cKDTree

    tree = cKDTree(hosts.positions, boxsize=hosts.boxsize)
    pairs = tree.query_pairs(radius, output_type="ndarray")
    mass = 10.0**hosts.log_mpeak
    both = np.concatenate([pairs, pairs[:, ::-1]])
    return np.bincount(both[:, 0], mass[both[:, 1]], minlength=len(hosts))


def _rank_at_fixed_mass(values, log_mass, n_bin=20):
    """Ranks within bins of equally many halos, scaled to [-1/2, 1/2]."""
    ranks = np.zeros(len(values))
    for rows in np.array_split(np.argsort(log_mass), n_bin):
        order = np.argsort(np.argsort(values[rows]))
        ranks[rows] = order / max(len(rows) - 1, 1) - 0.5
    return ranks
