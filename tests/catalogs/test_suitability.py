from dataclasses import replace

import numpy as np
import pytest

from halograd.catalogs import BOLSHOI_PLANCK, AnalyticMatter, HaloCatalog, Particles, suitability

BOX = 62.5


@pytest.fixture
def halos():
    """Everything is there."""
    rng = np.random.default_rng(0)
    n = 2000
    density = BOLSHOI_PLANCK.mean_matter_density
    return HaloCatalog(
        positions=rng.random((n, 3)) * BOX,
        log_mpeak=11.0 - np.log10(1 - rng.random(n)),
        velocities=rng.normal(size=(n, 3)),
        is_satellite=np.arange(n) % 3 == 0,
        boxsize=BOX,
        redshift=0.0,
        cosmology=BOLSHOI_PLANCK,
        particles=Particles(rng.random((1000, 3)) * BOX, density * BOX**3 / 1000, BOX),
    )


def remarks(halos, statistic):
    return "; ".join(suitability(halos)[statistic]["remarks"])


def test_a_whole_catalogue_gives_every_statistic(halos):
    assert all(found["ready"] for found in suitability(halos).values())
    assert "half the box" in remarks(halos, "wp")
    assert "rp up to 31 and pi_max up to 31 Mpc/h" in remarks(halos, "wp")
    assert "down to the lightest" in remarks(halos, "n")
    assert "1,000 particles, 6.2 Mpc/h apart" in remarks(halos, "delta_sigma")


@pytest.mark.parametrize(
    ("change", "statistic", "words"),
    [
        ({"velocities": None}, "redshift space", "no velocities"),
        ({"cosmology": None}, "redshift space", "give omega_m and h"),
        ({"particles": None}, "delta_sigma", 'source = "analytic"'),
        ({"particles": None, "cosmology": None}, "delta_sigma", "once the cosmology has omega_m"),
    ],
)
def test_what_is_missing_is_told(halos, change, statistic, words):
    without = replace(halos, **change)
    assert not suitability(without)[statistic]["ready"]
    assert words in remarks(without, statistic)


def test_limits_are_told(halos):
    centrals = replace(halos, is_satellite=np.zeros(len(halos), bool))
    assert "no satellites" in remarks(centrals, "wp")
    assert "abundance matching asks for the peak mass" in remarks(
        replace(halos, mass_proxy="M200c"), "n"
    )
    resolved = replace(halos, extra={"n_particle": np.full(len(halos), 35)})
    assert "35 particles" in remarks(resolved, "n")
    flat = replace(halos, log_mpeak=np.random.default_rng(1).normal(12, 0.3, len(halos)))
    assert "turns over at 10^12.0" in remarks(flat, "n") or "turns over at 10^11.9" in remarks(
        flat, "n"
    )


def test_matter_that_is_not_all_there_is_told(halos):
    part = replace(halos, particles=halos.particles.subsample(0.1))
    assert "a random 0.1 of those" in remarks(part, "delta_sigma")
    matter = halos.particles
    half = replace(halos, particles=replace(matter, masses=matter.masses / 2))
    assert "50.0% of the matter" in remarks(half, "delta_sigma")


def test_a_halo_model_may_stand_in(halos):
    analytic = replace(halos, particles=None, analytic_matter=AnalyticMatter())
    assert suitability(analytic)["delta_sigma"]["ready"]
    assert "analytic" in remarks(analytic, "delta_sigma")


def test_an_empty_catalogue_gives_nothing(halos):
    assert not any(found["ready"] for found in suitability(halos[:0]).values())


def test_a_doubt_is_told_of_all_and_in_words_once(halos):
    found = suitability(replace(halos, particles=None), doubt="is it whole?")
    assert {state["doubt"] for state in found.values()} == {"is it whole?"}
    assert found["n"]["remarks"][0] == "is it whole?"
    assert not any("whole?" in r for name in ("wp", "delta_sigma") for r in found[name]["remarks"])
    assert found["n"]["ready"]


def test_particles_that_were_not_read_are_told(halos):
    blind = replace(halos, particles=None)
    known = suitability(blind, has_unread_particles=True)["delta_sigma"]["remarks"]
    assert "the source has them: give --particles" in known[0]
    assert "where the format has them" in remarks(blind, "delta_sigma")
