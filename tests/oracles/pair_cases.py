"""The ways to bin pairs and three kinds of space, each with its brute-force matrix."""

from typing import NamedTuple

import numpy as np

from halograd import pairs
from oracles import brute_force
from oracles.clustered_points import BOX


class Binning(NamedTuple):
    """A pair of public classes and bins for them."""

    auto: type
    cross: type
    arguments: dict
    edges: np.ndarray
    line_of_sight_edges: np.ndarray
    is_projected: bool
    n_axes: int
    ells: tuple = ()

    def matrix(self, first, second, boxsize, periodic=True, line_of_sight=2):
        """(n, m, *bins) of 0 and 1, or of Legendre polynomials."""
        apart = brute_force.axis_separations(first, second, boxsize, periodic)
        matrix = brute_force.bin_matrix(
            apart,
            self.edges,
            self.line_of_sight_edges,
            is_projected=self.is_projected,
            line_of_sight=line_of_sight,
        )
        if self.ells:
            legendre = brute_force.legendre(apart, self.ells, line_of_sight)
            return legendre[..., None] * matrix[..., 0][..., None, :]
        return matrix if self.n_axes == 2 else matrix[..., 0]


class Space(NamedTuple):
    """Where points live; `origin` shifts those made for the box `BOX`."""

    boxsize: np.ndarray | None
    periodic: object
    origin: np.ndarray


def projected(edges, pi_max):
    edges = np.asarray(edges, float)
    return Binning(
        pairs.ProjectedPairs,
        pairs.ProjectedCrossPairs,
        {"rp_edges": edges, "pi_max": pi_max},
        edges,
        np.array([0.0, pi_max]),
        True,
        1,
    )


def rp_pi(rp_edges, pi_edges):
    rp_edges, pi_edges = np.asarray(rp_edges, float), np.asarray(pi_edges, float)
    arguments = {"rp_edges": rp_edges, "pi_edges": pi_edges}
    return Binning(pairs.RpPiPairs, pairs.RpPiCrossPairs, arguments, rp_edges, pi_edges, True, 2)


def radial(edges):
    edges = np.asarray(edges, float)
    ends = np.array([0.0, 1.0])
    return Binning(
        pairs.RadialPairs, pairs.RadialCrossPairs, {"r_edges": edges}, edges, ends, False, 1
    )


def s_mu(s_edges, mu_edges):
    s_edges, mu_edges = np.asarray(s_edges, float), np.asarray(mu_edges, float)
    arguments = {"s_edges": s_edges, "mu_edges": mu_edges}
    return Binning(pairs.SMuPairs, pairs.SMuCrossPairs, arguments, s_edges, mu_edges, False, 2)


def multipole(s_edges, ells):
    s_edges, ends = np.asarray(s_edges, float), np.array([0.0, 1.0])
    classes = pairs.MultipolePairs, pairs.MultipoleCrossPairs
    return Binning(*classes, {"s_edges": s_edges, "ells": ells}, s_edges, ends, False, 2, ells)


_EDGES = [0.0, 1.5, 20.0]  # few: the reference engine compiles one product per edge
BINNINGS = {
    "projected": projected(_EDGES, 15.0),
    "rp_pi": rp_pi(_EDGES, [0.0, 4.0, 15.0]),
    "radial": radial(_EDGES),
    "s_mu": s_mu(_EDGES, [0.0, 0.4, 1.0]),
}
SPACES = {
    "periodic": Space(BOX, True, np.zeros(3)),
    "mixed": Space(BOX, (True, False, True), np.zeros(3)),
    "open": Space(None, False, np.array([-700.0, 0.3, 1e4])),
}
