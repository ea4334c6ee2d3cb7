"""Measurements with their covariance."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd._sealed import DamagedFileError, Sealed, read_sealed, write_sealed
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import DataError
from halograd.predict.observables import Observables
from halograd.predict.prediction import Prediction
from halograd.samples import ALL, Cross, Sample, samples_from
from halograd.statistics import STATISTICS
from halograd.stats.hartlap import hartlap
from halograd.stats.percival import percival

_KIND = "halograd data vector 2"


class DataVector:
    """Measured numbers in the order of `observables`, and their covariance.

    Args:
        observables: Which numbers.
        values: (n_data,), finite.
        covariance: (n_data, n_data), symmetric and positive definite.
        n_realisation: How many realisations the covariance was estimated from; None for one that
            is known, as from theory.
        notes: What a reader should know of the measurement, such as its reference and the
            initial mass function of its stellar masses: text by heading.

    Raises:
        DataError: For a wrong size, values that are not finite, a covariance that is not
            symmetric and positive definite (the message gives its smallest eigenvalue), or one
            of too few realisations.
    """

    def __init__(
        self,
        observables: Observables,
        values: ArrayLike,
        covariance: ArrayLike,
        *,
        n_realisation: int | None = None,
        notes: Mapping[str, str] | None = None,
    ) -> None:
        self.observables = observables
        self.values = _checks.finite("data values", values, DataError)
        _checks.shape("data values", self.values, (observables.size,), DataError)
        self.covariance = _checks.finite("covariance", covariance, DataError)
        _checks.shape("covariance", self.covariance, (observables.size,) * 2, DataError)
        self.n_realisation, self.notes = n_realisation, dict(notes or {})
        _check_realisations(n_realisation, observables.size)
        self._correlation_factor = _cholesky(self.covariance)
        _check_densities(observables, self.values, self.errors)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{s.name} {s.size}" for s in self.observables.statistics)
        return f"DataVector({self.observables.size} numbers: {sizes})"

    @property
    def errors(self) -> np.ndarray:
        """Standard deviation of each number. (n_data,)"""
        return np.sqrt(np.diag(self.covariance))

    @property
    def whitener(self) -> np.ndarray:
        """W with W^T W the unbiased inverse of C, so that χ² = |W (d - m)|². (n_data, n_data)

        The inverse of a covariance estimated from realisations takes the factor of
        `stats.hartlap`: the expected χ² of the true model is then n_data.
        """
        return self._plain_whitener * np.sqrt(self._hartlap)

    def whitener_for(self, n_parameter: int) -> np.ndarray:
        """W for the likelihood of a model with so many free parameters. (n_data, n_data)

        As `whitener`, but the inverse of an estimated covariance takes the factor of
        `stats.percival`, so that errors of parameters include the noise of the covariance.
        """
        if self.n_realisation is None:
            return self._plain_whitener
        factor = percival(self.n_realisation, len(self.values), n_parameter)
        return self._plain_whitener / np.sqrt(factor)

    @property
    def parts(self) -> Prediction:
        """The measured statistics."""
        return self.observables.split(self.values)

    @property
    def error_parts(self) -> Prediction:
        """Their standard deviations."""
        return self.observables.split(self.errors)

    def check_matches(self, observables: Observables) -> None:
        """Raise DataError, saying what differs, unless these are the numbers predicted."""
        difference = self.observables.difference(observables)
        if difference is not None:
            raise DataError(
                f"data and predictor differ in {difference}: build both from the same observables"
            )

    def with_covariance(self, added: ArrayLike, notes: Mapping[str, str]) -> "DataVector":
        """The same numbers with a further covariance added to theirs, and further notes.

        Args:
            added: (n_data, n_data).
            notes: Text by heading.
        """
        return DataVector(
            self.observables,
            self.values,
            self.covariance + np.asarray(added),
            n_realisation=self.n_realisation,
            notes={**self.notes, **notes},
        )

    def save(self, path: str | Path) -> None:
        """Write values, covariance and layout to HDF5, whole or not at all, with a checksum."""
        statistics = [
            {
                "name": s.name,
                "samples": [sample.plain() for sample in s.samples],
                "bins": s.declared,
            }
            for s in self.observables.statistics
        ]
        metadata = {
            "statistics": statistics,
            "n_realisation": self.n_realisation,
            "notes": self.notes,
        }
        arrays = {"values": self.values, "covariance": self.covariance}
        write_sealed(Path(path), _KIND, Sealed(arrays, metadata))

    @classmethod
    def load(cls, path: str | Path) -> "DataVector":
        """Read what `save` wrote; DataError for anything else, and for a file that is damaged."""
        try:
            arrays, metadata = read_sealed(path, _KIND)
        except FileNotFoundError as cause:
            raise DataError(f"{cause}: check the path") from cause
        except DamagedFileError as cause:
            raise DataError(
                f"{path} is not a halograd data vector of this version, or it is damaged: make it "
                f"anew ({cause})"
            ) from cause
        layout = Observables(
            STATISTICS[one["name"]].declare(samples_from(one["samples"]), **one["bins"])
            for one in metadata["statistics"]
        )
        return cls(
            layout,
            arrays["values"],
            arrays["covariance"],
            n_realisation=metadata["n_realisation"],
            notes=metadata["notes"],
        )

    @property
    def _plain_whitener(self) -> np.ndarray:
        return np.linalg.inv(self._correlation_factor) / self.errors

    @property
    def _hartlap(self) -> float:
        if self.n_realisation is None:
            return 1.0
        return hartlap(self.n_realisation, len(self.values))


def _check_densities(layout: Observables, values: np.ndarray, errors: np.ndarray) -> None:
    """Raise for a density that no noise makes negative, which is likely a logarithm."""
    units = [s.unit for s in layout.statistics for _ in range(s.size)]
    wrong = (np.array(units) == "density") & (values < -5 * errors)
    if wrong.any():
        raise DataError(
            f"number densities must be positive, got {values[wrong].min():g}, more than five "
            "errors below 0: is it log10 of the density? Give the density and its error"
        )


def _check_realisations(n_realisation: int | None, n_data: int) -> None:
    if n_realisation is None:
        return
    if n_realisation != int(n_realisation) or n_realisation <= n_data + 4:
        raise DataError(
            f"n_realisation must be a whole number of at least n_data + 5 = {n_data + 5} for a "
            f"covariance of {n_data} numbers that can be inverted, got {n_realisation}: use more "
            "realisations, or fewer bins"
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


def shared_galaxy_warnings(data: DataVector) -> list[str]:
    """Sentences on samples that share galaxies but whose errors are taken as independent.

    Such data count the same galaxies twice, and errors of parameters come out too small.
    """
    found, start = [], 0
    for statistic in data.observables.statistics:
        rows = np.arange(start, start + statistic.size).reshape(len(statistic.samples), -1)
        start += statistic.size
        pairs = []
        for i, first in enumerate(statistic.samples):
            for j, second in enumerate(statistic.samples[:i]):
                are_tied = data.covariance[np.ix_(rows[i], rows[j])].any()
                if _share_galaxies(first, second) and not are_tied:
                    pairs.append(f"{second.name} and {first.name}")
        if pairs:
            found.append(
                f"Samples of {statistic.style.text} share galaxies ({'; '.join(pairs[:3])}"
                f"{' and others' if len(pairs) > 3 else ''}), but their errors are taken as "
                "independent: errors of parameters come out too small. Give their covariance, or "
                "take bins that exclude one another."
            )
    return found


def real_space_warnings(data: DataVector, halos: HaloCatalog) -> list[str]:
    """A sentence where wp is measured, but predicted in real space though it need not be."""
    can_move = halos.velocities is not None and halos.cosmology is not None
    layout = data.observables
    wp = [s for s in layout.statistics if not getattr(s, "redshift_space", True) and s.name == "wp"]
    if not (wp and can_move):
        return []
    return [
        "wp is predicted in real space, but galaxies are measured where their redshift puts them, "
        f"which the finite pi_max of {wp[0].pi_max:g} Mpc/h does not undo: give redshift_space = "
        "true in [data.wp] (redshift_space=True in Python), since the halos have velocities."
    ]


def _share_galaxies(first: Sample | Cross, second: Sample | Cross) -> bool:
    return any(
        a.low < b.high and b.low < a.high and (a.kind == b.kind or ALL in (a.kind, b.kind))
        for a in first.members
        for b in second.members
    )
