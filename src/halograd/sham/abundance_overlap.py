"""Whether a table of halos reaches the number densities of the galaxies it is to host."""

import jax
import numpy as np

from halograd.errors import HalogradError
from halograd.sham._leaves import concrete
from halograd.sham.abundance import SubhaloAbundance, TabulatedAbundance
from halograd.sham.smf import StellarMassFunction

__all__ = ["check_overlap"]


def check_overlap(
    smf: StellarMassFunction, shmf: SubhaloAbundance, mass_range: tuple[float, float]
) -> None:
    """Raise where no halo of a concrete table is as common as any galaxy of the mass range.

    A partial overlap passes: a catalogue seldom holds halos as rare as the brightest galaxies.
    """
    if not isinstance(shmf, TabulatedAbundance) or not concrete(*jax.tree.leaves((smf, shmf))):
        return
    log_n = np.asarray(smf.log_cumulative_density(np.array(mass_range)), float)
    table = np.asarray(shmf.log_density_grid, float)
    if log_n[0] < table[-1]:
        raise HalogradError(
            f"galaxies above 10^{mass_range[0]:g} Msun are rarer (n = {10 ** log_n[0]:.3g} "
            f"(Mpc/h)^-3) than any halo of the table (n >= {10 ** table[-1]:.3g}), and so are all "
            "heavier ones; give an abundance that reaches rarer halos or lower the mass range"
        )
    if log_n[1] > table[0]:
        raise HalogradError(
            f"galaxies above 10^{mass_range[1]:g} Msun are commoner (n = {10 ** log_n[1]:.3g} "
            f"(Mpc/h)^-3) than all halos of the table (n <= {10 ** table[0]:.3g}), and so are all "
            "lighter ones; give an abundance that reaches lighter halos or raise the mass range"
        )
