"""Whether a catalogue holds about as many halos as a box of its size does elsewhere."""

import numpy as np
from numpy.typing import ArrayLike

from halograd.catalogs import Cosmology, HaloCatalog
from halograd.catalogs.completeness import turnover_mass
from halograd.sham import bolshoi_planck

_FITTED_REDSHIFTS = (0.0, 2.0)
# From where Bolshoi-Planck was fitted to where rare halos begin to hang on the cosmology.
_LIGHTEST, _HEAVIEST, _HEAVIEST_BY_REDSHIFT, _STEP = 11.0, 13.0, -0.5, 0.5
_ENOUGH = 20  # halos, found or expected
# Wider than what mass definitions and the cosmologies below make of n(>M).
_USUAL = (0.3, 3.0)
_USUAL_OMEGA_M, _USUAL_SIGMA8 = (0.2, 0.45), (0.7, 1.0)


def over_bolshoi_planck(
    log_mass: ArrayLike, density: ArrayLike, redshift: float
) -> np.ndarray | None:
    """n(>M) over that of Bolshoi-Planck, as `sham.bolshoi_planck` fits it.

    Args:
        log_mass: (n,), log10 Msun/h.
        density: (n,), halos above each mass, (Mpc/h)^-3.
        redshift: Redshift of the halos and of the fit.

    Returns:
        (n,), or None outside the redshifts of the fit.
    """
    low, high = _FITTED_REDSHIFTS
    if not low <= redshift <= high:
        return None
    masses = np.asarray(log_mass, float)
    expected = 10 ** np.asarray(bolshoi_planck(redshift).log_cumulative_density(masses), float)
    return np.asarray(density, float) / expected


def halo_abundance_warning(halos: HaloCatalog) -> str | None:
    """Why the box, the redshift or the masses of a catalogue may not be what it says.

    Halos above each half decade are counted, from 10^11 Msun/h or the turnover on to
    10^(13 - 0.5 z), and compared with Bolshoi-Planck where 20 or more were found or expected.

    Args:
        halos: The catalogue.

    Returns:
        A sentence where most of the counts lie below 0.3 or most above 3 times those of
        Bolshoi-Planck. None otherwise, and where nothing can be said: no such masses, another
        redshift than 0 to 2, or a declared cosmology far from all in use.
    """
    if len(halos) == 0 or not _is_usual(halos.cosmology):
        return None
    masses = _judged_masses(halos)
    counts = np.array([np.count_nonzero(halos.log_mpeak >= mass) for mass in masses])
    ratios = over_bolshoi_planck(masses, counts / halos.volume, halos.redshift)
    if ratios is None:
        return None
    one = np.full(len(masses), 1 / halos.volume)
    expected = 1 / over_bolshoi_planck(masses, one, halos.redshift)
    enough = np.maximum(counts, expected) >= _ENOUGH
    return _sentence(masses[enough], ratios[enough], halos.cosmology)


def _judged_masses(halos: HaloCatalog) -> np.ndarray:
    """Those that all halos are there above, up to the heaviest halo."""
    masses = np.arange(_LIGHTEST, _HEAVIEST + _HEAVIEST_BY_REDSHIFT * halos.redshift + 1e-6, _STEP)
    turnover = turnover_mass(halos.log_mpeak)
    low = halos.log_mpeak.min() if turnover is None else turnover
    return masses[(masses >= low) & (masses <= max(halos.log_mpeak.max(), _LIGHTEST))]


def _sentence(masses: np.ndarray, ratios: np.ndarray, cosmology: Cosmology | None) -> str | None:
    few, many = ratios < _USUAL[0], ratios > _USUAL[1]
    if 2 * few.sum() > len(ratios):
        causes = ["one file of several", "part of the halos", "a boxsize too large"]
    elif 2 * many.sum() > len(ratios):
        causes = ["a boxsize too small"]
    else:
        return None
    causes += ["another redshift", "masses in another unit"]
    causes += [] if cosmology is not None else ["a very unusual cosmology"]
    return (
        f"above 10^{masses[0]:g} Msun/h there are {_span(ratios)} times as many halos as in "
        f"Bolshoi-Planck at this redshift: {', '.join(causes[:-1])} or {causes[-1]}?"
    )


def _span(ratios: np.ndarray) -> str:
    low, high = f"{ratios.min():.2g}", f"{ratios.max():.2g}"
    return low if low == high else f"{low} to {high}"


def _is_usual(cosmology: Cosmology | None) -> bool:
    """Whether n(>M) in this cosmology may be held against that in Bolshoi-Planck."""
    if cosmology is None:
        return True
    sigma8 = cosmology.sigma8
    return _is_within(cosmology.omega_m, _USUAL_OMEGA_M) and (
        sigma8 is None or _is_within(sigma8, _USUAL_SIGMA8)
    )


def _is_within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
