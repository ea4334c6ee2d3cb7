"""Units that a table of measurements may declare, and their factor to those used here."""

from typing import NamedTuple

from halograd.config.section import Section
from halograd.errors import DataError

PER_DEX = " dex^-1"
_DENSITY = {"(Mpc/h)^-3": (1.0, 0), "Mpc^-3": (1.0, -3)}


class Unit(NamedTuple):
    """A declared unit.

    Attributes:
        factor: 10^x h^p, turns the declared unit into the one used here.
        per_dex: Whether it is a density per dex of stellar mass.
    """

    factor: float
    per_dex: bool = False


class Quantity(NamedTuple):
    """What kind of quantity a unit measures.

    Attributes:
        choices: Units as a configuration declares them: factor, and the power of h that a
            quantity free of h takes.
        base: The unit used here without its h, as astropy writes it.
        h_power: The power of h in the unit used here.
    """

    choices: dict[str, tuple[float, int]]
    base: str
    h_power: int


LENGTH = Quantity(
    {"Mpc/h": (1.0, 0), "kpc/h": (1e-3, 0), "Mpc": (1.0, 1), "kpc": (1e-3, 1)}, "Mpc", -1
)
SURFACE_DENSITY = Quantity({"h Msun/pc^2": (1.0, 0), "Msun/pc^2": (1.0, -1)}, "solMass / pc2", 1)
DENSITY = Quantity(
    _DENSITY | {unit + PER_DEX: factor for unit, factor in _DENSITY.items()}, "Mpc-3", 3
)
DIMENSIONLESS = Quantity({"1": (1.0, 0)}, "", 0)

QUANTITIES = {
    "length": LENGTH,
    "surface density": SURFACE_DENSITY,
    "density": DENSITY,
    "dimensionless": DIMENSIONLESS,
}
"""By what a statistic says that its numbers are."""


def unit_of(section: Section, key: str, quantity: Quantity, in_file: str | None = None) -> Unit:
    """The unit that `key` declares, or the file, or both alike.

    Args:
        section: May hold `key`, and `h` where the unit is free of h.
        key: Of the unit.
        quantity: What is measured.
        in_file: The unit of the column in its file, as astropy reads it.
    """
    if in_file is None:
        return _declared(section, key, quantity)
    unit = _parsed(section, in_file, quantity)
    if key in section and _declared(section, key, quantity) != unit:
        raise section.error(
            f"{key} = {section.content[key]!r}, but the column in the file is in {in_file!r}: "
            f"remove {key}, or correct one of them"
        )
    return unit


def _declared(section: Section, key: str, quantity: Quantity) -> Unit:
    choices = ", ".join(repr(unit) for unit in quantity.choices)
    if key not in section and quantity is DIMENSIONLESS:
        return Unit(1.0)
    if key not in section:
        raise section.error(f"{key} is missing: declare the unit, one of {choices}")
    text = section.text(key, choices=quantity.choices)
    factor, power = quantity.choices[text]
    return Unit(factor * _h_to(section, power, f"{key} = {text!r}"), text.endswith(PER_DEX))


def _parsed(section: Section, text: str, quantity: Quantity) -> Unit:
    """A unit as astropy writes it. `h` is taken for little h: none of these has hours in it."""
    from astropy import units
    from astropy.cosmology.units import littleh

    try:
        with units.add_enabled_units([littleh]):
            unit = units.Unit(text)
        little, dex, rest = 0, 0, units.Unit(unit.scale)
        for base, power in zip(unit.bases, unit.powers, strict=True):
            if base in (littleh, units.hour):
                little += power
            elif base == units.dex:
                dex += power
            else:
                rest *= base**power
        factor = rest.to(units.Unit(quantity.base))
    except (ValueError, TypeError) as cause:
        raise _not_a(section, text, quantity) from cause
    if dex not in ((0, -1) if quantity is DENSITY else (0,)):
        raise _not_a(section, text, quantity)
    power = int(little) - quantity.h_power
    return Unit(factor * _h_to(section, power, f"the column is in {text!r}, which"), dex == -1)


def _not_a(section: Section, text: str, quantity: Quantity) -> DataError:
    choices = ", ".join(repr(unit) for unit in quantity.choices)
    return section.error(f"the file declares the unit {text!r}, which is not like any of {choices}")


def _h_to(section: Section, power: int, what: str) -> float:
    """The factor h^power; `h` is needed where the power is not 0."""
    if power == 0:
        return 1.0
    if "h" not in section:
        raise section.error(
            f"h is missing: {what} is free of h, so give the H0 / (100 km/s/Mpc) that the "
            "measurement assumed"
        )
    return section.number("h", above=0) ** power
