from pathlib import Path

import pytest

from halograd.catalogs import BOLSHOI_PLANCK, CatalogError, Cosmology
from halograd.catalogs.read_options import ReadOptions

PATH = Path("halos.dat")
BARE = Cosmology(omega_m=0.3, h=0.7)


def test_all_that_is_missing_is_named_at_once():
    with pytest.raises(CatalogError) as caught:
        ReadOptions().require(PATH, boxsize=None, redshift=None)
    for words in ("halos.dat", "boxsize and redshift", "boxsize=250 (--boxsize 250)", "redshift=0"):
        assert words in str(caught.value)
    with pytest.raises(CatalogError, match=r"declare redshift; give the .* \(--redshift 0\)"):
        ReadOptions(boxsize=5.0).require(PATH, boxsize=None, redshift=None)
    ReadOptions(boxsize=5.0).require(PATH, boxsize=None, redshift=0.0)


def test_a_few_parameters_complete_the_cosmology_of_the_file():
    options = ReadOptions(cosmology={"omega_b": 0.049, "sigma8": 0.8})
    found = options.agreed("cosmology", PATH, BARE)
    assert found == Cosmology(omega_m=0.3, h=0.7, omega_b=0.049, sigma8=0.8)


def test_a_few_parameters_must_agree_with_the_file():
    options = ReadOptions(cosmology={"sigma8": 0.9})
    with pytest.raises(CatalogError, match=r"declares cosmology\.sigma8 = 0\.8228, but 0\.9"):
        options.agreed("cosmology", PATH, BOLSHOI_PLANCK)


@pytest.mark.parametrize("given", [{"sigma8": 0.8}, {"omega_m": 0.3, "sigma8": 0.8}, {"h": 0.7}])
def test_a_few_parameters_are_no_cosmology(given):
    with pytest.raises(CatalogError, match=rf"omega_m and h .* got {', '.join(given)} alone"):
        ReadOptions(cosmology=given).agreed("cosmology", PATH)


def test_nobody_needs_to_know_a_cosmology():
    assert ReadOptions(cosmology={}).agreed("cosmology", PATH) is None
    assert ReadOptions(cosmology={"omega_m": 0.3, "h": 0.7}).agreed("cosmology", PATH) == BARE


@pytest.mark.parametrize(
    ("cosmology", "message"),
    [
        ({"sigma_8": 0.8}, "cosmology has no key 'sigma_8'; did you mean 'sigma8'"),
        ({"omega_m": 3}, "omega_m must lie in"),
        ({"sigma8": -1}, "sigma8 must be one number above 0"),
        ({"n_s": "one"}, "n_s must be numbers"),
        (0.3, "a dictionary of some of its parameters, or None, got float"),
    ],
)
def test_impossible_cosmologies(cosmology, message):
    with pytest.raises(CatalogError, match=message):
        ReadOptions(cosmology=cosmology)
