"""A pair backend that holds what every pair counts: plain, for a few thousand points."""

import jax.numpy as jnp
import numpy as np

from halograd.pairs.backends import Backend, SumsAroundPoints


class Dense(Backend):
    """Every pair of points in every bin, in float64, when pairs are made."""

    name = "dense"

    def prepare(self, first, second, box, geometry, threads):
        """What each pair counts in each bin, over the nearest images."""
        apart = first[:, None] - second
        apart -= box.sides * np.round(apart / box.sides)
        factors = geometry.factors(apart.reshape(-1, 3))
        return DensePlan(factors.reshape(len(first), len(second), geometry.n_bin))


class DensePlan(SumsAroundPoints):
    """What each pair counts in each bin: (n1, n2, n_bin)."""

    factors: np.ndarray
    n_points = property(lambda self: self.factors.shape[:2])
    n_bin = property(lambda self: self.factors.shape[2])

    def per_point(self, second):
        """S_i = sum_j w_j [ij in bin]: (n2, n_sample) -> (n1, n_sample, n_bin)."""
        return jnp.einsum("ijb,js->isb", self.factors.astype(second.dtype), second)

    def swapped(self):
        """The plan with the two sets in each other's place."""
        return DensePlan(self.factors.swapaxes(0, 1))
