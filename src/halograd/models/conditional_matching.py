"""Galaxies quenched by the rank of a halo property at fixed stellar mass."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr, ndtri

from halograd.errors import HalogradError
from halograd.models.model import Columns, check_samples
from halograd.models.parameters import Parameter, Theta
from halograd.models.quenching import QUENCHED, STAR_FORMING
from halograd.models.wrapper import ModelWrapper
from halograd.samples import ALL, Sample
from halograd.sham.three_roll import roll

_MASSES = np.round(np.arange(8.0, 12.65, 0.1), 1)  # log10 Msun: between them f_q hardly changes
_SURE = 1e-4  # ranks and fractions are kept this far from 0 and 1, where deviates are infinite


class ConditionalMatching(ModelWrapper):
    r"""Any model of stellar mass, whose specific star formation goes by a rank of the halo.

    Conditional abundance matching with scatter (Hearin & Watson 2013, arXiv:1304.5557; with a
    correlation below 1, as DeRose, Becker & Wechsler 2021, arXiv:2105.12104): at fixed stellar
    mass, the rank of the specific star-formation rate follows that of a halo property with the
    correlation ρ of a Gaussian copula. The galaxies of lowest rank, a fraction f of them, are
    quenched,

    $$ P(quenched | M_*, z) =
       \Phi\left[\frac{\Phi^{-1}(f(M_*)) - \rho z}{\sqrt{1 - \rho^2}}\right], \quad
       f = S(\log_{10} M_*; m, k, f_l, f_m), $$

    with z the deviate of the rank, Φ(z) = ½ + rank, and S(t; t0, k, low, high) = low +
    (high - low) / (1 + exp(-k (t - t0))). Averaged over ranks it is f whatever ρ is. A positive ρ
    makes galaxies star-forming where the property is high. Ranks at fixed halo mass serve as ranks
    at fixed stellar mass, which they are for a base that looks at mass alone.

    Args:
        base: The model that is wrapped; it must know stellar masses.
        by: A column of ranks from -½ to ½, as `catalogs.rank_at_fixed_mass` makes.

    Raises:
        HalogradError: For a base without stellar masses.
    """

    by: str = eqx.field(static=True, default="concentration_rank")

    kinds: ClassVar[tuple[str, ...]] = (QUENCHED, STAR_FORMING)
    kind_parts: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    own_parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("quenched_log_mstar", 10.6, 9.0, 12.0, r"m_{\rm q}", "log10 Msun"),
        Parameter("quenched_k_mstar", 2.5, 0.0, 10.0, r"k_{\rm q}", free=False),
        Parameter("quenched_low", 0.15, 0.0, 1.0, r"f_{\rm l}"),
        Parameter("quenched_high", 0.9, 0.0, 1.0, r"f_{\rm m}"),
        Parameter("quenched_correlation", -0.5, -0.99, 0.99, r"\rho"),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.base.has_stellar_mass:
            raise HalogradError(
                f"ConditionalMatching splits galaxies at fixed stellar mass, and "
                f"{type(self.base).__name__} knows none: wrap a model of stellar mass"
            )

    @property
    def own_needs(self) -> tuple[str, ...]:
        """The column of ranks."""
        return (self.by,)

    def check_columns(self, columns: Mapping[str, np.ndarray]) -> None:
        """Raise HalogradError for ranks that do not lie within -½ and ½."""
        super().check_columns(columns)
        ranks = np.asarray(columns[self.by])
        if ranks.size and np.abs(ranks).max() > 0.5:
            raise HalogradError(
                f"{self.by} must hold ranks from -0.5 to 0.5, got values from {ranks.min():g} to "
                f"{ranks.max():g}: make them by catalogs.rank_at_fixed_mass"
            )

    def quenched_fraction(self, theta: Theta, log_mstar: jax.Array) -> jax.Array:
        """The fraction f of the galaxies of a stellar mass (log10 Msun), elementwise."""
        theta = self.space.complete(theta)
        names = ("quenched_log_mstar", "quenched_k_mstar", "quenched_low", "quenched_high")
        return roll(log_mstar, *(theta[name] for name in names))

    def weights(self, theta: Theta, columns: Columns, samples: Sequence[Sample]) -> jax.Array:
        """The galaxies of the base times the probability of their kind, in fine bins of mass.

        (n, n_sample)
        """
        check_samples(self, samples)
        theta = self.space.complete(theta)
        ends = {end for sample in samples for end in sample[:2] if np.isfinite(end)}
        edges = np.array(sorted({*_MASSES.tolist(), *ends, -np.inf, np.inf}))
        fine = [Sample(low, high) for low, high in pairwise(edges)]
        cells = [cell for cell in fine if any(_holds(sample, cell) for sample in samples)]
        inside = jnp.array([[_holds(s, cell) for s in samples] for cell in cells], float)
        in_cells = self.base_weights(theta, columns, cells)
        quenched = in_cells * self._probability(theta, columns, cells)
        is_quenched = np.array([sample.kind == QUENCHED for sample in samples])
        is_all = np.array([sample.kind == ALL for sample in samples])
        of_quenched, of_all = quenched @ inside, in_cells @ inside
        rest = jnp.where(is_all, of_all, of_all - of_quenched)
        return jnp.where(is_quenched, of_quenched, rest)

    def _probability(self, theta: Theta, columns: Columns, cells: Sequence[Sample]) -> jax.Array:
        """P(quenched) in the middle of each bin of mass. (n, n_cell)"""
        middles = np.array([_middle(cell) for cell in cells])
        fraction = jnp.clip(self.quenched_fraction(theta, middles), _SURE, 1 - _SURE)
        rank = jnp.clip(0.5 + columns[self.by], _SURE, 1 - _SURE)
        rho = theta["quenched_correlation"]
        apart = ndtri(fraction)[None, :] - rho * ndtri(rank)[:, None]
        return ndtr(apart / jnp.sqrt(1 - rho**2))


def _holds(sample: Sample, cell: Sample) -> bool:
    return sample.low <= cell.low and cell.high <= sample.high


def _middle(cell: Sample) -> float:
    """Middle of a bin, or the finite end of an open one."""
    return float(np.mean([end for end in cell[:2] if np.isfinite(end)]))
