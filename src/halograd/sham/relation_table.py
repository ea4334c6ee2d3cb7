"""Mean relations held as a table in log10 M, and how well they give back their SMF."""

from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.errors import HalogradError
from halograd.sham._interpolation import cubic, limited_slopes, monotone_slopes, value_and_slope
from halograd.sham._leaves import check_table, concrete, leaf, takes_floats

__all__ = ["RelationQuality", "RelationTable", "TabulatedRelation", "misfit"]

_N_NODE = 1024
_CLOSEST = 2e-5  # dex between masses that count as different
_FLATTEST = 1e-3  # dex per dex, of the lines beyond the ends
_RMS_LIMIT, _WORST_LIMIT = 0.002, 0.01


class RelationTable(eqx.Module):
    """μ as a monotone cubic on even nodes in log10 M, with straight lines beyond the ends.

        μ = c0 + c1 t + c2 t² + c3 t³,   t = (log10 M − node) / spacing

    The cell of a halo is known by arithmetic and its four coefficients lie side by side, so that
    each halo costs one read. Build it with `from_nodes`; differentiable in all leaves and in
    log10 M.

    Attributes:
        start: log10 halo mass of the first node, Msun/h.
        spacing: Distance of the nodes, dex.
        coefficients: (n_node + 1, 4), c of the line below the first node, of each cell, and of
            the line above the last node, in dex; log10 of Msun.
    """

    start: jax.Array
    spacing: jax.Array
    coefficients: jax.Array

    @classmethod
    def from_nodes(
        cls,
        log_m: ArrayLike,
        log_mstar: ArrayLike,
        slope: ArrayLike | None = None,
        *,
        n_node: int = _N_NODE,
    ) -> Self:
        """The table of an increasing relation known at increasing, unevenly spaced halo masses.

        Differentiable in all three columns: μ at a fixed halo mass moves as the nodes do.

        Args:
            log_m: (n,), log10 halo mass, Msun/h, increasing; the table spans these.
            log_mstar: (n,), μ there, log10 of Msun, increasing.
            slope: (n,), dμ/dlog10 M there; held within what keeps μ increasing. Without it, the
                weighted harmonic mean of the neighbouring secants.
            n_node: Number of even nodes.

        Raises:
            HalogradError: For columns that differ in length or, where they are concrete, are not
                finite or do not increase.
        """
        log_m, log_mstar = leaf(log_m), leaf(log_mstar)
        _check_nodes(log_m, log_mstar, n_node)
        log_m = _apart(log_m)
        slope = monotone_slopes(log_m, log_mstar) if slope is None else leaf(slope)
        slope = limited_slopes(log_m, log_mstar, slope)
        ends = log_m[0], log_m[-1]
        grid = jnp.linspace(*ends, n_node)
        value, rise = value_and_slope(lambda at: cubic(at, log_m, log_mstar, slope), grid)
        spacing = (ends[1] - ends[0]) / (n_node - 1)
        rise = spacing * limited_slopes(grid, value, rise)
        return cls(ends[0], spacing, _coefficients(value, rise, _FLATTEST * spacing))

    @property
    def log_m(self) -> jax.Array:
        """log10 halo mass of the nodes, Msun/h. (n_node,)"""
        return self.start + self.spacing * jnp.arange(self.coefficients.shape[-2] - 1)

    @property
    def log_mstar(self) -> jax.Array:
        """μ at the nodes, log10 of Msun. (n_node,)"""
        return self.coefficients[1:, 0]

    @property
    def slope(self) -> jax.Array:
        """dμ/dlog10 M at the nodes, from above. (n_node,)"""
        return self.coefficients[1:, 1] / self.spacing

    @takes_floats
    @eqx.filter_jit
    def mean_log_mstar(self, log_m: ArrayLike) -> jax.Array:
        """μ, log10 of Msun, at log10 halo mass (Msun/h), elementwise."""
        offset = (log_m - self.start) / self.spacing
        last_row = self.coefficients.shape[0] - 1
        row = jnp.floor(jax.lax.stop_gradient(offset)).astype(jnp.int32) + 1
        row = jnp.clip(row, 0, last_row)
        t = offset - jnp.maximum(row - 1, 0)
        c = self.coefficients.at[row].get(mode="promise_in_bounds")
        c0, c1, c2, c3 = jnp.moveaxis(c, -1, 0)
        return c0 + t * (c1 + t * (c2 + t * c3))

    def __call__(self, log_m: ArrayLike) -> jax.Array:
        """μ, as `mean_log_mstar`."""
        return self.mean_log_mstar(log_m)


