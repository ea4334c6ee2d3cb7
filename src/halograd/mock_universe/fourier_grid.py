"""A periodic cubic grid, its Fourier transforms and its smoothing windows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import fft, ndimage


@dataclass(frozen=True)
class FourierGrid:
    """A periodic cube of `n`^3 sites; site (i, j, k) lies at (i, j, k) * `cell`.

    Attributes:
        n: Sites per side.
        boxsize: Side, comoving Mpc/h.
    """

    n: int
    boxsize: float

    @property
    def cell(self) -> float:
        """Spacing of the sites, comoving Mpc/h."""
        return self.boxsize / self.n

    @cached_property
    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The three components of the wavenumber, broadcastable, h/Mpc.

        The Nyquist planes are set to 0: an odd derivative of a real field vanishes there.
        """
        full = 2 * np.pi * fft.fftfreq(self.n, self.cell)
        half = 2 * np.pi * fft.rfftfreq(self.n, self.cell)
        if self.n % 2 == 0:
            full[self.n // 2] = half[-1] = 0
        full, half = full.astype(np.float32), half.astype(np.float32)
        return full[:, None, None], full[None, :, None], half[None, None, :]

    @cached_property
    def k(self) -> np.ndarray:
        """Length of the wavenumber, h/Mpc. (n, n, n // 2 + 1), float32"""
        full = (2 * np.pi * fft.fftfreq(self.n, self.cell)).astype(np.float32)
        half = (2 * np.pi * fft.rfftfreq(self.n, self.cell)).astype(np.float32)
        return np.sqrt(
            full[:, None, None] ** 2 + full[None, :, None] ** 2 + half[None, None, :] ** 2
        )

    def forward(self, field: np.ndarray) -> np.ndarray:
        """Fourier transform of a real field. (n, n, n) -> (n, n, n // 2 + 1), complex64"""
        return fft.rfftn(field.astype(np.float32, copy=False), workers=2)

    def inverse(self, modes: np.ndarray) -> np.ndarray:
        """The real field with these `modes`. (n, n, n // 2 + 1) -> (n, n, n), float32"""
        return fft.irfftn(modes, s=(self.n,) * 3, workers=2)

    def top_hat(self, radius: float) -> np.ndarray:
        """Window of a sphere, 3 (sin x - x cos x) / x^3 with x = k radius."""
        x = self.k * np.float32(radius)
        # The closed form loses all its digits to cancellation at small x.
        safe = np.maximum(x, np.float32(0.3))
        closed = 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3
        return np.where(x < 0.3, 1 - x**2 / 10 + x**4 / 280, closed)

    def gaussian(self, radius: float) -> np.ndarray:
        """Window exp(-(k radius)^2 / 2)."""
        return np.exp(-0.5 * (self.k * np.float32(radius)) ** 2)

    def inverse_laplacian(self, modes: np.ndarray) -> np.ndarray:
        """Modes of the potential whose Laplacian has these `modes`, of mean 0."""
        minus_k_squared = -(self.k**2)
        minus_k_squared[0, 0, 0] = -np.inf
        return modes / minus_k_squared

    def gradient(self, modes: np.ndarray) -> Iterator[np.ndarray]:
        """The x, y and z derivative of the field with these `modes`. Each (n, n, n), float32"""
        for axis in self.axes:
            yield self.inverse(1j * axis * modes)

    def interpolate(self, field: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Trilinear, periodic interpolation of a field at (n_point, 3) positions. (n_point,)"""
        return ndimage.map_coordinates(field, points.T / self.cell, order=1, mode="grid-wrap")

    def counts(self, points: np.ndarray) -> np.ndarray:
        """Number of points nearest to each site. (n, n, n), float32"""
        index = np.rint(points / self.cell).astype(np.int64) % self.n
        flat = np.ravel_multi_index(index.T, (self.n,) * 3)
        return np.bincount(flat, minlength=self.n**3).reshape((self.n,) * 3).astype(np.float32)


def wrap(points: np.ndarray, boxsize: float) -> np.ndarray:
    """`points` moved by whole box lengths into [0, boxsize)."""
    inside = np.mod(points, boxsize)
    # np.mod rounds a tiny negative number up to the boxsize itself.
    inside[inside >= boxsize] = 0
    return inside
