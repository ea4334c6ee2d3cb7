"""The occupations of AbacusHOD, with its parameter names: LRG, ELG and QSO."""

from dataclasses import replace
from typing import ClassVar, Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from halograd.errors import HalogradError
from halograd.models.hod.assembly_bias import Decorated, ShiftedMasses, assembly_bias_from
from halograd.models.hod.formulas import power_law, skewed_bell, step
from halograd.models.hod.halo_occupation import (
    BINOMIAL,
    EXCESS,
    GIVEN_CENTRAL,
    NEGATIVE_BINOMIAL,
    POISSON,
    HaloOccupation,
    HostOccupation,
    rank_parameters,
    space_of,
    with_a_central,
)
from halograd.models.model import Columns
from halograd.models.parameters import Parameter, ParameterSpace, Theta

_MASS = "log10 Msun/h"


def _common(
    log_m_cut: float, log_m1: float, sigma: float, alpha: float, kappa: float
) -> tuple[Parameter, ...]:
    return (
        Parameter("logM_cut", log_m_cut, 10.5, 15.0, r"\log M_{\rm cut}", _MASS),
        Parameter("logM1", log_m1, 11.5, 16.5, r"\log M_1", _MASS),
        Parameter("sigma", sigma, 0.02, 1.5, r"\sigma", "dex"),
        Parameter("alpha", alpha, 0.1, 2.0, r"\alpha"),
        Parameter("kappa", kappa, 0.0, 10.0, r"\kappa"),
        Parameter("ic", 1.0, 0.0, 1.0, r"f_{\rm ic}", free=False),
    )


class AbacusOccupation(HaloOccupation):
    """One tracer of AbacusHOD (Yuan et al. 2022, arXiv:2110.11412; abacusutils, GRAND_HOD).

    Widths are standard deviations in dex of log10 M. Satellites have

        [(M - κ M_cut) / M_1]^α,

    none below κ M_cut. Samples are the kinds of `kind_parts`: the tracer's name, and with
    "_central" or "_satellite" behind it; "central" and "satellite" too.

    Attributes:
        assembly_bias: Shifts of the masses by ranks of the host: None or False; True for the
            columns `concentration_rank` and `environment_rank`; a tuple of one or two names of
            columns; or `ShiftedMasses`.
        ranks: Whether satellites prefer places by their ranks (s, s_v, s_p, s_r).
        second_moments: As in `HaloOccupation`; AbacusHOD itself draws "binomial".
        start: Values of parameters in the place of the defaults, as `starting_at` gives them.
    """

    assembly_bias: ShiftedMasses | None = eqx.field(
        default=None, converter=assembly_bias_from, kw_only=True
    )
    ranks: bool = eqx.field(static=True, default=False, kw_only=True)
    second_moments: str = eqx.field(static=True, default=BINOMIAL, kw_only=True)
    start: tuple[tuple[str, float], ...] = eqx.field(static=True, default=(), kw_only=True)

    own: ClassVar[tuple[Parameter, ...]] = ()

    def __check_init__(self) -> None:
        if isinstance(self.assembly_bias, Decorated):
            raise HalogradError(
                f"assembly bias of {type(self).__name__} shifts its masses: give ShiftedMasses, or "
                "take Zheng07 for a decorated occupation"
            )

    @property
    def space(self) -> ParameterSpace:
        """The parameters of the tracer, and those that options add."""
        bias = () if self.assembly_bias is None else self.assembly_bias.parameters
        excess = (EXCESS,) if self.second_moments == NEGATIVE_BINOMIAL else ()
        options = (*bias, *rank_parameters(self.ranks), *excess, *self.of_conformity)
        return space_of((*self.own, *options), self.start)

    @property
    def of_conformity(self) -> tuple[Parameter, ...]:
        """Parameters of satellites that know the central of their host."""
        return ()

    def starting_at(self, theta: Theta) -> Self:
        """The model with these values in the place of the defaults of its parameters.

        Raises:
            HalogradError: For an unknown parameter, and a value outside the bounds.
        """
        start = tuple((name, float(value)) for name, value in theta.items())
        space_of(self.space.parameters, start)
        return replace(self, start=start)

    @property
    def needs_of_hosts(self) -> tuple[str, ...]:
        """The mass, and the ranks of assembly bias."""
        return ("host_log_mass", *(() if self.assembly_bias is None else self.assembly_bias.needs))

    def shifted(self, theta: Theta, columns: Columns) -> tuple[jax.Array, ArrayLike, ArrayLike]:
        """log10 M of each host, log M_cut and log M_1 with its assembly bias."""
        shifts = 0.0, 0.0
        if self.assembly_bias is not None:
            shifts = self.assembly_bias.shifts(theta, columns)
        masses = theta["logM_cut"] + shifts[0], theta["logM1"] + shifts[1]
        return columns["host_log_mass"], *masses

    def satellites(
        self, theta: Theta, x: jax.Array, log_m_cut: ArrayLike, log_m1: ArrayLike, alpha: ArrayLike
    ) -> jax.Array:
        """[(M - κ M_cut) / M_1]^α. (n,)"""
        return power_law(x, log_m1, theta["kappa"] * 10 ** (log_m_cut - log_m1), alpha)


