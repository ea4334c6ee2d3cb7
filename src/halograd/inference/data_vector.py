"""Measurements with their covariance."""

from pathlib import Path

import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd._atomic import atomic_write
from halograd.errors import DataError
from halograd.inference.observables import Observables, Prediction


class DataVector:
    """Measured numbers in the order of `observables`, and their covariance.

    Args:
        observables: Which numbers.
        values: (n_data,), finite.
        covariance: (n_data, n_data), symmetric and positive definite.

    Raises:
        DataError: For a wrong size, values that are not finite, or a covariance that is not
            symmetric and positive definite (the message gives its smallest eigenvalue).
    """

    def __init__(self, observables: Observables, values: ArrayLike, covariance: ArrayLike) -> None:
        self.observables = observables
        self.values = _checks.finite("data values", values, DataError)
        _checks.shape("data values", self.values, (observables.size,), DataError)
        self.covariance = _checks.finite("covariance", covariance, DataError)
        _checks.shape("covariance", self.covariance, (observables.size,) * 2, DataError)
        self._correlation_factor = _cholesky(self.covariance)

    @property
    def errors(self) -> np.ndarray:
        """Standard deviation of each number. (n_data,)"""
        return np.sqrt(np.diag(self.covariance))

    @property
    def whitener(self) -> np.ndarray:
        """W with W C W^T = 1, so that χ² = |W (d - m)|². (n_data, n_data)"""
        return np.linalg.inv(self._correlation_factor) / self.errors

    @property
    def parts(self) -> Prediction:
        """The measured n, wp and ΔΣ."""
        return self.observables.split(self.values)

    @property
    def error_parts(self) -> Prediction:
        """The standard deviations of n, wp and ΔΣ."""
        return self.observables.split(self.errors)

    def save(self, path: str | Path) -> None:
        """Write values, covariance and layout to HDF5, whole or not at all."""
        import h5py

        layout = self.observables
        with atomic_write(Path(path)) as temporary, h5py.File(temporary, "w") as file:
            file.attrs["format"] = "halograd data vector 1"
            for name in ("n", "wp", "delta_sigma"):
                file[f"samples/{name}"] = np.array(getattr(layout, name)).reshape(-1, 2)
            file["rp_edges"], file["r_edges"] = layout.rp_edges, layout.r_edges
            file["pi_max"] = np.nan if layout.pi_max is None else layout.pi_max
            file["values"], file["covariance"] = self.values, self.covariance

    @classmethod
    def load(cls, path: str | Path) -> "DataVector":
        """Read what `save` wrote; DataError for anything else."""
        import h5py

        try:
            with h5py.File(path, "r") as file:
                content = {name: file[name][()] for name in _DATASETS}
        except (OSError, KeyError) as cause:
            raise DataError(f"{path} is not a halograd data vector: {cause}") from cause
        names = ("n", "wp", "delta_sigma")
        layout = Observables(
            **{name: content[f"samples/{name}"] for name in names},
            **{name: content[name] for name in ("rp_edges", "pi_max", "r_edges")},
        )
        return cls(layout, content["values"], content["covariance"])


_DATASETS = (
    *("samples/n", "samples/wp", "samples/delta_sigma"),
    *("rp_edges", "r_edges", "pi_max", "values", "covariance"),
)


def _cholesky(covariance: np.ndarray) -> np.ndarray:
    """Lower Cholesky factor of the correlation matrix, which scales all numbers alike."""
    variance = np.diag(covariance)
    if (variance <= 0).any():
        raise DataError(
            f"covariance must be positive definite, but variance {int(variance.argmin())} on its "
            f"diagonal is {variance.min():g}"
        )
    error = np.sqrt(variance)
    correlation = covariance / np.outer(error, error)
    if not np.allclose(correlation, correlation.T, atol=1e-8):
        raise DataError("covariance must be symmetric")
    smallest = np.linalg.eigvalsh(correlation)[0]
    if smallest <= 1e-10:
        raise DataError(
            "covariance must be positive definite, but the smallest eigenvalue of its "
            f"correlation matrix is {smallest:.2g}; was it estimated from too few realisations, "
            "or are two entries the same?"
        )
    return np.linalg.cholesky(correlation)
