"""Occupations that depend on more than mass: shifted masses, and decorated occupations."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import ConfigError, HalogradError
from halograd.models.model import Columns
from halograd.models.parameters import Parameter, Theta

_CENTRAL = "mean_occupation_centrals_assembias_param1"
_SATELLITE = "mean_occupation_satellites_assembias_param1"


class ShiftedMasses(eqx.Module):
    """Assembly bias as in AbacusHOD: the masses of the occupation shift with ranks of the host,

        log M_cut += Acent r_1 + Bcent r_2,    log M_1 += Asat r_1 + Bsat r_2.

    (Yuan et al. 2022, arXiv:2110.11412, where r_1 is of concentration and r_2 of environment.)

    Attributes:
        columns: Names of one or two columns of the catalogue with ranks at fixed mass, from -½ to
            ½, such as `catalogs.rank_at_fixed_mass` makes; those of the host count.
    """

    columns: tuple[str, ...] = eqx.field(
        static=True, default=("concentration_rank", "environment_rank")
    )

    def __check_init__(self) -> None:
        if not 1 <= len(self.columns) <= 2 or not all(isinstance(c, str) for c in self.columns):
            raise HalogradError(
                f"assembly bias by shifted masses is in one or two columns, got {self.columns!r}"
            )

    @property
    def needs(self) -> tuple[str, ...]:
        """The ranks of the hosts."""
        return tuple(f"host_{name}" for name in self.columns)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Acent and Asat, then Bcent and Bsat where there is a second column."""
        return tuple(
            Parameter(f"{letter}{part}", 0.0, -1.0, 1.0, rf"{letter}_{{\rm {part}}}", "dex")
            for letter, _ in zip("AB", self.columns, strict=False)
            for part in ("cent", "sat")
        )

    def shifts(self, theta: Theta, columns: Columns) -> tuple[ArrayLike, ArrayLike]:
        """What log M_cut and log M_1 of each host are raised by, dex. (n,) each"""
        of_central, of_satellite = 0.0, 0.0
        for letter, name in zip("AB", self.needs, strict=False):
            of_central += theta[f"{letter}cent"] * columns[name]
            of_satellite += theta[f"{letter}sat"] * columns[name]
        return of_central, of_satellite


class Decorated(eqx.Module):
    """Assembly bias as decorated occupation (Hearin et al. 2016, arXiv:1512.03050).

    At fixed mass the fraction 1 - split of the hosts with the highest rank has N + δN galaxies and
    the others N - δN (1 - split) / split, so that the mean stays. The strength, from -1 to 1, is
    δN over the largest value that keeps all occupations at 0 or more, and centrals at 1 or less.

    Attributes:
        column: Name of the column with ranks at fixed mass, from -½ to ½.
        split: Fraction of the hosts below the split.
    """

    column: str = eqx.field(static=True, default="concentration_rank")
    split: float = eqx.field(static=True, default=0.5)

    def __check_init__(self) -> None:
        if not 0 < self.split < 1:
            raise HalogradError(f"split must lie between 0 and 1, got {self.split}")

    @property
    def needs(self) -> tuple[str, ...]:
        """The rank of the hosts."""
        return (f"host_{self.column}",)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The strengths, by their names in halotools."""
        return (
            Parameter(_CENTRAL, 0.0, -1.0, 1.0, r"A_{\rm cen}"),
            Parameter(_SATELLITE, 0.0, -1.0, 1.0, r"A_{\rm sat}"),
        )

    def centrals(self, mean: jax.Array, theta: Theta, columns: Columns) -> jax.Array:
        """Mean occupation of centrals, decorated. (n,)"""
        return self._decorated(mean, theta[_CENTRAL], columns, highest=1.0)

    def satellites(self, mean: jax.Array, theta: Theta, columns: Columns) -> jax.Array:
        """Mean occupation of satellites, decorated. (n,)"""
        return self._decorated(mean, theta[_SATELLITE], columns, highest=jnp.inf)

    def _decorated(
        self, mean: jax.Array, strength: ArrayLike, columns: Columns, highest: float
    ) -> jax.Array:
        upper = 1 - self.split
        odds = self.split / upper
        up = jnp.minimum(highest - mean, odds * mean)
        down = jnp.minimum(mean, odds * (highest - mean))
        change = strength * jnp.where(strength > 0, up, down)
        is_upper = columns[self.needs[0]] > self.split - 0.5
        return mean + jnp.where(is_upper, change, -change / odds)


AssemblyBias = ShiftedMasses | Decorated


def assembly_bias_from(option: Any) -> AssemblyBias | None:
    """The assembly bias that the option `assembly_bias` of an occupation model asks for.

    Args:
        option: An object of this module; True for that of AbacusHOD and False or None for none; a
            table of a configuration with `form` ("shifted" or "decorated") and its fields; or
            names of columns, for shifted masses.

    Raises:
        ConfigError: For anything else.
    """
    if option is None or option is False:
        return None
    if option is True:
        return ShiftedMasses()
    if isinstance(option, AssemblyBias):
        return option
    if isinstance(option, list | tuple):
        return ShiftedMasses(tuple(option))
    forms = {"shifted": ShiftedMasses, "decorated": Decorated}
    if isinstance(option, dict) and option.get("form") in forms:
        given = {name: value for name, value in option.items() if name != "form"}
        form = forms[option["form"]]
        _checks.known_keys("assembly_bias", given, form.__dataclass_fields__, ConfigError)
        if "columns" in given:
            given["columns"] = tuple(given["columns"])
        return form(**given)
    raise ConfigError(
        "assembly_bias is true, false, a list of one or two columns with ranks, or a table such as "
        f'{{form = "decorated", column = "concentration_rank"}}, got {option!r}'
    )
