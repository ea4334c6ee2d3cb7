"""Overlapping thresholds with independent errors were fitted without a word."""

import numpy as np
import pytest

from halograd import inference

BINS = {"rp_edges": [0.5, 2.0, 8.0], "pi_max": 20.0}


def warnings_of(samples, covariance=None):
    layout = inference.Observables(wp=samples, **BINS)
    covariance = np.eye(layout.size) if covariance is None else covariance
    return inference.shared_galaxy_warnings(
        inference.DataVector(layout, np.ones(layout.size), covariance)
    )


@pytest.mark.parametrize(
    "samples",
    [
        [(10.0, np.inf), (10.5, np.inf)],
        [(10.0, 10.6), (10.5, 11.0)],
        ["red", (10.0, np.inf)],
        ["red", ("red", "blue")],
    ],
)
def test_shared_galaxies_are_told(samples):
    (found,) = warnings_of(samples)
    assert "Samples of wp share galaxies" in found
    assert "independent" in found


@pytest.mark.parametrize(
    "samples", [[(10.0, 10.5), (10.5, np.inf)], ["red", "blue"], [(10.0, np.inf)]]
)
def test_samples_apart_are_not(samples):
    assert warnings_of(samples) == []


def test_a_covariance_of_both_is_trusted():
    assert warnings_of([(10.0, np.inf), (10.5, np.inf)], np.eye(4) + 0.1) == []
