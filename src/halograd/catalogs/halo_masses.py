"""Whether the masses of a catalogue can be those of halos."""

import numpy as np

from halograd.errors import CatalogError

# log10 Msun/h: no halo is heavier, and a catalogue of lighter halos alone is a mistake.
_LIGHTEST, _HEAVIEST = 5.0, 18.0


def check_halo_masses(log_mass: np.ndarray) -> None:
    """Raise where all masses are too light for halos, or one is too heavy.

    Args:
        log_mass: (n_halo,), log10 Msun/h.
    """
    if not log_mass.size:
        return
    heaviest = log_mass.max()
    if heaviest < _LIGHTEST:
        raise CatalogError(
            f"no halo is heavier than 10^{heaviest:.3g} Msun/h; if the masses are logarithms, say "
            "so (mass_is_log10 = true in a column map), else check their unit"
        )
    if heaviest > _HEAVIEST:
        raise CatalogError(
            f"the heaviest halo has 10^{heaviest:.3g} Msun/h, more than any halo; check the unit"
        )