def _apart(log_m: jax.Array) -> jax.Array:
    """Masses with the lighter of any two that nearly coincide moved down. (n,) -> (n,)

    Where an SMF has a finite number of galaxies, halos of one mass hold all the faintest.
    """
    short = jnp.maximum(_CLOSEST - jnp.diff(log_m), 0.0)
    return log_m - jnp.append(jax.lax.cumsum(short, reverse=True), jnp.zeros(1, log_m.dtype))


def _check_nodes(log_m: jax.Array, log_mstar: jax.Array, n_node: int) -> None:
    if n_node < 2:
        raise HalogradError(f"n_node must be 2 or more, got {n_node}")
    check_table("RelationTable", "log_m", log_m, log_mstar)
    if concrete(log_mstar) and (np.diff(log_mstar) <= 0).any():
        row = int(np.argmax(np.diff(log_mstar) <= 0))
        raise HalogradError(
            f"log_mstar of RelationTable must increase, but row {row + 1} ({log_mstar[row + 1]:g}) "
            f"follows {log_mstar[row]:g}: more massive halos need more massive galaxies"
        )


def _coefficients(value: jax.Array, rise: jax.Array, flattest: jax.Array) -> jax.Array:
    """`RelationTable.coefficients` from the values and the rises per cell at even nodes."""
    secant, first, last = jnp.diff(value), rise[:-1], rise[1:]
    cells = [value[:-1], first, 3 * secant - 2 * first - last, first + last - 2 * secant]
    ends, zeros = jnp.array([0, -1]), jnp.zeros(2, value.dtype)
    lines = [value[ends], jnp.maximum(rise[ends], flattest), zeros, zeros]
    cells, lines = jnp.stack(cells, axis=-1), jnp.stack(lines, axis=-1)
    return jnp.concatenate([lines[:1], cells, lines[1:]])


class RelationQuality(eqx.Module):
    """The misfit of eq. (1), log10 of the SMF returned over the SMF asked for.

    Attributes:
        rms_dex: rms of the misfit over the mass range of the fit, dex.
        worst_dex: Largest absolute misfit there, dex.
    """

    rms_dex: jax.Array
    worst_dex: jax.Array

    @property
    def residual_dex(self) -> tuple[jax.Array, jax.Array]:
        """The rms and the worst misfit, dex."""
        return self.rms_dex, self.worst_dex

    @property
    def converged(self) -> jax.Array:
        """Whether the SMF is met: within 0.002 dex rms and 0.01 dex everywhere."""
        return (self.rms_dex <= _RMS_LIMIT) & (self.worst_dex <= _WORST_LIMIT)

    @property
    def status(self) -> str:
        """One line on whether the SMF is met; needs numbers, not traced arrays."""
        misfit = f"{self.rms_dex:.2g} dex rms, {self.worst_dex:.2g} dex at worst"
        if self.converged:
            return f"the stellar mass function is met: {misfit}"
        return (
            f"the stellar mass function is not met: {misfit}; it may fall faster at its bright "
            "end than the scatter allows, so lower the scatter or the upper end of the mass range"
        )


class TabulatedRelation(RelationQuality):
    """A mean relation held as a table; callable as μ(log10 M).

    Attributes:
        table: μ of log10 halo mass.
    """

    table: RelationTable

    def mean_log_mstar(self, log_m: ArrayLike) -> jax.Array:
        """μ, log10 of Msun, at log10 halo mass (Msun/h), elementwise; straight lines beyond."""
        return self.table.mean_log_mstar(log_m)

    def __call__(self, log_m: ArrayLike) -> jax.Array:
        """μ, as `mean_log_mstar`."""
        return self.mean_log_mstar(log_m)


def misfit(residual_dex: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The rms and the largest absolute value of residuals, without derivatives. (n,) -> () x 2"""
    residual_dex = jax.lax.stop_gradient(residual_dex)
    return jnp.sqrt(jnp.mean(residual_dex**2)), jnp.max(jnp.abs(residual_dex))
