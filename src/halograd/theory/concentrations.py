"""Mean concentrations of halos by mass, from published relations in colossus."""

import numpy as np

from halograd import _checks
from halograd.errors import HalogradError


def mean_log_concentrations(
    log_mass: np.ndarray, redshift: float, mass_definition: str, model: str
) -> np.ndarray:
    """log10 of the mean concentration at each mass, in the current cosmology of colossus. (n,)

    Beyond its range a relation keeps its last value.

    Args:
        log_mass: (n,), increasing, log10 Msun/h.
        redshift: Of the halos.
        mass_definition: As colossus names it: "vir", "200m", "200c".
        model: A concentration–mass relation of colossus.

    Raises:
        HalogradError: For a relation that covers none of the masses.
    """
    from colossus.halo import concentration

    found, valid = concentration.concentration(
        10**log_mass, mass_definition, redshift, model=model, range_return=True
    )
    usable = np.asarray(valid, bool) & (found > 0)
    if not usable.any():
        raise HalogradError(
            f"the concentrations of {model!r} do not cover halos of 10^{log_mass[0]:.1f} to "
            f"10^{log_mass[-1]:.1f} Msun/h at z = {redshift:g}; choose another relation"
        )
    return np.interp(log_mass, log_mass[usable], np.log10(found[usable]))


def check_names(mass_definition: str, model: str) -> None:
    """Raise HalogradError for a definition or a concentration relation unknown to colossus."""
    from colossus.halo import concentration, mass_so

    if model not in concentration.models:
        known = list(concentration.models)
        hint = _checks.nearest(model, known) or f"; colossus has {', '.join(known)}"
        raise HalogradError(f"concentration = {model!r} is not known{hint}")
    try:
        mass_so.parseMassDefinition(mass_definition)
    except Exception as cause:
        raise HalogradError(
            f"mass_definition = {mass_definition!r} is not known: give 'vir', or a number and 'm' "
            "or 'c' such as '200m'"
        ) from cause
