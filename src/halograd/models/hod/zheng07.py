"""Halo occupation of samples above a luminosity (Zheng, Coil & Zehavi 2007)."""

import equinox as eqx

from halograd.errors import HalogradError
from halograd.models.hod.assembly_bias import (
    AssemblyBias,
    Decorated,
    ShiftedMasses,
    assembly_bias_from,
)
from halograd.models.hod.formulas import power_law, step
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

_PARAMETERS = (
    Parameter("logMmin", 12.02, 10.5, 15.0, r"\log M_{\rm min}", "log10 Msun/h"),
    Parameter("sigma_logM", 0.26, 0.02, 1.5, r"\sigma_{\log M}", "dex"),
    Parameter("logM0", 11.38, 8.0, 15.0, r"\log M_0", "log10 Msun/h"),
    Parameter("logM1", 13.31, 11.5, 16.0, r"\log M_1", "log10 Msun/h"),
    Parameter("alpha", 1.06, 0.2, 2.0, r"\alpha"),
)

_PUBLISHED = {
    -18.0: (11.35, 0.25, 11.20, 12.40, 0.83),
    -18.5: (11.46, 0.24, 10.59, 12.68, 0.97),
    -19.0: (11.60, 0.26, 11.49, 12.83, 1.02),
    -19.5: (11.75, 0.28, 11.69, 13.01, 1.06),
    -20.0: (12.02, 0.26, 11.38, 13.31, 1.06),
    -20.5: (12.30, 0.21, 11.84, 13.58, 1.12),
    -21.0: (12.79, 0.39, 11.92, 13.94, 1.15),
    -21.5: (13.38, 0.51, 13.94, 13.91, 1.04),
    -22.0: (14.22, 0.77, 14.00, 14.69, 0.87),
}


class Zheng07(HaloOccupation):
    r"""Centrals and satellites of Zheng, Coil & Zehavi 2007 (astro-ph/0703457), as in halotools,

    $$ \langle N_c \rangle = \tfrac12 \left[1 + {\rm erf} \frac{x - \log M_{min}}{\sigma_{\log M}}
       \right], \qquad \langle N_s \rangle = \left( \frac{M - M_0}{M_1} \right)^\alpha, $$

    with x = log10 M of the host; no satellites below M_0. The width is √2 times the standard
    deviation of the step. Defaults are those of SDSS galaxies with M_r < -20. Samples are the
    kinds "central" and "satellite".

    Attributes:
        modulate_with_cenocc: Whether satellites are times ⟨N_c⟩, as they are with
            second_moments="poisson given central" anyway.
        assembly_bias: None, `ShiftedMasses` or `Decorated`.
        ranks: Whether satellites prefer places by their ranks.
        second_moments: As in `HaloOccupation`.
    """

    modulate_with_cenocc: bool = eqx.field(static=True, default=False)
    assembly_bias: AssemblyBias | None = eqx.field(default=None, converter=assembly_bias_from)
    ranks: bool = eqx.field(static=True, default=False)
    second_moments: str = eqx.field(static=True, default=POISSON)

    choices = (POISSON, GIVEN_CENTRAL, BINOMIAL, NEGATIVE_BINOMIAL)

    @property
    def space(self) -> ParameterSpace:
        """The five parameters of halotools, and those that options add."""
        bias = () if self.assembly_bias is None else self.assembly_bias.parameters
        excess = (EXCESS,) if self.second_moments == NEGATIVE_BINOMIAL else ()
        return space_of((*_PARAMETERS, *bias, *rank_parameters(self.ranks), *excess))

    @staticmethod
    def published(threshold: float) -> dict[str, float]:
        """Best fits to SDSS galaxies brighter than M_r = threshold + 5 log10 h (their table 1).

        Raises:
            HalogradError: For a threshold that is not in the table.
        """
        if threshold not in _PUBLISHED:
            raise HalogradError(
                f"Zheng et al. 2007 fit the thresholds {', '.join(f'{t:g}' for t in _PUBLISHED)}, "
                f"got {threshold}"
            )
        names = (p.name for p in _PARAMETERS)
        return dict(zip(names, _PUBLISHED[threshold], strict=True))

    @property
    def needs_of_hosts(self) -> tuple[str, ...]:
        """The mass, and the ranks of assembly bias."""
        return ("host_log_mass", *(() if self.assembly_bias is None else self.assembly_bias.needs))

    def occupation(self, theta: Theta, columns: Columns) -> HostOccupation:
        """One tracer. (n, 1)"""
        x, bias, to_min, to_m1 = columns["host_log_mass"], self.assembly_bias, 0.0, 0.0
        if isinstance(bias, ShiftedMasses):
            to_min, to_m1 = bias.shifts(theta, columns)
        central = step(x, theta["logMmin"] + to_min, theta["sigma_logM"])
        log_m1 = theta["logM1"] + to_m1
        satellite = power_law(x, log_m1, 10 ** (theta["logM0"] - log_m1), theta["alpha"])
        is_given = self.second_moments == GIVEN_CENTRAL
        if self.modulate_with_cenocc and not is_given:
            satellite = central * satellite
        if isinstance(bias, Decorated):
            central = bias.centrals(central, theta, columns)
            satellite = bias.satellites(satellite, theta, columns)
        if is_given:
            return with_a_central(central, satellite)
        return HostOccupation(central[:, None], satellite[:, None])