class AbacusLRG(AbacusOccupation):
    r"""Luminous red galaxies of AbacusHOD,

    $$ \langle N_c \rangle = \tfrac12\, {\rm erfc} \frac{\log M_{cut} - x}{\sqrt2 \sigma}\, ic,
       \qquad \langle N_s \rangle = \left( \frac{M - \kappa M_{cut}}{M_1} \right)^\alpha
       \tfrac12\, {\rm erfc} \frac{\log M_{cut} - x}{\sqrt2 \sigma}\, ic. $$

    With second_moments="poisson given central" satellites live only where there is a central, with
    the same mean. Attributes are those of `AbacusOccupation`.
    """

    names = ("LRG",)
    choices = (POISSON, GIVEN_CENTRAL, BINOMIAL, NEGATIVE_BINOMIAL)
    own = _common(12.8, 13.9, 0.3, 1.0, 0.4)

    def occupation(self, theta: Theta, columns: Columns) -> HostOccupation:
        """One tracer. (n, 1)"""
        x, log_m_cut, log_m1 = self.shifted(theta, columns)
        central = step(x, log_m_cut, jnp.sqrt(2.0) * theta["sigma"]) * theta["ic"]
        satellite = self.satellites(theta, x, log_m_cut, log_m1, theta["alpha"])
        if self.second_moments == GIVEN_CENTRAL:
            return with_a_central(central, satellite)
        return HostOccupation(central[:, None], (central * satellite)[:, None])


