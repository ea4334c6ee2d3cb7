import numpy as np
import pytest

from halograd.catalogs.completeness import turnover_mass


def power_law(n=20_000, lightest=11.0, seed=0):
    """log10 masses with n(>M) ∝ 1/M."""
    return lightest - np.log10(1 - np.random.default_rng(seed).random(n))


def test_a_complete_catalogue_has_no_turnover():
    assert turnover_mass(power_law()) is None


@pytest.mark.parametrize("limit", [11.6, 12.3])
def test_halos_that_fade_out_turn_the_mass_function_over(limit):
    masses = power_law(100_000)
    found = 1 / (1 + np.exp(-(masses - limit) / 0.05))
    kept = masses[np.random.default_rng(1).random(len(masses)) < found]
    assert turnover_mass(kept) == pytest.approx(limit + 0.05, abs=0.15)


@pytest.mark.parametrize("seed", range(5))
def test_a_few_halos_prove_nothing(seed):
    assert turnover_mass(power_law(60, seed=seed)) is None


@pytest.mark.parametrize("masses", [[], [12.0], [12.0, 12.0], [12.0, 12.1]])
def test_any_number_of_halos(masses):
    assert turnover_mass(masses) is None
