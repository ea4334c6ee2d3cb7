"""Galaxies that stopped forming stars, by the mass of their halo and the time since infall."""

from collections.abc import Sequence
from typing import ClassVar

import jax
import jax.numpy as jnp

from halograd.models.model import Columns, check_samples
from halograd.models.parameters import Parameter, Theta
from halograd.models.wrapper import ModelWrapper
from halograd.samples import ALL, Sample
from halograd.sham.three_roll import roll

QUENCHED, STAR_FORMING = "quenched", "star_forming"
"""The kinds of galaxies of the models that tell them apart."""

_K_MASS, _K_TIME = 10**0.2, 10**0.5


class Quenched(ModelWrapper):
    r"""Any model, whose galaxies are either quenched or star-forming.

    The probability to be quenched is, for a central,

    $$ q = S(\log_{10} M_{peak}; x_c, k_c, q_l, q_m), $$

    and satellites are quenched beyond that in massive hosts, a while after infall,

    $$ q + (1 - q) \, S(\log_{10} M_{host}; x_h, k_h, 0, b) \, S(t_{infall}; t_d, k_t, 0, 1), $$

    with S(t; t0, k, low, high) = low + (high - low) / (1 + exp(-k (t - t0))). The form, its
    defaults and bounds are those of the code diffsmhm (Argonne CPAC). Samples of the kinds
    "quenched" and "star_forming" take the expected galaxies of the base times q and 1 - q.

    Args:
        base: The model that is wrapped; where it has kinds of its own, they can no longer be
            told apart.
    """

    kinds: ClassVar[tuple[str, ...]] = (QUENCHED, STAR_FORMING)
    own_needs: ClassVar[tuple[str, ...]] = (
        *("log_mpeak", "is_satellite", "host_log_mass", "time_since_infall"),
    )
    own_parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("quenched_log_m", 12.65, 11.0, 15.0, r"x_{\rm c}", "log10 Msun/h"),
        Parameter("quenched_k", _K_MASS, 0.0, 4.0, r"k_{\rm c}", free=False),
        Parameter("quenched_low", 0.15, 0.0, 1.0, r"q_{\rm l}"),
        Parameter("quenched_high", 0.9, 0.0, 1.0, r"q_{\rm m}"),
        Parameter("quenched_log_mhost", 13.0, 11.0, 15.0, r"x_{\rm q}", "log10 Msun/h"),
        Parameter("quenched_k_mhost", _K_MASS, 0.0, 4.0, r"k_{\rm q}", free=False),
        Parameter("quenched_boost", 0.3, 0.0, 1.0, r"b"),
        Parameter("quenched_delay", 2.0, 0.0, 10.0, r"t_{\rm d}", "Gyr"),
        Parameter("quenched_k_time", _K_TIME, 0.2, 5.0, r"k_{\rm t}", "1/Gyr", free=False),
    )

    def probability(self, theta: Theta, columns: Columns) -> jax.Array:
        """Probability that a galaxy of each halo is quenched. (n,)"""
        theta = self.space.complete(theta)
        of_mass = roll(
            columns["log_mpeak"],
            theta["quenched_log_m"],
            theta["quenched_k"],
            theta["quenched_low"],
            theta["quenched_high"],
        )
        in_host = roll(
            columns["host_log_mass"],
            theta["quenched_log_mhost"],
            theta["quenched_k_mhost"],
            0.0,
            theta["quenched_boost"],
        )
        in_time = roll(
            columns["time_since_infall"],
            theta["quenched_delay"],
            theta["quenched_k_time"],
            0.0,
            1.0,
        )
        boost = jnp.where(columns["is_satellite"], in_host * in_time, 0.0)
        return of_mass + (1 - of_mass) * boost

    def weights(self, theta: Theta, columns: Columns, samples: Sequence[Sample]) -> jax.Array:
        """The expected galaxies of the base times the probability of their kind. (n, n_sample)"""
        check_samples(self, samples)
        of_all = self.base_weights(theta, columns, [s._replace(kind=ALL) for s in samples])
        quenched = self.probability(theta, columns)
        share = {ALL: jnp.ones_like(quenched), QUENCHED: quenched, STAR_FORMING: 1 - quenched}
        return of_all * jnp.stack([share[s.kind] for s in samples], axis=1)
