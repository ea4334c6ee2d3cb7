"""Cumulative abundance of subhalos by peak mass, or by any other property that orders them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.sham._interpolation import cubic, invert_decreasing, monotone_slopes, value_and_slope
from halograd.sham._leaves import check_finite, check_table, concrete, leaf, takes_floats

__all__ = [
    "RollingPowerLaw",
    "SubhaloAbundance",
    "TabulatedAbundance",
    "bolshoi_planck",
    "from_catalog",
]

LN10 = float(np.log(10.0))
_KNOTS_PER_DEX = 8  # in rank
_FAINT_SLOPE, _BRIGHT_SLOPE = (-1.5, -0.5), (-6.0, -1.0)  # steepest, flattest


class SubhaloAbundance(eqx.Module):
    """Number density n(>M) of subhalos; M in Msun/h, n in (Mpc/h)^-3.

    A subclass gives `log_cumulative_density`, strictly decreasing and differentiable, and the
    masses between which it is inverted.
    """

    def log_cumulative_density(self, log_m: ArrayLike) -> jax.Array:
        """log10 n(>M), elementwise."""
        raise NotImplementedError

    def inversion_nodes(self) -> jax.Array:
        """Increasing log10 masses that hold the look-up table of `log_m_at`. (n_node,)"""
        raise NotImplementedError

    @takes_floats
    @eqx.filter_jit
    def log_density(self, log_m: ArrayLike) -> jax.Array:
        """log10 of dn/dlog10 M, (Mpc/h)^-3 per dex, elementwise."""
        x, slope = value_and_slope(self.log_cumulative_density, log_m)
        return x + jnp.log10(-LN10 * slope)

    @takes_floats
    @eqx.filter_jit
    def log_m_at(self, x: ArrayLike) -> jax.Array:
        """log10 M (Msun/h) with log10 n(>M) = x, elementwise; a straight line beyond the nodes."""
        nodes = self.inversion_nodes()
        log_m = invert_decreasing(self.log_cumulative_density, jnp.ravel(x), nodes, flattest=0.01)
        return jnp.reshape(log_m, x.shape)


class RollingPowerLaw(SubhaloAbundance):
    """A power law whose index rolls from one value to another (arXiv:2112.08423).

        log10 n(>M) = log_density_mid + a(M) (log10 M − log_m_mid)
        a(M) = index_low + (index_high − index_low) / (1 + exp(−k (log10 M − log_m_mid)))

    Attributes:
        log_density_mid: log10 n(>M) at log_m_mid, (Mpc/h)^-3.
        log_m_mid: log10 of the mass where the index is half way, Msun/h.
        k: Steepness of the roll, per dex.
        index_low: Index of light halos, negative.
        index_high: Index of massive halos, below index_low.
    """

    log_density_mid: jax.Array = eqx.field(converter=leaf)
    log_m_mid: jax.Array = eqx.field(converter=leaf)
    k: jax.Array = eqx.field(converter=leaf, default=0.9)
    index_low: jax.Array = eqx.field(converter=leaf, default=-1.4)
    index_high: jax.Array = eqx.field(converter=leaf, default=-5.25)

    def __check_init__(self) -> None:
        check_finite("RollingPowerLaw", log_density_mid=self.log_density_mid, k=self.k)
        check_finite("RollingPowerLaw", log_m_mid=self.log_m_mid)
        indices = self.index_low, self.index_high
        if concrete(*indices) and not 0 > self.index_low >= self.index_high:
            raise HalogradError(
                "RollingPowerLaw must steepen: 0 > index_low >= index_high, got "
                f"{self.index_low} and {self.index_high}"
            )
        if concrete(*indices) and self.index_high < 11 * self.index_low:
            raise HalogradError(
                "RollingPowerLaw rises with mass where index_high is below 11 index_low, got "
                f"{self.index_low} and {self.index_high}"
            )

    @takes_floats
    def log_cumulative_density(self, log_m: ArrayLike) -> jax.Array:
        """log10 n(>M), (Mpc/h)^-3, elementwise."""
        offset = log_m - self.log_m_mid
        roll = jax.nn.sigmoid(self.k * offset)
        index = self.index_low + (self.index_high - self.index_low) * roll
        return self.log_density_mid + index * offset

    def inversion_nodes(self) -> jax.Array:
        """Masses from 12 dex below the middle of the roll to 6 above. (n_node,)"""
        return self.log_m_mid + np.linspace(-12.0, 6.0, 241)


class TabulatedAbundance(SubhaloAbundance):
    """A table of log10 n(>M), joined by a monotone cubic; differentiable in both columns.

    Beyond the table log10 n goes on as a straight line, with the slope of its first or last pair
    of rows.

    Attributes:
        log_m_grid: (n,), log10 mass in Msun/h, strictly increasing.
        log_density_grid: (n,), log10 n(>M) in (Mpc/h)^-3, strictly decreasing.

    Raises:
        HalogradError: For a table that is not finite or not monotone.
    """

    log_m_grid: jax.Array = eqx.field(converter=leaf)
    log_density_grid: jax.Array = eqx.field(converter=leaf)

    def __check_init__(self) -> None:
        check_table("TabulatedAbundance", "log_m_grid", self.log_m_grid, self.log_density_grid)
        if concrete(self.log_density_grid) and (np.diff(self.log_density_grid) >= 0).any():
            row = int(np.argmax(np.diff(self.log_density_grid) >= 0))
            raise HalogradError(
                "log_density_grid of TabulatedAbundance must decrease strictly with mass, but "
                f"row {row + 1} does not lie below row {row}; it is the density above each mass"
            )

    @takes_floats
    @eqx.filter_jit
    def log_cumulative_density(self, log_m: ArrayLike) -> jax.Array:
        """log10 n(>M), (Mpc/h)^-3, elementwise."""
        slopes = monotone_slopes(self.log_m_grid, self.log_density_grid)
        return cubic(log_m, self.log_m_grid, self.log_density_grid, slopes)

    def inversion_nodes(self) -> jax.Array:
        """The rows of the table, and the middles between them. (2n - 1,)"""
        grid = self.log_m_grid
        return jnp.sort(jnp.concatenate([grid, (grid[1:] + grid[:-1]) / 2]))


def bolshoi_planck(redshift: ArrayLike = 0.0) -> RollingPowerLaw:
    """Subhalos of the Bolshoi-Planck simulation by peak mass (arXiv:2112.08423).

    Middle mass and density are sigmoids of redshift; differentiable in it. Fitted for
    0 ≤ z ≤ 2 and 11 < log10 M < 14.5, where the measured counts lie within 0.25 dex.
    """
    z = leaf(redshift)
    if concrete(z) and not z > -1:
        raise HalogradError(f"redshift must be above -1, got {redshift}")
    log_density = -8.1 + (8.1 - 5.9) * jax.nn.sigmoid(1.35 * (z - 0.5))
    log_m = 16.175 + (12.925 - 16.175) * jax.nn.sigmoid(z - 0.75)
    return RollingPowerLaw(log_density, log_m)


def from_catalog(halos: HaloCatalog) -> TabulatedAbundance:
    """A smooth log10 n(>M) through the cumulative counts of a catalogue.

    Knots lie at even steps of log10 rank, eight per dex, and every rank up to the fourth; at a
    knot n(>M) is (rank − ½)/V, with tied masses sharing their mean rank. Between the knots a
    monotone cubic follows the counts within their Poisson noise: 0.9 √count at worst, and 0.009
    dex beyond the thousandth, for 300 to 1e6 halos drawn from `bolshoi_planck`. Beyond the
    lightest and the most massive halo log10 n goes on as a straight line with the slope of the
    last 0.5 dex in rank, kept within −1.5 to −0.5 for light and −6 to −1 for massive halos.

    Args:
        halos: The catalogue; `log_mpeak` in Msun/h and `volume` in (Mpc/h)^3 are used.

    Raises:
        HalogradError: For a catalogue without halos.
    """
    if len(halos) == 0:
        raise HalogradError("an abundance needs at least one halo, got an empty catalogue")
    log_m, rank = _distinct_ranks(halos.log_mpeak)
    rows = _knot_rows(rank)
    log_m, log_n = log_m[rows], np.log10((rank[rows] - 0.5) / halos.volume)
    log_m, log_n = _with_ends(log_m, log_n)
    return TabulatedAbundance(log_m[::-1], log_n[::-1])


def _distinct_ranks(log_mpeak: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct masses, decreasing, and the mean rank (from 1) of the halos that have each.

    Masses count as one where float32 cannot tell them apart.
    """
    values, counts = np.unique(log_mpeak.astype(np.float32), return_counts=True)
    values, counts = values[::-1].astype(float), counts[::-1]
    last = np.cumsum(counts)
    return values, last - (counts - 1) / 2