class AbacusELG(AbacusOccupation):
    r"""Emission line galaxies of AbacusHOD,

    $$ \langle N_c \rangle = 2 \left( p_{max} - \frac1Q \right) \phi(x)\, \Phi(x)\, ic, \qquad
       \langle N_s \rangle = A_s \left( \frac{M - \kappa M_{cut}}{M_1} \right)^\alpha ic, $$

    φ the normal density of mean log M_cut and standard deviation σ, and Φ = ½ {1 + erf[γ (x - log
    M_cut) / (√2 σ)]}. The plateau 0.5/Q of the paper is not in the code, nor here.

    Attributes:
        conformity: Whether satellites of a host with an ELG as its central have `logM1_EE` and
            `alpha_EE` in place of `logM1` and `alpha`. The galaxies of a halo are then correlated,
            and those at each place are Poisson given the central.
    """

    conformity: bool = eqx.field(static=True, default=False, kw_only=True)

    names = ("ELG",)
    own = (
        Parameter("p_max", 0.33, 0.0, 2.0, r"p_{\rm max}"),
        Parameter("Q", 100.0, 1.0, 1e6, "Q", free=False),
        *_common(11.75, 13.5, 0.58, 1.0, 1.0),
        Parameter("gamma", 4.12, -20.0, 20.0, r"\gamma"),
        Parameter("A_s", 1.0, 0.0, 10.0, r"A_{\rm s}", free=False),
    )

    @property
    def of_conformity(self) -> tuple[Parameter, ...]:
        """Those of satellites with an ELG as their central."""
        return conforming("EE") if self.conformity else ()

    @property
    def is_correlated(self) -> bool:
        """Whether the galaxies of one halo are not independent of one another."""
        return self.conformity or super().is_correlated

    def occupation(self, theta: Theta, columns: Columns) -> HostOccupation:
        """One tracer. (n, 1)"""
        x, log_m_cut, log_m1 = self.shifted(theta, columns)
        height = (theta["p_max"] - 1 / theta["Q"]) * theta["ic"]
        central = height * skewed_bell(x, log_m_cut, theta["sigma"], theta["gamma"])
        satellite = self.with_amplitude(theta, x, log_m_cut, log_m1, theta["alpha"])
        if not self.conformity:
            return HostOccupation(central[:, None], satellite[:, None])
        with_elg = self.conforming(theta, columns, "EE")
        mean = (1 - central) * satellite + central * with_elg
        given = jnp.stack([satellite, with_elg], axis=1)[..., None]
        return HostOccupation(central[:, None], mean[:, None], given)

    def with_amplitude(
        self, theta: Theta, x: jax.Array, log_m_cut: ArrayLike, log_m1: ArrayLike, alpha: ArrayLike
    ) -> jax.Array:
        """A_s · ic times `satellites`. (n,)"""
        return theta["A_s"] * theta["ic"] * self.satellites(theta, x, log_m_cut, log_m1, alpha)

    def conforming(self, theta: Theta, columns: Columns, letters: str) -> jax.Array:
        """Satellites in hosts with a central of a tracer, "EE" for an ELG, "EL" an LRG. (n,)"""
        x, log_m_cut, log_m1 = self.shifted(theta, columns)
        log_m1 = log_m1 - theta["logM1"] + theta[f"logM1_{letters}"]
        return self.with_amplitude(theta, x, log_m_cut, log_m1, theta[f"alpha_{letters}"])


class AbacusQSO(AbacusOccupation):
    r"""Quasars of AbacusHOD,

    $$ \langle N_c \rangle = \tfrac12 \left[1 + {\rm erf} \frac{x - \log M_{cut}}{\sqrt2 \sigma}
       \right] ic, \qquad
       \langle N_s \rangle = \left( \frac{M - \kappa M_{cut}}{M_1} \right)^\alpha ic. $$

    Attributes are those of `AbacusOccupation`.
    """

    names = ("QSO",)
    own = _common(12.21, 13.94, 0.56, 0.4, 1.0)

    def occupation(self, theta: Theta, columns: Columns) -> HostOccupation:
        """One tracer. (n, 1)"""
        x, log_m_cut, log_m1 = self.shifted(theta, columns)
        central = step(x, log_m_cut, jnp.sqrt(2.0) * theta["sigma"]) * theta["ic"]
        satellite = theta["ic"] * self.satellites(theta, x, log_m_cut, log_m1, theta["alpha"])
        return HostOccupation(central[:, None], satellite[:, None])


def conforming(letters: str) -> tuple[Parameter, ...]:
    """The parameters of ELG satellites in hosts with a central of another tracer."""
    return (
        Parameter(f"logM1_{letters}", 13.5, 11.5, 16.5, rf"\log M_1^{{\rm {letters}}}", _MASS),
        Parameter(f"alpha_{letters}", 1.0, 0.1, 2.0, rf"\alpha^{{\rm {letters}}}"),
    )
