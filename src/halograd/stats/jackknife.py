"""Delete-one jackknife of n, wp and ΔΣ, for the price of two pair counts."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from halograd._arrays import weight_array
from halograd.errors import HalogradError
from halograd.stats.leave_one_out import LeaveOneOut
from halograd.stats.pairs_without_regions import PairsWithoutRegions
from halograd.stats.sums_without_regions import SumsWithoutRegions


class Jackknife(eqx.Module):
    r"""Leave-one-out statistics and their covariance over equal subvolumes of a periodic box.

    Prepared once, then called with weights: two pair counts serve all K subvolumes
    (`PairsWithoutRegions`), and wp_(k) of unclustered points scatters about 0. In every direction
    of the weights, forward mode takes two counts more; reverse mode takes several times as long.

    The covariance is no better than its regions: they must be larger than the largest r_p, since
    pairs between two regions are left out with either and count twice in the scatter; modes
    longer than a region are missed; and K must exceed the length of the data vector for an
    inverse to exist (`hartlap` corrects the bias of that inverse, for independent regions).

    Args:
        positions: (n, 3), comoving Mpc/h, in the box.
        boxsize: Comoving Mpc/h, a number or (3,).
        rp_edges: (n_rp + 1,), comoving Mpc/h.
        pi_max: Comoving Mpc/h.
        n_side: Subvolumes along each axis, a number or one per axis; K is their product.
        line_of_sight: Axis 0, 1 or 2.
        backend: As for `ProjectedPairs`.
        threads: As for `ProjectedPairs`.

    Raises:
        HalogradError: For fewer than 2 subvolumes, and for what `ProjectedPairs` refuses.
    """

    sums: SumsWithoutRegions
    pairs: PairsWithoutRegions

    def __init__(
        self,
        positions: ArrayLike,
        boxsize: ArrayLike,
        rp_edges: ArrayLike,
        pi_max: float,
        *,
        n_side: int | ArrayLike = 4,
        line_of_sight: int = 2,
        backend: str = "auto",
        threads: int | None = None,
    ) -> None:
        self.sums = SumsWithoutRegions(positions, boxsize, n_side)
        self.pairs = PairsWithoutRegions.projected(
            *(positions, boxsize, rp_edges, pi_max),
            n_side=n_side,
            line_of_sight=line_of_sight,
            backend=backend,
            threads=threads,
        )

    def leave_one_out(self, weights: ArrayLike, profiles: ArrayLike | None = None) -> LeaveOneOut:
        """n, wp and ΔΣ without each subvolume in turn.

        A sample that has no pairs left has wp = 0, one without weight ΔΣ = 0, with zero slope.

        Args:
            weights: (n,) or (n, n_sample).
            profiles: (n, n_R), ΔΣ_i of each halo, h Msun / pc^2, as `delta_sigma_profiles` makes;
                None leaves ΔΣ out.

        Returns:
            The K leave-one-out measurements, in the order of the subvolumes (C order).
        """
        weights = self._checked_weights(weights)
        columns = weights.reshape(len(weights), -1)
        lensing = None if profiles is None else self.sums.delta_sigma(columns, profiles)
        result = LeaveOneOut(self.sums.number_density(columns), self._wp(columns), lensing)
        return result if weights.ndim == 2 else jax.tree.map(lambda x: x[:, 0], result)

    def covariance(self, weights: ArrayLike, profiles: ArrayLike | None = None) -> jax.Array:
        r"""Joint covariance (K - 1) / K sum_k (x_k - x̄) (x_k - x̄)^T of n, wp and ΔΣ.

        Args:
            weights: (n,) or (n, n_sample).
            profiles: (n, n_R), or None to leave ΔΣ out.

        Returns:
            (p, p), of the numbers in the order n, wp, ΔΣ, each sample by sample:
            p = n_sample (1 + n_rp + n_R). It can be inverted only for K > p.
        """
        return self.leave_one_out(weights, profiles).covariance

    def _wp(self, columns: jax.Array) -> jax.Array:
        excess = self.pairs(columns)
        return jnp.asarray(2 * self.pairs.pairs.pi_max, excess.dtype) * excess

    def _checked_weights(self, weights: ArrayLike) -> jax.Array:
        weights = weight_array("weights", weights)
        n = self.sums.n_points
        if len(weights) != n:
            raise HalogradError(
                f"weights must have shape ({n},) or ({n}, n_sample), one row per point, got "
                f"{weights.shape}"
            )
        return weights
