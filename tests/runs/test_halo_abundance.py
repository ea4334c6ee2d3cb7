from dataclasses import replace

import numpy as np
import pytest

from halograd.catalogs import BOLSHOI_PLANCK, HaloCatalog
from halograd.runs.halo_abundance import halo_abundance_warning
from halograd.sham import bolshoi_planck

BOX = 80.0


def halos_of(abundance, lightest, boxsize=BOX, redshift=0.0, shift=0.0):
    """As many halos as Bolshoi-Planck has above each mass, in a box of 80 Mpc/h."""
    n_halo = int(BOX**3 * 10 ** float(abundance.log_cumulative_density(lightest)))
    ranks = np.arange(1, n_halo + 1) - 0.5
    log_mpeak = np.asarray(abundance.log_m_at(np.log10(ranks / BOX**3)), float) + shift
    positions = np.random.default_rng(1).random((n_halo, 3)) * boxsize
    return HaloCatalog(positions=positions, log_mpeak=log_mpeak, boxsize=boxsize, redshift=redshift)


@pytest.fixture(scope="module")
def halos():
    return halos_of(bolshoi_planck(0.0), 10.95)


def some(halos, share):
    return halos[np.random.default_rng(0).random(len(halos)) < share]


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_nothing_is_said_of_what_may_be_whole(halos, share):
    assert halo_abundance_warning(some(halos, share)) is None


def test_a_part_of_a_box_is_doubted(halos):
    doubt = halo_abundance_warning(some(halos, 0.125))
    assert "above 10^11 Msun/h there are 0.1" in doubt
    assert "one file of several" in doubt
    assert doubt.endswith("masses in another unit or a very unusual cosmology?")


def test_a_wrong_box_is_doubted(halos):
    tight = replace(halos, positions=halos.positions / 2, boxsize=BOX / 2)
    assert "8 times as many halos" in halo_abundance_warning(tight)
    assert "a boxsize too small" in halo_abundance_warning(tight)
    wide = replace(halos, boxsize=2 * BOX)
    assert "a boxsize too large" in halo_abundance_warning(wide)


@pytest.mark.parametrize("shift", [-0.6, 0.6])
def test_masses_in_another_unit_are_doubted(shift):
    assert "masses in another unit" in halo_abundance_warning(
        halos_of(bolshoi_planck(0.0), 10.5, shift=shift)
    )


def test_masses_so_light_that_none_is_judged_but_one_was_expected(halos):
    assert "above 10^11 Msun/h there are 0 times" in halo_abundance_warning(
        replace(halos, log_mpeak=halos.log_mpeak - 4)
    )


def test_the_cosmology_counts(halos):
    part = some(halos, 0.125)
    told = halo_abundance_warning(replace(part, cosmology=BOLSHOI_PLANCK))
    assert told.endswith("another redshift or masses in another unit?")
    for changes in ({"omega_m": 0.1}, {"sigma8": 0.5}):
        far = replace(BOLSHOI_PLANCK, **changes)
        assert halo_abundance_warning(replace(part, cosmology=far)) is None
    unknown = replace(BOLSHOI_PLANCK, sigma8=None)
    assert halo_abundance_warning(replace(part, cosmology=unknown)) == told


def test_halos_missing_below_the_turnover_do_not_count(halos):
    rng = np.random.default_rng(2)
    kept = (halos.log_mpeak > 11.9) | (rng.random(len(halos)) < 0.02)
    assert halo_abundance_warning(halos[kept]) is None


def test_where_nothing_is_known_nothing_is_said(halos):
    part = some(halos, 0.125)
    assert halo_abundance_warning(replace(part, redshift=2.1)) is None
    assert halo_abundance_warning(part[:0]) is None
    rare = halos[halos.log_mpeak > 13.1]
    assert halo_abundance_warning(replace(rare, boxsize=5 * BOX)) is None


def test_a_handful_of_halos_is_too_few():
    few = HaloCatalog(
        positions=np.ones((3, 3)), log_mpeak=[11.2, 11.9, 12.4], boxsize=3.0, redshift=0.0
    )
    assert halo_abundance_warning(few) is None
    assert "times as many halos" in halo_abundance_warning(replace(few, boxsize=100.0))


def test_the_redshift_is_that_of_the_comparison():
    late = halos_of(bolshoi_planck(1.0), 12.0, redshift=1.0)
    assert halo_abundance_warning(late) is None
