"""Which statistics a catalogue can give, and what is missing for the others."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from halograd.catalogs.completeness import turnover_mass
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.theory.cosmology import Cosmology

_FOR_LINEAR_POWER = ("omega_b", "sigma8", "n_s")
_STATISTICS = ("n", "wp", "redshift space", "delta_sigma")
_FEW_PARTICLES = 100  # in a halo: its mass and its survival are uncertain below


def suitability(
    halos: HaloCatalog, *, doubt: str | None = None, has_unread_particles: bool = False
) -> dict[str, dict[str, Any]]:
    """What the catalogue supports.

    Args:
        halos: The catalogue.
        doubt: Why the whole of it may not be what it says, where a comparison found that.
        has_unread_particles: Whether the source of the catalogue is known to hold particles that
            were not read.

    Returns:
        By statistic ("n", "wp", "redshift space", "delta_sigma"): `ready`, whether it can be
        predicted as it is, `doubt`, as given, and `remarks`, what is missing, what to do, or where
        the limits are; those of n begin with the doubt.
    """
    if len(halos) == 0:
        found = {name: _state(False, ["the catalogue is empty"]) for name in _STATISTICS}
    else:
        found = _found(halos, has_unread_particles)
    if doubt is not None:
        found["n"]["remarks"].insert(0, doubt)
    return {name: state | {"doubt": doubt} for name, state in found.items()}


def _found(halos: HaloCatalog, has_unread_particles: bool) -> dict[str, dict[str, Any]]:
    has_velocities, knows_expansion = halos.velocities is not None, halos.cosmology is not None
    return {
        "n": _state(True, _abundance_remarks(halos)),
        "wp": _state(True, _clustering_remarks(halos)),
        "redshift space": _state(
            has_velocities and knows_expansion, _redshift_space_remarks(halos)
        ),
        "delta_sigma": _state(
            halos.analytic_matter is not None or _has_particles(halos),
            _lensing_remarks(halos, has_unread_particles),
        ),
    }


def _state(ready: bool, remarks: Iterable[str]) -> dict[str, Any]:
    return {"ready": ready, "remarks": list(remarks)}


def _abundance_remarks(halos: HaloCatalog) -> Iterator[str]:
    turnover = turnover_mass(halos.log_mpeak)
    if turnover is None:
        lightest = halos.log_mpeak.min()
        yield f"halos grow more numerous down to the lightest, 10^{lightest:.2f} Msun/h"
    else:
        yield (
            f"the mass function turns over at 10^{turnover:.1f} Msun/h: halos below are missing, "
            "and some above; cut there or higher"
        )
    if "n_particle" in halos.extra:
        least = int(np.min(halos.extra["n_particle"]))
        if least < _FEW_PARTICLES:
            yield f"the lightest halos have {least} particles: their masses are uncertain"
    if halos.is_satellite.any() and "peak" not in halos.mass_proxy.lower():
        yield (
            f"the mass is {halos.mass_proxy}: abundance matching asks for the peak mass, since "
            "satellites lose mass before their galaxies do"
        )


def _clustering_remarks(halos: HaloCatalog) -> Iterator[str]:
    across, deep = halos.boxsize[:2].min() / 2, halos.boxsize[2] / 2
    yield (
        f"rp up to {_floor(across)} and pi_max up to {_floor(deep)} Mpc/h, half the box; beyond "
        f"some {_floor(across / 5)} Mpc/h waves longer than the box are missed"
    )
    if not halos.is_satellite.any():
        yield "no satellites: pairs within one halo are missing, below some 1 Mpc/h"


def _redshift_space_remarks(halos: HaloCatalog) -> Iterator[str]:
    if halos.velocities is None:
        yield "no velocities: read the columns that hold them"
    if halos.cosmology is None:
        yield "no cosmology, which turns velocities into distances: give omega_m and h"
    if halos.velocities is not None and halos.cosmology is not None:
        yield "velocities are there"


def _lensing_remarks(halos: HaloCatalog, has_unread_particles: bool) -> Iterator[str]:
    if halos.analytic_matter is not None:
        yield str(halos.analytic_matter)
        return
    if not _has_particles(halos):
        if has_unread_particles:
            yield "no particles were read, but the source has them: give --particles"
        else:
            yield (
                "no particles: read them (--particles) where the format has them, or a table of "
                "them"
            )
        missing = _lacking(halos.cosmology)
        if missing:
            yield f"analytic profiles stand in once the cosmology has {', '.join(missing)}"
        else:
            yield 'analytic profiles can stand in: [lensing] source = "analytic"'
        return
    matter = halos.particles
    spacing = float((np.prod(matter.boxsize) / len(matter)) ** (1 / 3))
    yield f"{len(matter):,} particles, {spacing:.2g} Mpc/h apart on average"
    if matter.fraction < 1:
        yield f"a random {matter.fraction:.3g} of those of the simulation: this adds noise"
    if halos.cosmology is not None:
        share = matter.masses.sum() / halos.volume / halos.cosmology.mean_matter_density
        if abs(share - 1) > 0.01:
            yield f"they hold {share:.1%} of the matter that the cosmology says: ΔΣ follows them"


def _has_particles(halos: HaloCatalog) -> bool:
    return halos.particles is not None and len(halos.particles) > 0


def _lacking(cosmology: Cosmology | None) -> list[str]:
    """What linear theory needs and the catalogue does not declare."""
    if cosmology is None:
        return ["omega_m", "h", *_FOR_LINEAR_POWER]
    return [name for name in _FOR_LINEAR_POWER if getattr(cosmology, name) is None]


def _floor(length: float) -> str:
    """A length in Mpc/h that is not rounded up beyond what is allowed."""
    digits = max(0, 1 - int(np.floor(np.log10(length))))
    return f"{np.floor(length * 10**digits) / 10**digits:g}"
