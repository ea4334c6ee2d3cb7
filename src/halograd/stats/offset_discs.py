"""The mass of an NFW halo in discs that are not centred on it."""

import numpy as np

from halograd.stats.nfw_profile import projected_share

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_CLOSEST = 1e-6  # of the scale radius: keeps 0 / 0 out of the centre


def offset_share(
    radius: np.ndarray, offset: np.ndarray, scale_radius: np.ndarray, c: np.ndarray
) -> np.ndarray:
    r"""Share of the mass of a halo in a disc whose centre lies beside that of the halo.

    Gauss's theorem in the plane: with f the share within a projected distance s of the halo,

    $$ \frac{1}{\pi} \int_0^\pi f(s) \, \frac{R (R - d \cos\varphi)}{s^2} \, d\varphi ,
       \qquad s^2 = R^2 + d^2 - 2 R d \cos\varphi . $$

    Args:
        radius: R, of the disc.
        offset: d, between the centres, projected.
        scale_radius: Of the halo, in the same unit.
        c: Where the profile ends, over the scale radius.

    Returns:
        The share, of the shape that the arguments broadcast to; good to 1e-3 where the rim passes
        through the centre of the halo, far better elsewhere.
    """
    radius, offset, scale, c = (np.asarray(a)[..., None] for a in (radius, offset, scale_radius, c))
    # Angles bunched at 0, where s may vanish: φ = π u² (3 - 2u), u by Gauss and Legendre.
    u = (_NODES + 1) / 2
    angle, weight = np.pi * u**2 * (3 - 2 * u), 3 * u * (1 - u) * _WEIGHTS
    # 1 - cos from the half angle, so that a small s does not drown in rounding
    squared = (radius - offset) ** 2 + 4 * radius * offset * np.sin(angle / 2) ** 2
    squared = np.maximum(squared, (_CLOSEST * scale) ** 2)
    flux = radius * (radius - offset * np.cos(angle)) / squared
    return (projected_share(np.sqrt(squared) / scale, c) * flux * weight).sum(axis=-1)
