"""How the pairs of galaxies on smooth NFW profiles lie in bins, by the size of the halo."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import jax.numpy as jnp
import numpy as np

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.pairs import Geometry, Pairs, Projected, Radial
from halograd.statistics import Statistic
from halograd.statistics.projected_clustering import ProjectedClustering
from halograd.statistics.real_space_clustering import RealSpaceClustering
from halograd.theory.nfw_pairs import central_fractions, pair_table
from halograd.tracers.isolated import isolated
from halograd.tracers.nfw_points import NfwPlaces, profile_points

_N_POINT = 400  # of each of two independent sets for every node and turn
_N_TURN = 4
_CROWDING = 2.0  # more points near the centre, where the closest pairs are
_STEP_RADIUS, _STEP_C = 0.035, 0.1  # dex between nodes
_SEED = 20


class ProfilePairs(NamedTuple):
    """The profile that the satellite places of tracers are points of.

    In real space the separations of pairs follow in closed form (`theory.nfw_pairs`). For other
    statistics they are counted between two dense sets of points that are drawn independently of
    each other, so that neither the number of points per halo nor their even spread is left in
    them, at nodes of radius and concentration, and interpolated linearly.

    Attributes:
        places: How points lie in their halos.
    """

    places: NfwPlaces

    @classmethod
    def of(cls, halos: HaloCatalog) -> Self | None:
        """The profile of tracers that `nfw_points` made; None for any others."""
        places = NfwPlaces.of(halos)
        return None if places is None else cls(places)

    def fractions(
        self, hosts: HaloCatalog, statistic: Statistic, prepared: Any
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Fractions of the pairs of a central with a satellite, and of two satellites, in bins.

        Args:
            hosts: With `r_vir` and `concentration`.
            statistic: Whose pairs are counted.
            prepared: Its pairs.

        Yields:
            (n_host, *bins) twice, for each of the statistic's pairs.
        """
        prepared = _several(prepared)
        edges = [_separations(pairs.geometry, statistic, self._widest(hosts)) for pairs in prepared]
        if all(found is not None for found in edges):
            for found in edges:
                yield self._analytic(hosts, *found)
            return
        reach = max(float(np.max(pairs.geometry.reach)) for pairs in prepared)
        log_radius = np.log10(hosts.extra["r_vir"])
        corners, weights, nodes = _nodes(log_radius, np.log10(hosts.extra["concentration"]))
        density = np.median(hosts.log_mpeak - 3 * log_radius)
        alone, shares, node = self._dense(hosts, np.repeat(nodes, _N_TURN, axis=0), density, reach)
        for pairs in _several(statistic.prepare(alone)):
            found = _at_nodes(pairs, shares, node // _N_TURN, len(nodes))
            yield tuple(_interpolated(values, corners, weights) for values in found)

    def _widest(self, hosts: HaloCatalog) -> float:
        """The longest separation within a halo, comoving Mpc/h."""
        return 2 * self.places.truncation * float(hosts.extra["r_vir"].max())

    def _analytic(
        self, hosts: HaloCatalog, edges: np.ndarray, is_projected: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `fractions`, between edges of separation in real space. (n_host, n_bin) twice"""
        radius, c = (hosts.extra[name][:, None] for name in ("r_vir", "concentration"))
        own, end = self.places.concentration_bias * c, self.places.truncation * radius
        cut = self.places.truncation * own
        table = pair_table(cut[:, 0], is_projected=is_projected)
        central = central_fractions(edges / radius * own, cut, is_projected=is_projected)
        satellite = table(edges / end, cut)
        return np.diff(central, axis=1), np.diff(satellite, axis=1)

    def _dense(
        self, hosts: HaloCatalog, nodes: np.ndarray, density: float, reach: float
    ) -> tuple[HaloCatalog, np.ndarray, np.ndarray]:
        """Halos with two independent sets of points each, alone in a wide box.

        Args:
            hosts: Whose redshift and cosmology is taken.
            nodes: (n, 2), log10 of radius and concentration.
            density: log10 of mass over radius^3.
            reach: The longest separation that counts, comoving Mpc/h.

        Returns:
            The catalogue; of each row whether it is a centre and its share in the first and the
            second set, (n_row, 3); and its halo, (n_row,).
        """
        n, radius = len(nodes), 10 ** nodes[:, 0]
        side = 10 * radius.max() * max(self.places.truncation, 1.0)
        one = {
            "positions": np.full((n, 3), side / 2),
            "velocities": None if hosts.velocities is None else np.zeros((n, 3)),
            "log_mpeak": density + 3 * nodes[:, 0],
        }
        world = {"boxsize": side, "redshift": hosts.redshift, "cosmology": hosts.cosmology}
        extra = {"r_vir": radius, "concentration": 10 ** nodes[:, 1]}
        centres = HaloCatalog(**one, **world, extra=extra)
        sets = [
            profile_points(centres, _N_POINT, self.places, _SEED + i, _CROWDING) for i in range(2)
        ]
        link = np.concatenate([np.arange(n), *2 * [np.repeat(np.arange(n), _N_POINT)]])
        offsets = np.concatenate([np.zeros((n, 3)), *(p.offsets.reshape(-1, 3) for p in sets)])
        velocities = None
        if hosts.velocities is not None:
            velocities = np.concatenate(
                [np.zeros((n, 3)), *(p.drifts.reshape(-1, 3) for p in sets)]
            )
        rows = HaloCatalog(
            positions=centres.positions[link] + offsets,
            velocities=velocities,
            log_mpeak=centres.log_mpeak[link],
            **world,
        )
        shares = np.zeros((len(link), 3))
        shares[:n, 0] = 1.0
        for i, points in enumerate(sets):
            begin = n + i * n * _N_POINT
            shares[begin : begin + n * _N_POINT, 1 + i] = points.shares.ravel()
        return isolated(rows, np.arange(len(link)), link, link, reach), shares, link


def _several(prepared: Any) -> tuple[Pairs, ...]:
    return prepared if isinstance(prepared, tuple) else (prepared,)


def _separations(
    geometry: Geometry, statistic: Statistic, widest: float
) -> tuple[np.ndarray, bool] | None:
    """Edges of the bins, and whether they are projected, where only separations count.

    None for bins in redshift space, and those that end along the line of sight within a halo.
    """
    edges = np.asarray(geometry.edges, np.float64)
    if isinstance(statistic, RealSpaceClustering) and isinstance(geometry, Radial):
        return edges, False
    is_projected = isinstance(statistic, ProjectedClustering) and isinstance(geometry, Projected)
    if is_projected and statistic.redshift_space:
        return None
    if is_projected and geometry.line_of_sight_edges[-1] >= widest:
        return edges, True
    return None


def _at_nodes(
    pairs: Pairs, shares: np.ndarray, node: np.ndarray, n_node: int
) -> tuple[np.ndarray, np.ndarray]:
    """Fractions at each node, the mean over its turns: (n_node, *bins) twice."""
    around = np.asarray(pairs.per_point(jnp.asarray(shares, float)), np.float64)

    def mean(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
        total = np.zeros((n_node, *values.shape[1:]))
        np.add.at(total, node, weights.reshape(-1, *(1,) * (values.ndim - 1)) * values)
        return total / _N_TURN

    of_sets = shares[:, 1] + shares[:, 2]
    return mean(of_sets, around[:, 0]) / 2, mean(shares[:, 1], around[:, 2])


def _nodes(log_radius: np.ndarray, log_c: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The four nodes around each host, their weights, and where the nodes are that any has.

    Returns:
        (n_host, 4), (n_host, 4), and (n_node, 2) of log10 radius and concentration.
    """
    steps = np.array([_STEP_RADIUS, _STEP_C])
    places = np.stack([log_radius, log_c], axis=1) / steps
    low = np.floor(places)
    part = places - low
    around = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    weights = np.prod(np.where(around == 1, part[:, None], 1 - part[:, None]), axis=2)
    flat = (low[:, None] + around).reshape(-1, 2).astype(np.int64)
    nodes, inverse = np.unique(flat, axis=0, return_inverse=True)
    return inverse.reshape(-1, 4), weights, nodes * steps


def _interpolated(values: np.ndarray, corners: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Values at nodes (n_node, *bins) at each host, linear between nodes: (n_host, *bins)."""
    flat = values.reshape(len(values), -1)
    found = np.zeros((len(corners), flat.shape[1]))
    for corner, weight in zip(corners.T, weights.T, strict=True):
        found += weight[:, None] * flat[corner]
    return found.reshape(-1, *values.shape[1:])
