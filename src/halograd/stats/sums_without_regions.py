"""Number densities and stacked profiles without each of the equal subvolumes of a box in turn."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd._arrays import float_array
from halograd.errors import HalogradError
from halograd.stats.region_sums import RegionSums
from halograd.stats.subvolumes import checked_n_side, subvolume_of


class SumsWithoutRegions(eqx.Module):
    """Sums over the points of a periodic box without a subvolume, for each of them.

    Args:
        positions: (n, 3), comoving Mpc/h, in the box.
        boxsize: Comoving Mpc/h, a number or (3,).
        n_side: Subvolumes along each axis, a number or one per axis; K is their product.

    Attributes:
        volume: Of the box without a subvolume, (Mpc/h)^3.
    """

    sum_over: RegionSums
    volume: float
    n_points: int = eqx.field(static=True)
    n_region: int = eqx.field(static=True)

    def __init__(
        self, positions: ArrayLike, boxsize: ArrayLike, n_side: int | ArrayLike = 4
    ) -> None:
        cut, sides = checked_n_side(n_side), _checks.boxsize(boxsize)
        points = _checks.positions_in_box(positions, sides)
        self.n_points, self.n_region = len(points), int(np.prod(cut))
        self.sum_over = RegionSums(subvolume_of(points, sides, cut), self.n_region)
        self.volume = float(sides.prod()) * (1 - 1 / self.n_region)

    def number_density(self, columns: jax.Array) -> jax.Array:
        """(n, n_sample) -> (K, n_sample), (Mpc/h)^-3."""
        return self._left(columns) / self.volume

    def delta_sigma(self, columns: jax.Array, profiles: ArrayLike) -> jax.Array:
        """Weighted mean of the profiles, 0 where there is no weight.

        Args:
            columns: (n, n_sample).
            profiles: (n, n_R), ΔΣ_i of each point, h Msun / pc^2.

        Returns:
            (K, n_sample, n_R).
        """
        profiles = float_array("profiles", profiles, unit="h Msun/pc^2")
        if profiles.ndim != 2 or len(profiles) != self.n_points:
            raise HalogradError(
                f"profiles must have shape ({self.n_points}, n_R), one row per point, got "
                f"{profiles.shape}"
            )
        stacked = self._left(columns[:, :, None] * profiles[:, None, :])
        total = self._left(columns)[..., None]
        return jnp.where(total == 0, 0.0, stacked / jnp.where(total == 0, 1.0, total))

    def _left(self, values: jax.Array) -> jax.Array:
        """The sum over all subvolumes but one: (n, ...) -> (K, ...)."""
        return self.sum_over.outside(self.sum_over(values))
