"""The pairs of uniform random points in a periodic box, known exactly."""

import jax
import numpy as np

from halograd.errors import HalogradError
from halograd.pairs import Geometry, Pairs


def pair_fraction(pairs: Pairs) -> jax.Array | np.ndarray:
    """Fraction of the pairs of uniform random points that lie in each bin: bin volume / V.

    Raises:
        HalogradError: For a box that is not periodic on every axis, where edges cut bins off.
    """
    if not all(pairs.periodic):
        raise HalogradError(
            "the pairs of random points are known only in a box that is periodic on every axis, "
            f"but these pairs have periodic = {tuple(map(bool, pairs.periodic))}; make them with "
            "periodic=True, or compare their counts with your own counts of random points"
        )
    x, y, z = pairs.boxsize
    return pairs.geometry.bin_volumes(depth_of_box(pairs)) / (x * y * z)


def depth_of_box(pairs: Pairs) -> jax.Array | np.ndarray:
    """Side of the box along the line of sight of the pairs. (), comoving Mpc/h"""
    return pairs.boxsize[pairs.line_of_sight]


def checked_geometry(
    statistic: str, pairs: Pairs, geometry: type[Geometry] | tuple[type[Geometry], ...]
) -> Pairs:
    """`pairs`, if they are binned as the statistic needs, in one of several ways."""
    if not isinstance(getattr(pairs, "geometry", None), geometry):
        kinds = geometry if isinstance(geometry, tuple) else (geometry,)
        classes = [name for kind in kinds for name in kind.pair_classes]
        raise HalogradError(
            f"{statistic} needs {' or '.join(classes)}, or a sequence of them, got "
            f"{type(pairs).__name__}"
        )
    return pairs
