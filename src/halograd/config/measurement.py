"""Measured numbers of one statistic with their covariance, after cuts."""

from typing import NamedTuple

import numpy as np

from halograd.config.measured_table import read_matrix
from halograd.config.section import Section


class Measurement(NamedTuple):
    """A statistic of several samples.

    Attributes:
        values: (n_sample, n_bin).
        covariance: (n_sample n_bin, n_sample n_bin), sample by sample.
    """

    values: np.ndarray
    covariance: np.ndarray

    def kept(self, mask: np.ndarray) -> "Measurement":
        """The numbers where `mask`, (n_sample, n_bin), is true; whole rows or columns go."""
        rows = np.flatnonzero(mask.ravel())
        values = self.values[mask.any(axis=1)][:, mask.any(axis=0)]
        return Measurement(values, self.covariance[np.ix_(rows, rows)])


def measurement(
    section: Section, values: np.ndarray, errors: np.ndarray | None, *, factor: np.ndarray
) -> Measurement:
    """The measurement in the units used here.

    Args:
        section: Its `covariance` and `fractional_error_floor` apply.
        values: (n_sample, n_bin), in the units of the file.
        errors: The same shape, or None where a covariance file is named.
        factor: Turns the units of the file into those used here; broadcasts to `values`.
    """
    if errors is None:
        covariance = section.checked(lambda: read_matrix(section.path("covariance"), values.size))
    else:
        covariance = np.diag(errors.ravel() ** 2)
    scale = np.broadcast_to(factor, values.shape).ravel()
    covariance = covariance * np.outer(scale, scale)
    values = values * factor
    return Measurement(values, _with_floor(section, values.ravel(), covariance))


def _with_floor(section: Section, values: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Errors raised to at least a fraction of the values, correlations kept."""
    errors = np.sqrt(np.diag(covariance))
    if not (errors > 0).all():
        raise section.error(f"errors must be positive, got {errors.min():g} in the table")
    floor = section.number("fractional_error_floor", 0.0, minimum=0) * np.abs(values)
    ratio = np.maximum(errors, floor) / errors
    return covariance * np.outer(ratio, ratio)
