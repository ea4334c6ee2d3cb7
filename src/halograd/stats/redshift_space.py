"""Where galaxies appear along the line of sight when their redshift stands for distance."""

import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError
from halograd.theory.cosmology import Cosmology

_HUBBLE_PER_H = 100.0  # km/s per Mpc/h: the Hubble constant in units without h


def redshift_space_positions(
    positions: ArrayLike,
    velocities: ArrayLike,
    *,
    boxsize: ArrayLike,
    redshift: float,
    cosmology: Cosmology,
    line_of_sight: int = 2,
) -> np.ndarray:
    r"""Positions in redshift space, for a distant observer along one axis of the box,

    $$ s = x + \frac{v_{los}\,(1 + z)}{H(z)}, \qquad
       H(z) = 100\,h\,\sqrt{\Omega_m (1+z)^3 + 1 - \Omega_m}\ \mathrm{km/s/Mpc}, $$

    wrapped into the periodic box (Kaiser 1987; comoving, hence the factor 1 + z). In Mpc/h the
    shift does not depend on h.

    Args:
        positions: (n, 3), comoving Mpc/h, in the box.
        velocities: (n, 3), peculiar, km/s.
        boxsize: Comoving Mpc/h, a number or (3,).
        redshift: Redshift of the snapshot.
        cosmology: Flat ΛCDM, as `HaloCatalog.cosmology`.
        line_of_sight: Axis along which the observer looks: 0, 1 or 2.

    Returns:
        (n, 3), comoving Mpc/h, float64, in [0, L).

    Raises:
        HalogradError: For positions outside the box, velocities of another shape, a redshift at
            or below -1, a missing cosmology, or an axis that does not exist.
    """
    sides = _checks.boxsize(boxsize)
    points = _checks.positions_in_box(positions, sides).copy()
    speeds = _checks.finite("velocities", velocities, unit="km/s")
    if speeds.shape != points.shape:
        raise HalogradError(
            f"velocities must have the shape of positions {points.shape}, got {speeds.shape}"
        )
    axis = checked_axis(line_of_sight)
    shifted = points[:, axis] + speeds[:, axis] * _shift_per_speed(redshift, cosmology)
    wrapped = np.mod(shifted, sides[axis])
    points[:, axis] = np.where(wrapped == sides[axis], 0.0, wrapped)
    return points


def checked_axis(line_of_sight: int) -> int:
    """The axis of the line of sight, one that exists."""
    return _checks.axis(line_of_sight)


def _shift_per_speed(redshift: float, cosmology: Cosmology) -> float:
    """(1 + z) / H(z), comoving Mpc/h per km/s."""
    if not isinstance(cosmology, Cosmology):
        raise HalogradError(
            "redshift-space positions need the Hubble rate: give a halograd.catalogs.Cosmology, "
            f"got {cosmology!r} (a catalogue whose source declares none has cosmology None)"
        )
    stretch = 1 + _checks.number("redshift", redshift)
    if stretch <= 0:
        raise HalogradError(f"redshift must be above -1, got {redshift}")
    expansion = np.sqrt(cosmology.omega_m * stretch**3 + 1 - cosmology.omega_m)
    return stretch / (_HUBBLE_PER_H * expansion)
