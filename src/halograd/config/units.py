"""Units that a table of measurements may declare, and their factor to those used here."""

from halograd.config.section import Section

_LENGTH = {"Mpc/h": (1.0, 0), "kpc/h": (1e-3, 0), "Mpc": (1.0, 1), "kpc": (1e-3, 1)}
_SURFACE_DENSITY = {"h Msun/pc^2": (1.0, 0), "Msun/pc^2": (1.0, -1)}
_DENSITY = {"(Mpc/h)^-3": (1.0, 0), "Mpc^-3": (1.0, -3)}
PER_DEX = " dex^-1"
_DENSITIES = _DENSITY | {unit + PER_DEX: factor for unit, factor in _DENSITY.items()}


def length_factor(section: Section, key: str) -> float:
    """What turns the declared unit of length into comoving Mpc/h."""
    return _factor(section, key, _LENGTH)


def surface_density_factor(section: Section, key: str) -> float:
    """What turns the declared unit of ΔΣ into h Msun / pc^2."""
    return _factor(section, key, _SURFACE_DENSITY)


def density_factor(section: Section, key: str) -> float:
    """What turns the declared unit of n, per dex or not, into (Mpc/h)^-3."""
    return _factor(section, key, _DENSITIES)


def _factor(section: Section, key: str, units: dict[str, tuple[float, int]]) -> float:
    """10^x h^p: the power of h is that of the quantity in h-free units."""
    choices = ", ".join(repr(unit) for unit in units)
    if key not in section:
        raise section.error(f"{key} is missing: declare the unit, one of {choices}")
    factor, power = units[section.text(key, choices=units)]
    if power == 0:
        return factor
    if "h" not in section:
        raise section.error(
            f"h is missing: {key} = {section.content[key]!r} is free of h, so give the "
            "H0 / (100 km/s/Mpc) that the measurement assumed"
        )
    return factor * section.number("h", above=0) ** power
