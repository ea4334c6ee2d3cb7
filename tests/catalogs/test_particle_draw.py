from dataclasses import replace

import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError
from halograd.catalogs.particles import ParticleDraw
from halograd.config.catalog_section import CatalogSection
from halograd.errors import ConfigError
from oracles.gadget_file import write_catalog, write_snapshot
from oracles.known_halos import known_halos
from oracles.toy_universe import toy_universe

COLUMNS = {
    **{"position": ["x", "y", "z"], "position_unit": "Mpc/h", "boxsize": 10, "redshift": 0},
    **{"mass": 3.0, "mass_unit": "Msun/h"},
}


@pytest.fixture
def snapshot(tmp_path):
    write_snapshot(tmp_path / "snapdir_099")
    return write_catalog(tmp_path / "groups_099", known_halos())


@pytest.fixture
def saved(tmp_path):
    toy_universe().save(tmp_path / "halos.hdf5")
    return tmp_path / "halos.hdf5"


@pytest.fixture
def table(tmp_path):
    rows = np.random.default_rng(0).random((5000, 3)) * 10
    np.savetxt(tmp_path / "matter.txt", rows, header="x y z")
    return tmp_path / "matter.txt"


def pieces(sizes, fraction=0.3, seed=5):
    draw = ParticleDraw(fraction, seed)
    return np.concatenate([draw.chosen(size) for size in sizes]), draw


def test_the_pieces_make_no_difference():
    whole, draw = pieces([1000])
    np.testing.assert_array_equal(pieces([1, 0, 599, 400])[0], whole)
    assert (draw.n_seen, draw.n_kept) == (1000, whole.sum())
    assert (pieces([1000], seed=6)[0] != whole).any()
    assert abs(whole.sum() - 300) < 5 * np.sqrt(1000 * 0.3 * 0.7)


def test_every_particle_has_the_same_chance():
    counts = sum(pieces([50], seed=seed)[0].astype(int) for seed in range(2000))
    assert np.abs(counts - 600).max() < 5 * np.sqrt(2000 * 0.3 * 0.7)


@pytest.mark.parametrize("source", ["snapshot", "saved"])
def test_a_catalogue_with_a_part_of_its_particles(source, request):
    path = request.getfixturevalue(source)
    whole = catalogs.read(path, particles=True).particles
    part = catalogs.read(path, particle_fraction=0.4, particle_seed=2).particles
    kept = ParticleDraw(0.4, 2).chosen(len(whole))
    np.testing.assert_array_equal(part.positions, whole.positions[kept])
    np.testing.assert_allclose(part.masses, whole.masses[kept] / kept.mean(), rtol=1e-12)
    assert part.fraction == pytest.approx(kept.mean())
    same = catalogs.read_particles(path, fraction=0.4, seed=2)
    np.testing.assert_array_equal(same.positions, part.positions)


def test_a_table_read_in_blocks(table, monkeypatch):
    whole = catalogs.read_particles(table, columns=COLUMNS)
    monkeypatch.setattr("halograd.catalogs.text_stream.BLOCK", 1 << 12)
    part = catalogs.read_particles(table, columns=COLUMNS, fraction=0.1, seed=1)
    kept = ParticleDraw(0.1, 1).chosen(5000)
    np.testing.assert_array_equal(part.positions, whole.positions[kept])
    assert part.masses.sum() == pytest.approx(whole.masses.sum())


def test_a_part_of_a_part(saved, tmp_path):
    halos = catalogs.read(saved, particle_fraction=0.5)
    halos.save(tmp_path / "half.hdf5")
    again = catalogs.read(tmp_path / "half.hdf5", particle_fraction=0.5, particle_seed=1)
    n_whole = len(toy_universe().particles)
    assert again.particles.fraction == pytest.approx(len(again.particles) / n_whole)


def test_abacus_particles(shared_data):
    pytest.importorskip("abacusnbody", reason="abacusutils is not installed")
    path = shared_data / "abacus_mini" / "Mini_N64_L32" / "halos" / "z0.000"
    whole = catalogs.read_particles(path)
    part = catalogs.read_particles(path, fraction=0.01)
    kept = ParticleDraw(0.01, 0).chosen(64**3)
    np.testing.assert_array_equal(part.positions, whole.positions[kept])
    assert part.masses.sum() == pytest.approx(whole.masses.sum())
    assert part.fraction == pytest.approx(kept.mean())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"particle_fraction": 0.0}, "particle_fraction must be one number above 0, got 0"),
        ({"particle_fraction": 1.5}, "above 0 and up to 1, got 1.5"),
        ({"particle_fraction": [0.1, 0.2]}, "particle_fraction must be one number"),
        ({"particle_fraction": 0.1, "particle_seed": 0.5}, "must be a whole number"),
        ({"particle_fraction": 0.1, "particle_seed": -1}, "0 or more, got -1"),
        ({"particle_fraction": 0.1, "particles": False}, "asks for particles"),
        ({"particle_fraction": 1e-9}, "leaves none of 2000 particles; take more"),
    ],
)
def test_bad_draws(saved, options, message):
    with pytest.raises(CatalogError, match=message):
        catalogs.read(saved, **options)


def test_a_part_of_nothing(tmp_path, table):
    replace(toy_universe(), particles=None).save(tmp_path / "halos.hdf5")
    with pytest.raises(CatalogError, match="was saved without particles"):
        catalogs.read(tmp_path / "halos.hdf5", particle_fraction=0.5)
    with pytest.raises(CatalogError, match="use read_particles"):
        catalogs.read(table, columns=COLUMNS, particle_fraction=0.5)
    mock = CatalogSection(mock={}, file=None, particles=False, log_mpeak_min=None)
    with pytest.raises(ConfigError, match="leave particles = false out"):
        mock.build(particle_fraction=0.5)
