"""What is binned: separation across and along the line of sight, or distance and direction."""

import equinox as eqx
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError


class Geometry(eqx.Module):
    """Bins in two coordinates of a separation d, its third axis being the line of sight.

    Half open, [low, high), compared as numbers of the precision at hand: rp² = dx² + dy² or
    r² = (dx² + dy²) + dz² with squared edges; |pi| = |dz|, or mu = |dz| / sqrt(r²) (0 where
    r = 0), with the edges themselves. A last mu edge of 1 is closed: mu = 1 is in its bin.

    Attributes:
        edges: (n1 + 1,), of rp or r, comoving Mpc/h.
        line_of_sight_edges: (n2 + 1,), of |pi|, comoving Mpc/h, or of mu. (0, inf) for no
            condition along the line of sight.
        is_projected: True for rp and |pi|, False for r and mu.
    """

    edges: np.ndarray
    line_of_sight_edges: np.ndarray
    is_projected: bool = eqx.field(static=True)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of bins in each coordinate."""
        return len(self.edges) - 1, len(self.line_of_sight_edges) - 1

    @property
    def n_bin(self) -> int:
        """Number of bins in all; their flattened order is C."""
        return self.shape[0] * self.shape[1]

    @property
    def reach(self) -> np.ndarray:
        """How far a pair may stretch along each axis. (3,), comoving Mpc/h"""
        furthest = self.edges[-1]
        depth = self.line_of_sight_edges[-1] if self.is_projected else furthest
        return np.array([furthest, furthest, depth])

    @property
    def upper_edges(self) -> np.ndarray:
        """Upper limits along the line of sight, all of them open. (n2,)"""
        upper = np.array(self.line_of_sight_edges[1:])
        if not self.is_projected and upper[-1] >= 1:
            upper[-1] = np.inf
        return upper

    @property
    def holds_zero_separation(self) -> bool:
        """Whether coincident points are in the first bin."""
        return bool(self.edges[0] == 0 and self.line_of_sight_edges[0] == 0)


def rp_pi_bins(rp_edges: ArrayLike, pi_edges: ArrayLike) -> Geometry:
    """Bins of rp and |pi|, both in comoving Mpc/h."""
    return Geometry(
        _checks.increasing_edges("rp_edges", rp_edges),
        _checks.increasing_edges("pi_edges", pi_edges),
        is_projected=True,
    )


def projected_bins(rp_edges: ArrayLike, pi_max: float | None) -> Geometry:
    """Bins of rp with |pi| below `pi_max`, or anywhere along the line of sight for None."""
    edges = _checks.increasing_edges("rp_edges", rp_edges)
    depth = np.inf if pi_max is None else _checks.finite("pi_max", pi_max, unit="comoving Mpc/h")
    if np.shape(depth) != () or not depth > 0:
        raise HalogradError(f"pi_max must be one positive number of Mpc/h, got {pi_max}")
    return Geometry(edges, np.array([0.0, float(depth)]), is_projected=True)


def s_mu_bins(s_edges: ArrayLike, mu_edges: ArrayLike) -> Geometry:
    """Bins of distance, comoving Mpc/h, and of its cosine to the line of sight."""
    cosines = _checks.increasing_edges("mu_edges", mu_edges)
    if cosines[-1] > 1:
        raise HalogradError(
            f"mu_edges must lie between 0 and 1 (mu = |pi| / s), got {cosines.tolist()}"
        )
    return Geometry(_checks.increasing_edges("s_edges", s_edges), cosines, is_projected=False)


def radial_bins(r_edges: ArrayLike) -> Geometry:
    """Bins of distance, comoving Mpc/h, in any direction."""
    edges = _checks.increasing_edges("r_edges", r_edges)
    return Geometry(edges, np.array([0.0, 1.0]), is_projected=False)
