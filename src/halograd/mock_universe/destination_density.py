"""The large-scale density that matter of each grid site finds itself in after it has moved."""

import numpy as np

from halograd.mock_universe.displacement import Displacement


def destination_density(motion: Displacement, radius: float) -> tuple[np.ndarray, float]:
    """Evolved density contrast, Gaussian-smoothed, where the matter of each site has moved to.

    Objects of linear bias b, wherever they started, are found where the smoothed contrast has the
    mean b <Delta_l Delta>, with Delta_l the smoothed and Delta the full evolved density contrast.

    Args:
        motion: The displacement of matter.
        radius: Smoothing radius, comoving Mpc/h.

    Returns:
        Delta_l(q + psi(q)) at each site q, (n, n, n), float32, and <Delta_l Delta>.
    """
    grid = motion.grid
    ticks = np.arange(grid.n, dtype=np.float32) * np.float32(grid.cell)
    sites = np.meshgrid(ticks, ticks, ticks, indexing="ij", copy=False)
    shift = motion.shift_field(np.float32(1)).parts
    moved = np.stack([(q + s).ravel() for q, s in zip(sites, shift, strict=True)], axis=1)
    contrast = grid.counts(moved) - 1
    smooth = grid.inverse(grid.forward(contrast) * grid.gaussian(radius))
    at_destination = grid.interpolate(smooth, moved).reshape(contrast.shape)
    return at_destination, float((smooth * contrast).mean(dtype=np.float64))
