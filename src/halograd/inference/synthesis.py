"""Synthetic measurements: a plausible survey covariance, and data drawn from it."""

from collections.abc import Iterable

import numpy as np

from halograd.errors import HalogradError
from halograd.inference.data_vector import DataVector
from halograd.inference.observables import Observables, Prediction, Sample

_LENSES = 1e4  # the number of lenses that `lensing_noise` refers to


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

    Counting noise is independent: Poisson galaxies for n, Poisson pairs for wp, shape noise
    falling as 1/R for ΔΣ. On top comes an error in proportion to the prediction, as from sample
    variance and calibration, correlated as exp(-Δ²/2ℓ²) along log10 separation and shared by
    half between the samples of a statistic.

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
    n, wp, delta_sigma = (np.asarray(part, np.float64) for part in prediction)
    density = dict(zip(observables.n, n, strict=True))
    blocks = (
        (n[:, None], _poisson_error(n, volume)[:, None], np.zeros(1)),
        (wp, _pair_error(wp, observables, density, volume), np.log10(observables.rp)),
        (
            delta_sigma,
            _shape_error(observables, density, volume, lensing_noise),
            np.log10(observables.r),
        ),
    )
    covariance = np.zeros((observables.size,) * 2)
    start = 0
    for values, counting_error, log_separation in blocks:
        stop = start + values.size
        covariance[start:stop, start:stop] = np.diag(counting_error.ravel() ** 2)
        covariance[start:stop, start:stop] += _smooth_block(
            fractional_error * values, log_separation, correlation_length
        )
        start = stop
    return covariance


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


def counting_bins(
    sample: tuple[float, float], bins: Iterable[tuple[float, float]]
) -> tuple[Sample, ...]:
    """The bins whose galaxies together are the sample: itself, or others end to end, or none."""
    sample, bins = Sample(*sample), sorted(Sample(*part) for part in bins)
    if sample in bins:
        return (sample,)
    chain, low = [], sample.low
    for part in bins:
        if part.low == low and part.high <= sample.high:
            chain.append(part)
            low = part.high
    return tuple(chain) if low == sample.high else ()


def _poisson_error(density: np.ndarray, volume: float) -> np.ndarray:
    return np.sqrt(np.maximum(density, 1 / volume) / volume)


def _pair_error(
    wp: np.ndarray, layout: Observables, density: dict[Sample, float], volume: float
) -> np.ndarray:
    """2 π_max sqrt(2 DD) / RR: DD counts both orders of each independent pair."""
    if not layout.wp:
        return wp
    n = np.array([_density_of(sample, density) for sample in layout.wp])[:, None]
    cylinder = np.pi * np.diff(layout.rp_edges**2) * 2 * layout.pi_max
    random = n**2 * volume * cylinder
    pairs = np.maximum(random * (1 + wp / (2 * layout.pi_max)), 1.0)
    return 2 * layout.pi_max * np.sqrt(2 * pairs) / random


def _shape_error(
    layout: Observables, density: dict[Sample, float], volume: float, lensing_noise: float
) -> np.ndarray:
    lenses = np.array([_density_of(s, density) * volume for s in layout.delta_sigma])
    noise = lensing_noise * np.sqrt(_LENSES / np.maximum(lenses, 1.0))
    return noise[:, None] / layout.r


def _density_of(sample: Sample, density: dict[Sample, float]) -> float:
    bins = counting_bins(sample, density)
    if not bins:
        raise HalogradError(
            f"the counting noise of sample {tuple(sample)} needs its n: add it, or bins that make "
            "it up"
        )
    return float(sum(density[part] for part in bins))


def _smooth_block(error: np.ndarray, log_separation: np.ndarray, length: float) -> np.ndarray:
    n_sample = len(error)
    apart = log_separation[:, None] - log_separation
    along = np.exp(-0.5 * (apart / length) ** 2)
    between = 0.5 * (1 + np.eye(n_sample))
    return np.kron(between, along) * np.outer(error.ravel(), error.ravel())