def _knot_rows(rank: np.ndarray) -> np.ndarray:
    """Rows nearest to even steps of log10 rank, always with the first and the last."""
    n_step = int(np.ceil(_KNOTS_PER_DEX * np.log10(rank[-1] / rank[0]))) + 2
    wanted = np.geomspace(rank[0], rank[-1], n_step)
    rows = np.searchsorted(rank, wanted * (1 - 1e-12))
    return np.unique(np.clip(rows, 0, rank.size - 1))


def _with_ends(log_m: np.ndarray, log_n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One more knot, 0.5 dex in mass, beyond either end, to set the slope there."""
    bright = np.clip(_slope(log_m, log_n, log_n[0]), *_BRIGHT_SLOPE)
    faint = np.clip(_slope(log_m, log_n, log_n[-1]), *_FAINT_SLOPE)
    log_m = np.concatenate([[log_m[0] + 0.5], log_m, [log_m[-1] - 0.5]])
    log_n = np.concatenate([[log_n[0] + 0.5 * bright], log_n, [log_n[-1] - 0.5 * faint]])
    return log_m, log_n


def _slope(log_m: np.ndarray, log_n: np.ndarray, end: float) -> float:
    """Slope d log10 n / d log10 M over the knots within 0.5 dex of one end; −1 for a lone knot."""
    near = np.flatnonzero(np.abs(log_n - end) <= 0.5)
    first, last = near[0], near[-1]
    if log_m.size == 1:
        return -1.0
    if first == last:
        first, last = (0, 1) if first == 0 else (first - 1, first)
    return (log_n[last] - log_n[first]) / (log_m[last] - log_m[first])
