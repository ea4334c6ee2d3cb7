"""Synthetic measurements: a plausible survey covariance, and data drawn from it."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy.linalg import block_diag

from halograd.errors import HalogradError
from halograd.predict.data_vector import DataVector
from halograd.predict.observables import Observables
from halograd.predict.prediction import Prediction
from halograd.samples import Sample, sample_from
from halograd.statistics import Statistic, Survey


def survey_covariance(
    prediction: Prediction,
    observables: Observables,
    *,
    volume: float,
    fractional_error: float = 0.05,
    correlation_length: float = 0.5,
    lensing_noise: float = 1.0,
) -> np.ndarray:
    """A covariance with counting noise and a smooth fractional error, for synthetic data.

    Counting noise is independent: Poisson galaxies for n, Poisson pairs for clustering, shape
    noise falling as 1/R for ΔΣ. On top comes an error in proportion to the prediction, as from
    sample variance and calibration, correlated as exp(-Δ²/2ℓ²) along log10 separation and shared
    by half between the samples of a statistic; multipoles are independent of each other.

    Args:
        prediction: The noiseless statistics.
        observables: Their layout.
        volume: Of the survey, (Mpc/h)^3.
        fractional_error: Size of the smooth error.
        correlation_length: ℓ, dex.
        lensing_noise: Of ΔΣ at 1 Mpc/h for 10^4 lenses, h Msun / pc^2.

    Returns:
        (n_data, n_data), positive definite.
    """
    if not (volume > 0 and fractional_error >= 0 and correlation_length > 0 and lensing_noise > 0):
        raise HalogradError(
            "volume, correlation_length and lensing_noise must be positive and fractional_error "
            f"not negative, got {volume}, {correlation_length}, {lensing_noise}, {fractional_error}"
        )
    survey = Survey(volume, lensing_noise)
    counted = np.asarray(prediction.get("n", ()), np.float64).tolist()
    density = dict(zip(observables.n, counted, strict=True))
    blocks = []
    for statistic in observables.statistics:
        values = np.asarray(prediction[statistic.name], np.float64)
        galaxies = np.array([_density_of(s, density) * volume for s in statistic.members])
        counting = np.diag(statistic.counting_error(values, galaxies, survey).ravel() ** 2)
        smooth = _smooth_correlation(statistic, correlation_length)
        error = fractional_error * values.ravel()
        blocks.append(counting + smooth * np.outer(error, error))
    return block_diag(*blocks)


def synthesize(
    seed: int,
    prediction: Prediction,
    observables: Observables,
    covariance: np.ndarray,
    *,
    n_realisation: int | None = None,
) -> DataVector:
    """Data drawn from a normal distribution around the prediction, the same for a seed.

    Args:
        seed: Of the noise.
        prediction: The noiseless statistics.
        observables: Their layout.
        covariance: (n_data, n_data), of the noise and of the data.
        n_realisation: As of `DataVector`; the noise takes no notice of it.
    """
    noiseless = np.asarray(prediction.vector, np.float64)
    exact = DataVector(observables, noiseless, covariance)
    noise = np.linalg.solve(
        exact.whitener, np.random.default_rng(seed).standard_normal(len(noiseless))
    )
    return DataVector(observables, noiseless + noise, covariance, n_realisation=n_realisation)


def counting_bins(sample: Any, bins: Iterable[Any]) -> tuple[Sample, ...]:
    """The bins whose galaxies together are the sample: itself, or others end to end, or none.

    Args:
        sample: A sample, as `Observables` takes them.
        bins: Samples whose number density is known.
    """
    sample = sample_from(sample)
    bins = sorted(sample_from(part) for part in bins)
    if sample in bins:
        return (sample,)
    chain, low = [], sample.low
    for part in bins:
        if part.kind == sample.kind and part.low == low and part.high <= sample.high:
            chain.append(part)
            low = part.high
    return tuple(chain) if chain and low == sample.high else ()


def _density_of(sample: Sample, density: dict[Sample, float]) -> float:
    bins = counting_bins(sample, density)
    if not bins:
        raise HalogradError(
            f"the counting noise of sample {sample.name} needs its n: add it, or bins that make "
            "it up"
        )
    return float(sum(density[part] for part in bins))


def _smooth_correlation(statistic: Statistic, length: float) -> np.ndarray:
    """Along separation, by half between samples, none between multipoles. (size, size)"""
    along = np.ones((1, 1))
    if len(statistic.separation):
        log_separation = np.log10(statistic.separation)
        along = np.exp(-0.5 * ((log_separation[:, None] - log_separation) / length) ** 2)
    kinds = np.eye(max(len(statistic.orders), 1))
    between = 0.5 * (1 + np.eye(len(statistic.samples)))
    return np.kron(between, np.kron(kinds, along))
