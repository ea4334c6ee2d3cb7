"""What every stellar mass function offers, and one that is given as a table."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.errors import HalogradError
from halograd.sham._interpolation import cubic, invert_decreasing, monotone_slopes
from halograd.sham._leaves import check_table, concrete, leaf, takes_floats

__all__ = ["StellarMassFunction", "TabulatedSMF"]

LN10 = float(np.log(10.0))


class StellarMassFunction(eqx.Module):
    """Number density of galaxies by stellar mass; m is log10 stellar mass in Msun (h-free).

    A subclass gives `log_density` and `log_cumulative_density`, both finite at any finite m and
    differentiable in m and in the leaves, and the masses between which the latter is inverted.
    """

    def log_density(self, m: ArrayLike) -> jax.Array:
        """log10 φ(m), φ in (Mpc/h)^-3 per dex, elementwise."""
        raise NotImplementedError

    def log_cumulative_density(self, m: ArrayLike) -> jax.Array:
        """log10 n(>m), n in (Mpc/h)^-3, elementwise."""
        raise NotImplementedError

    def inversion_nodes(self) -> jax.Array:
        """Increasing masses that hold the look-up table of `log_mstar_at`. (n_node,)"""
        raise NotImplementedError

    @takes_floats
    def density(self, m: ArrayLike) -> jax.Array:
        """φ(m) in (Mpc/h)^-3 per dex, elementwise; zero where it underflows."""
        return 10.0 ** self.log_density(m)

    @takes_floats
    @eqx.filter_jit
    def log_mstar_at(self, x: ArrayLike) -> jax.Array:
        """The m with log10 n(>m) = x: the relation of zero scatter, elementwise.

        Differentiable to second order in x and the leaves. Beyond the ends of
        `inversion_nodes` m goes on as a straight line in x, of 100 dex per dex at most: where the
        SMF has a finite number of galaxies, rarer than the halos, the halos left over get masses
        that fall off steeply.
        """
        nodes = self.inversion_nodes()
        m = invert_decreasing(self.log_cumulative_density, jnp.ravel(x), nodes, flattest=0.01)
        return jnp.reshape(m, x.shape)


class TabulatedSMF(StellarMassFunction):
    """A table of log10 φ, joined by a monotone cubic; differentiable in both columns.

    Outside the table log10 φ goes on as a straight line, with the slope of the first or the last
    pair of rows.

    Attributes:
        log_mstar_grid: (n,), log10 stellar mass in Msun, strictly increasing.
        log_phi_grid: (n,), log10 φ, φ in (Mpc/h)^-3 per dex; the last row must lie below the one
            before, so that the number of bright galaxies is finite.

    Raises:
        HalogradError: For a table that is not finite, not increasing in mass, or that rises at
            its bright end.
    """

    log_mstar_grid: jax.Array = eqx.field(converter=leaf)
    log_phi_grid: jax.Array = eqx.field(converter=leaf)

    def __check_init__(self) -> None:
        check_table("TabulatedSMF", "log_mstar_grid", self.log_mstar_grid, self.log_phi_grid)
        if concrete(self.log_phi_grid) and self.log_phi_grid[-1] >= self.log_phi_grid[-2]:
            raise HalogradError(
                "log_phi_grid of TabulatedSMF must fall at its bright end, but the last rows are "
                f"{self.log_phi_grid[-2]:g} and {self.log_phi_grid[-1]:g}; cut the table there"
            )

    @takes_floats
    @eqx.filter_jit
    def log_density(self, m: ArrayLike) -> jax.Array:
        """log10 φ(m), φ in (Mpc/h)^-3 per dex, elementwise."""
        slopes = monotone_slopes(self.log_mstar_grid, self.log_phi_grid)
        return cubic(m, self.log_mstar_grid, self.log_phi_grid, slopes)

    @takes_floats
    @eqx.filter_jit
    def log_cumulative_density(self, m: ArrayLike) -> jax.Array:
        """log10 n(>m), n in (Mpc/h)^-3, elementwise; finite however bright.

        The integral of the interpolated φ: by Gauss–Legendre in a cell of the table, in closed
        form beyond its ends.
        """
        grid, n_row = self.log_mstar_grid, self.log_mstar_grid.size
        at_rows = self._ln_cumulative_at_rows()
        cell = jnp.clip(jnp.searchsorted(grid, m, side="right") - 1, 0, n_row - 2)
        inside = jnp.clip(m, grid[0], grid[-1])
        within = jnp.logaddexp(self._ln_integral(inside, grid[cell + 1]), at_rows[cell + 1])
        below = jnp.logaddexp(at_rows[0], self._ln_integral(jnp.minimum(m, grid[0]), grid[0]))
        beyond = at_rows[-1] + LN10 * self._bright_slope() * (m - grid[-1])
        inner = jnp.where(m < grid[0], below, within)
        return jnp.where(m >= grid[-1], beyond, inner) / LN10

    def inversion_nodes(self) -> jax.Array:
        """Masses from 3 dex below the table to 3 above. (n_node,)"""
        grid = self.log_mstar_grid
        return jnp.linspace(grid[0] - 3, grid[-1] + 3, 241)

    def _bright_slope(self) -> jax.Array:
        rise = self.log_phi_grid[-1] - self.log_phi_grid[-2]
        return rise / (self.log_mstar_grid[-1] - self.log_mstar_grid[-2])

    def _ln_integral(self, low: jax.Array, high: jax.Array) -> jax.Array:
        """The ln ∫ φ dm from low to high; about −85 for an empty interval."""
        nodes, weights = np.polynomial.legendre.leggauss(10)
        width = (high - low)[..., None]
        m = low[..., None] + width * ((nodes + 1) / 2)
        ln_terms = LN10 * self.log_density(m) + np.log(weights / 2)
        tiny = 1e-37
        return jax.nn.logsumexp(ln_terms, axis=-1) + jnp.log(jnp.maximum(width[..., 0], tiny))

    def _ln_cumulative_at_rows(self) -> jax.Array:
        """The ln n(>m) at each row of the table. (n,)"""
        grid = self.log_mstar_grid
        last = LN10 * self.log_phi_grid[-1] - jnp.log(-LN10 * self._bright_slope())
        cells = self._ln_integral(grid[:-1], grid[1:])

        def add(above: jax.Array, cell: jax.Array) -> tuple[jax.Array, jax.Array]:
            total = jnp.logaddexp(above, cell)
            return total, total

        _, at_rows = jax.lax.scan(add, last, cells, reverse=True)
        return jnp.append(at_rows, last)
