"""The stellar-to-halo-mass relation itself as the model."""

import dataclasses
import functools

import equinox as eqx
import jax
import jax.numpy as jnp

from halograd import sham
from halograd.models.model import Columns
from halograd.models.parameters import Parameter, ParameterSpace, Theta
from halograd.models.stellar_mass import StellarMassModel
from halograd.sham.three_roll import roll

_FREE = {"log_m_crit", "log_ratio_crit", "low_end", "high_start"}
_LATEX = {
    "log_m_crit": r"\log M_{\rm c}",
    "log_ratio_crit": r"\log\epsilon",
    "low_end": r"a_{\rm lo}",
    "high_start": r"a_{\rm hi}",
}
_UNIT = {"log_m_crit": "log10 Msun/h", "low_mid": "log10 Msun/h", "high_mid": "log10 Msun/h"}
_SCATTER = (
    Parameter("scatter_low", 0.3, 0.01, 0.8, r"\sigma_{\rm lo}", "dex"),
    Parameter("scatter_high", 0.2, 0.01, 0.8, r"\sigma_{\rm hi}", "dex"),
)


class SmhmModel(StellarMassModel):
    """The three-roll relation of `sham.ThreeRoll`, with a scatter that runs with halo mass.

    Makes no use of a stellar mass function, so n constrains it too. By default the mass and
    height of the break, the slopes on both sides of it and the scatter are free.

    Args:
        kernel: "triweight" or "normal".
    """

    kernel: str = eqx.field(static=True, default="triweight")

    @property
    def space(self) -> ParameterSpace:
        """The eleven parameters of the relation, then the two of the scatter."""
        return _space()

    def mean_log_mstar(self, theta: Theta, columns: Columns) -> jax.Array:
        """The three-roll power law."""
        relation = sham.ThreeRoll(**{name: theta[name] for name in sham.THREE_ROLL_BOUNDS})
        return relation.mean_log_mstar(columns["log_mpeak"])

    def scatter(self, theta: Theta, columns: Columns) -> jax.Array:
        """Sigmoid in log halo mass from scatter_low to scatter_high."""
        scatter = sham.Scatter(low=theta["scatter_low"], high=theta["scatter_high"])
        return scatter(columns["log_mpeak"])


_ONE_ROLL = ParameterSpace(
    (
        Parameter("log_m_crit", 11.35, 10.5, 13.5, r"\log M_{\rm c}", "log10 Msun/h"),
        Parameter("log_ratio_crit", -1.65, -3.5, -0.5, r"\log\epsilon"),
        Parameter("k", 10**0.2, 0.0, 3.0, r"k"),
        Parameter("index_low", 2.5, 1.5, 4.0, r"a_{\rm lo}"),
        Parameter("index_high", 0.5, -0.1, 2.0, r"a_{\rm hi}"),
        Parameter("scatter_low", 0.3, 0.01, 0.8, r"\sigma_{\rm lo}", "dex"),
        Parameter("scatter_high", 0.2, 0.01, 0.8, r"\sigma_{\rm hi}", "dex"),
        Parameter("scatter_log_m", 12.0, 11.0, 14.0, r"\log M_\sigma", "log10 Msun/h"),
        Parameter("scatter_k", 0.1, 0.01, 4.0, r"k_\sigma"),
    )
)


class OneRollModel(StellarMassModel):
    r"""A power law of halo mass whose index rolls from one value to another, with scatter.

    $$ \log_{10} M_* = x_c + r_c + a (x - x_c), \quad a = S(x; x_c, k, a_l, a_h), \quad
       \sigma = S(x; x_\sigma, k_\sigma, \sigma_l, \sigma_h), $$

    with x = log10 Mpeak and S(t; t0, k, low, high) = low + (high - low) / (1 + exp(-k (t - t0))).
    All nine parameters are free. The form, its defaults and bounds are those of the code diffsmhm
    (Argonne CPAC), but that the scatter is positive.

    Args:
        kernel: "triweight" or "normal".
    """

    kernel: str = eqx.field(static=True, default="triweight")

    @property
    def space(self) -> ParameterSpace:
        """The five parameters of the relation, then the four of the scatter."""
        return _ONE_ROLL

    def mean_log_mstar(self, theta: Theta, columns: Columns) -> jax.Array:
        """The power law, log10 Msun. (n,)"""
        middle = theta["log_m_crit"]
        ends = theta["index_low"], theta["index_high"]
        x = jnp.asarray(columns["log_mpeak"])
        index = roll(x, middle, theta["k"], *ends)
        return middle + theta["log_ratio_crit"] + index * (x - middle)

    def scatter(self, theta: Theta, columns: Columns) -> jax.Array:
        """Scatter in log10 M*, dex. (n,)"""
        names = ("scatter_log_m", "scatter_k", "scatter_low", "scatter_high")
        return roll(jnp.asarray(columns["log_mpeak"]), *(theta[name] for name in names))


@functools.cache
def _space() -> ParameterSpace:
    return ParameterSpace((*_relation_parameters(), *_SCATTER))


def _relation_parameters() -> tuple[Parameter, ...]:
    default = {field.name: field.default for field in dataclasses.fields(sham.ThreeRoll)}
    return tuple(
        Parameter(
            name,
            default[name],
            low,
            high,
            latex=_LATEX.get(name, ""),
            unit=_UNIT.get(name, ""),
            free=name in _FREE,
        )
        for name, (low, high) in sham.THREE_ROLL_BOUNDS.items()
    )
