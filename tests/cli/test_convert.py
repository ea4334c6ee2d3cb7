import numpy as np
import pytest
from typer.testing import CliRunner

from halograd import catalogs
from halograd.catalogs import HaloCatalog, Particles
from halograd.cli import app
from oracles.toy_universe import toy_universe


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "halos.csv"
    path.write_text("x,y,z,m\n" + "".join(f"{i},2,3,{10.0 ** (11 + i / 10)}\n" for i in range(20)))
    (tmp_path / "map.toml").write_text(
        'position = ["x", "y", "z"]\nposition_unit = "Mpc/h"\nmass = "m"\nmass_unit = "Msun/h"\n'
        "boxsize = 50.0\nredshift = 0.1\n"
    )
    return path


def convert(source, out, *arguments):
    columns = ["--columns", str(source.parent / "map.toml")] if source.suffix == ".csv" else []
    command = ["convert", str(source), str(out), *columns, *map(str, arguments)]
    return CliRunner().invoke(app, command, catch_exceptions=False)


def test_convert_writes_what_was_read(source, tmp_path):
    out = tmp_path / "halos.hdf5"
    done = convert(source, out)
    assert done.exit_code == 0
    halos = catalogs.read(out)
    assert (len(halos), halos.boxsize[0], halos.redshift) == (20, 50.0, 0.1)
    np.testing.assert_allclose(halos.log_mpeak, 11 + np.arange(20) / 10)
    size = out.stat().st_size / 1e3
    assert f"Wrote 20 halos to {out} ({size:.3g} kB)" in done.stdout.replace("\n", "")


def test_light_halos_are_left_out(source, tmp_path):
    out = tmp_path / "halos.h5"
    assert convert(source, out, "--log-mpeak-min", 11.95).exit_code == 0
    halos = catalogs.read(out)
    assert (len(halos), halos.provenance["log_mpeak_min"]) == (10, "11.95")
    done = convert(source, tmp_path / "none.h5", "--log-mpeak-min", 15)
    assert (done.exit_code, (tmp_path / "none.h5").exists()) == (2, False)
    assert "no halo is left" in done.stderr


def test_a_part_of_the_particles(tmp_path):
    source, out = tmp_path / "whole.hdf5", tmp_path / "part.hdf5"
    toy_universe().save(source)
    done = convert(source, out, "--particle-fraction", 0.2)
    particles = catalogs.read(out).particles
    assert f"and {len(particles)} particles" in done.stdout.replace("\n", " ")
    assert particles.fraction == len(particles) / len(toy_universe().particles) < 0.3


def test_a_file_that_exists_is_kept_unless_forced(source, tmp_path):
    out = tmp_path / "halos.hdf5"
    out.write_bytes(b"precious")
    done = convert(source, out)
    assert done.exit_code == 2
    assert "--force" in done.stderr
    assert out.read_bytes() == b"precious"
    assert convert(source, out, "--force").exit_code == 0
    assert len(catalogs.read(out)) == 20


@pytest.mark.parametrize(
    ("name", "words"),
    [("halos.npz", "end the name in"), ("nowhere/halos.hdf5", "folder does not exist")],
)
def test_a_bad_name_fails_before_reading(source, tmp_path, name, words):
    done = convert(source, tmp_path / name)
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_catalogue_is_not_written_over_itself(tmp_path):
    path = tmp_path / "halos.hdf5"
    halos = HaloCatalog(
        positions=np.ones((3, 3)),
        log_mpeak=np.full(3, 12.0),
        boxsize=10.0,
        redshift=0.0,
        particles=Particles(np.ones((4, 3)), 1e10, 10.0),
    )
    halos.save(path)
    done = convert(path, path, "--force")
    assert done.exit_code == 2
    assert "the catalogue itself" in done.stderr
    done = convert(path, tmp_path / "copy.hdf5")
    assert "3 halos and 4 particles" in done.stdout
    lean = convert(path, tmp_path / "lean.hdf5", "--no-particles")
    assert "particles" not in lean.stdout
