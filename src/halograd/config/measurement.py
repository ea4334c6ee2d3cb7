"""Measured numbers of one statistic, before cuts, with what is known of their errors."""

from typing import NamedTuple

import numpy as np

from halograd.config.covariance_file import read_covariance
from halograd.config.section import Section
from halograd.errors import HalogradError

_AGREE = 0.1  # published errors are rounded, often to two digits


class Measurement(NamedTuple):
    """A statistic of several samples in the units used here.

    Attributes:
        values: (n_sample, n_bin); of multipoles (n_sample n_ell, n_bin), sample by sample.
        errors: The same shape, or None where only a covariance tells.
        covariance: (n_sample n_bin, n_sample n_bin), sample by sample, or None.
        scale: The shape of `values`: turns numbers in the units of the file into these.
        floor: The shape of `values`: errors are raised to at least this.
        kept: The shape of `values`: what the cuts leave; whole rows or columns go.
    """

    values: np.ndarray
    errors: np.ndarray | None
    covariance: np.ndarray | None
    scale: np.ndarray
    floor: np.ndarray
    kept: np.ndarray

    @property
    def block(self) -> np.ndarray | None:
        """Covariance of all numbers, diagonal where only errors are known, floor included."""
        if self.covariance is not None:
            return raised(self.covariance, self.floor.ravel())
        if self.errors is None:
            return None
        return raised(np.diag(self.errors.ravel() ** 2), self.floor.ravel())


def measurement(
    section: Section,
    values: np.ndarray,
    errors: np.ndarray | None,
    *,
    scale: np.ndarray,
    kept: np.ndarray,
) -> Measurement:
    """The measurement with the `covariance` and `fractional_error_floor` of the section.

    Args:
        section: Of the statistic.
        values: (n_sample, n_bin), in the units used here.
        errors: The same, or None.
        scale: Turns the units of the file into those used here, for a covariance file.
        kept: (n_sample, n_bin), what the cuts leave.
    """
    if errors is not None and not (errors > 0).all():
        raise section.error(f"errors must be positive, got {errors.min():g} in the table")
    covariance = None
    if "covariance" in section:
        in_file = read_covariance(section, values.size, "sample by sample")
        if errors is not None:
            check_diagonal(in_file, (errors / scale).ravel())
        covariance = in_file * np.outer(scale.ravel(), scale.ravel())
    floor = section.number("fractional_error_floor", 0.0, minimum=0) * np.abs(values)
    return Measurement(values, errors, covariance, scale, floor, kept)


def check_diagonal(covariance: np.ndarray, errors: np.ndarray) -> None:
    """Raise for variances that are not positive, or not those of the errors of the tables.

    Args:
        covariance: (n, n), in the units of the files.
        errors: (n,), likewise; NaN where not known.

    Raises:
        HalogradError: Says which number differs, and whether another order would fit.
    """
    variance = np.diag(covariance)
    if not (variance > 0).all():
        raise HalogradError(
            f"the variances of a covariance must be positive, got {variance.min():g} for number "
            f"{int(variance.argmin())} of {len(variance)}"
        )
    own = np.sqrt(variance)
    apart = np.nan_to_num(np.abs(own / errors - 1))
    if apart.max() <= _AGREE:
        return
    worst = int(apart.argmax())
    is_shuffled = np.allclose(np.sort(own), np.sort(errors), rtol=_AGREE)
    advice = (
        "the same errors in another order would fit: sort its rows and columns"
        if is_shuffled
        else "check its order and its unit, or leave the errors out"
    )
    raise HalogradError(
        f"the covariance does not belong to the errors of the table: number {worst} of "
        f"{len(errors)} has the error {errors[worst]:.4g} there and {own[worst]:.4g} on the "
        "diagonal. The order must be n, wp, ΔΣ, ξ, ξ_ℓ, each sample by sample, bins within; "
        f"{advice}"
    )


def raised(covariance: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """The covariance with errors of at least `floor`, (n,), and correlations kept."""
    errors = np.sqrt(np.diag(covariance))
    ratio = np.maximum(errors, floor) / errors
    return covariance * np.outer(ratio, ratio)
