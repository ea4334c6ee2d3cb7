"""How the pairs of galaxies on smooth NFW profiles lie in bins, by the size of the halo."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import numpy as np

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.pairs import Geometry, Projected, Radial
from halograd.predict.isolated_halos import listed, pair_sums, relative
from halograd.statistics import Statistic
from halograd.statistics.projected_clustering import ProjectedClustering
from halograd.statistics.real_space_clustering import RealSpaceClustering
from halograd.theory.nfw_pairs import central_fractions, pair_table
from halograd.tracers.nfw_points import NfwPlaces, profile_points

_N_POINT, _N_TURN = 40, 100  # points of each of two sets, and how often these are made anew
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
        prepared = listed(prepared)
        edges = [_separations(pairs.geometry, statistic, self._widest(hosts)) for pairs in prepared]
        if all(found is not None for found in edges):
            for found in edges:
                yield self._analytic(hosts, *found)
            return
        log_radius = np.log10(hosts.extra["r_vir"])
        corners, weights, nodes = _nodes(log_radius, np.log10(hosts.extra["concentration"]))
        density = np.median(hosts.log_mpeak - 3 * log_radius)
        points, shares = self._dense(hosts, np.repeat(nodes, _N_TURN, axis=0), density)
        group = np.repeat(np.arange(len(nodes) * _N_TURN), 1 + 2 * _N_POINT)
        sums = pair_sums(points, statistic, prepared, group, shares[:, 1:], shares[:, :2])
        for found in sums:
            of_nodes = found.reshape(len(nodes), _N_TURN, *found.shape[1:]).mean(axis=1)
            # Both sets with the centre; the second with the first.
            central = of_nodes[:, :, 0].mean(axis=1)
            yield tuple(
                _interpolated(values, corners, weights) for values in (central, of_nodes[:, 1, 1])
            )

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
        self, hosts: HaloCatalog, nodes: np.ndarray, density: float
    ) -> tuple[HaloCatalog, np.ndarray]:
        """Halos at nodes with two independent sets of points each, for `pair_sums`.

        Args:
            hosts: Whose redshift and cosmology is taken.
            nodes: (n, 2), log10 of radius and concentration.
            density: log10 of mass over radius^3.

        Returns:
            The centre, then the points, of each node in turn; and of each of these rows whether
            it is a centre, and its share in the first and the second set, (n_row, 3).
        """
        n, radius = len(nodes), 10 ** nodes[:, 0]
        centres = HaloCatalog(
            positions=np.full((n, 3), 0.5),
            velocities=None if hosts.velocities is None else np.zeros((n, 3)),
            log_mpeak=density + 3 * nodes[:, 0],
            boxsize=1.0,
            redshift=hosts.redshift,
            cosmology=hosts.cosmology,
            extra={"r_vir": radius, "concentration": 10 ** nodes[:, 1]},
        )
        sets = [profile_points(centres, _N_POINT, self.places, _SEED + i) for i in range(2)]
        zero, shares = np.zeros((n, 1, 3)), np.zeros((n, 1 + 2 * _N_POINT, 3))
        offsets = np.concatenate([zero, *(one.offsets for one in sets)], axis=1).reshape(-1, 3)
        drifts = None
        if hosts.velocities is not None:
            drifts = np.concatenate([zero, *(one.drifts for one in sets)], axis=1).reshape(-1, 3)
        shares[:, 0, 0] = 1.0
        shares[:, 1 : 1 + _N_POINT, 1] = 1 / _N_POINT
        shares[:, 1 + _N_POINT :, 2] = 1 / _N_POINT
        return relative(hosts, offsets, drifts), shares.reshape(-1, 3)


def _separations(
    geometry: Geometry, statistic: Statistic, widest: float
) -> tuple[np.ndarray, bool] | None:
    """Edges of the bins, and whether they are projected, where only separations count.

    None for bins in redshift space, and those that end along the line of sight within a halo.
    """
    if getattr(statistic, "redshift_space", False):
        return None
    edges = np.asarray(geometry.edges, np.float64)
    if isinstance(statistic, RealSpaceClustering) and isinstance(geometry, Radial):
        return edges, False
    is_projected = isinstance(statistic, ProjectedClustering) and isinstance(geometry, Projected)
    if is_projected and statistic.redshift_space:
        return None
    if is_projected and geometry.line_of_sight_edges[-1] >= widest:
        return edges, True
    return None


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
