from pathlib import Path

import numpy as np
import pytest

from halograd.catalogs import AnalyticMatter
from halograd.config import LensingSection
from halograd.config.section import Section
from halograd.errors import ConfigError
from oracles.toy_universe import toy_universe


def parse(**content):
    return LensingSection.parse(Section(Path("c.toml"), "lensing", content))


def test_without_the_section_particles_are_counted_as_they_are():
    halos, section = toy_universe(), parse()
    assert section.applied(halos) is halos
    assert section.notes == ()


def test_a_halo_model_stands_in():
    section = parse(source="analytic", concentration="dutton14", two_halo=False)
    wanted = AnalyticMatter(concentration="dutton14", two_halo=False)
    assert section.applied(toy_universe()).analytic_matter == wanted
    assert "analytic" in section.notes[0]


def test_a_part_of_the_particles():
    halos = toy_universe(n_particle=1000)
    part = parse(max_particles=300, seed=4).applied(halos).particles
    want = halos.particles.subsample(n_max=300, seed=4)
    np.testing.assert_array_equal(part.positions, want.positions)
    assert "is not in the covariance" in parse(max_particles=300).notes[0]
    assert "is in" in parse(max_particles=300, noise_in_covariance=True).notes[0]


def test_the_noise_of_a_part_that_came_with_the_catalogue():
    halos, section = toy_universe(), parse(noise_in_covariance=True)
    assert section.applied(halos) is halos
    assert section.noise_in_covariance


def test_a_part_of_nothing():
    from dataclasses import replace

    with pytest.raises(ConfigError, match="the catalogue has none"):
        parse(max_particles=300).applied(replace(toy_universe(), particles=None))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"source": "anlytic"}, "did you mean 'analytic'"),
        ({"source": "analytic", "particle_fraction": 0.1}, "no key 'particle_fraction'"),
        ({"two_halo": True}, "no key 'two_halo'"),
        ({"particle_fraction": 0.1, "max_particles": 3}, "not both"),
        ({"particle_fraction": 1.1}, "up to 1"),
        ({"max_particles": 0}, "1 or more"),
        ({"seed": 3}, "goes with particle_fraction"),
        ({"source": "analytic", "bound_fraction": 2.0}, r"\[lensing\] bound_fraction"),
    ],
)
def test_bad_sections(content, message):
    with pytest.raises(ConfigError, match=message):
        parse(**content)
