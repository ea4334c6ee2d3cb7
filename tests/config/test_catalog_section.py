import numpy as np
import pytest

from halograd.catalogs import Cosmology, HaloCatalog
from halograd.catalogs.particles import ParticleDraw
from halograd.errors import ConfigError

COLUMNS = """\
[catalog.columns]
position = ["x", "y", "z"]
position_unit = "Mpc/h"
mass = "m"
mass_unit = "Msun/h"
"""


def test_what_a_file_leaves_open_is_declared(parse, table):
    table("x,y,z,m\n1,2,3,1e12\n4,5,6,1e11\n", "halos.csv")
    declared = "boxsize = 50\nredshift = 0.3\ncosmology = {omega_m = 0.3, h = 0.7, sigma8 = 0.8}\n"
    path = 'path = "halos.csv"\nlog_mpeak_min = 11.5\n'
    catalog = parse(catalog=f"{path}{declared}{COLUMNS}").catalog
    reports = []
    halos = catalog.build(lambda *shares: reports.append(shares))
    assert (halos.boxsize[0], halos.redshift) == (50, 0.3)
    assert halos.cosmology == Cosmology(omega_m=0.3, h=0.7, sigma8=0.8)
    assert halos.provenance["dropped"] == "1 of 2 rows, below min_mass"
    assert reports[-1] == (30, 30)


def test_a_few_parameters_complete_the_cosmology_of_the_file(parse, tmp_path):
    halos = HaloCatalog(
        positions=np.ones((1, 3)),
        log_mpeak=[12.0],
        boxsize=9.0,
        redshift=0.0,
        cosmology=Cosmology(omega_m=0.3, h=0.7),
    )
    halos.save(tmp_path / "halos.hdf5")
    catalog = parse(catalog='path = "halos.hdf5"\ncosmology = {sigma8 = 0.8}').catalog
    assert catalog.build().cosmology == Cosmology(omega_m=0.3, h=0.7, sigma8=0.8)


def test_a_halo_at_the_limit_is_kept(parse, table):
    for mass in (10 ** np.linspace(10, 12, 41)).tolist():
        table(f"x,y,z,m\n1,2,3,{mass!r}\n", "halos.csv")
        limit = f"log_mpeak_min = {float(np.log10(mass))!r}"
        body = f'path = "halos.csv"\n{limit}\nboxsize = 9\nredshift = 0\n{COLUMNS}'
        assert len(parse(catalog=body).catalog.build()) == 1


def test_a_part_of_the_particles_is_drawn_while_they_are_read(parse, table):
    table("x,y,z,m\n1,2,3,1e12\n", "halos.csv")
    table("x,y,z\n" + "1,2,3\n" * 400, "matter.csv")
    matter = COLUMNS.replace("catalog.columns", "catalog.particles.columns").replace('"m"', "1e9")
    body = f'path = "halos.csv"\nboxsize = 9\nredshift = 0\n{COLUMNS}'
    body += f'[catalog.particles]\npath = "matter.csv"\n{matter}'
    halos = parse(catalog=body).catalog.build(particle_fraction=0.25, particle_seed=3)
    assert len(halos.particles) == ParticleDraw(0.25, 3).chosen(400).sum()
    assert halos.particles.fraction == len(halos.particles) / 400


def test_a_part_of_the_particles_of_a_mock(parse):
    body = "mock = {seed = 1, boxsize = 45.0, log_mpeak_min = 12.5, grid = 32}"
    catalog = parse(catalog=body).catalog
    whole, part = catalog.build().particles, catalog.build(particle_fraction=0.25).particles
    assert part.fraction == pytest.approx(0.25, rel=1e-3)
    assert len(part) == pytest.approx(len(whole) / 4, abs=1)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("mock = {}\nboxsize = 50", "boxsize goes with path, not with mock: remove it"),
        ('path = "x"\nboxsize = 0', "boxsize must be a number above 0, got 0"),
        ('path = "x"\nredshift = -2', "redshift must be a number above -1, got -2"),
        ('path = "x"\ncosmology = {omega_m = 0.3}', "h is missing: add it"),
        ('path = "x"\ncosmology = {omega_m = 3, h = 0.7}', r"omega_m must lie in \(0, 1\]"),
        ('path = "x"\ncosmology = {sigma = 0.8}', "did you mean 'sigma8'"),
        ('path = "x"\ncosmology = {sigma8 = -0.8}', "sigma8 must be one number above 0"),
    ],
)
def test_bad_declarations(parse, body, message):
    with pytest.raises(ConfigError, match=message):
        parse(catalog=body)
