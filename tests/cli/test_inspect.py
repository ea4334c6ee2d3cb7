import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from halograd.catalogs import BOLSHOI_PLANCK, HaloCatalog
from halograd.cli import app


@pytest.fixture
def catalog(tmp_path):
    path = tmp_path / "halos.hdf5"
    rng = np.random.default_rng(0)
    HaloCatalog(
        positions=rng.uniform(0, 50, (200, 3)),
        log_mpeak=rng.uniform(11, 14, 200),
        boxsize=50.0,
        redshift=0.5,
        is_satellite=np.arange(200) >= 150,
    ).save(path)
    return path


@pytest.fixture
def table(tmp_path):
    """A table whose map tells neither box nor redshift."""
    table = tmp_path / "halos.csv"
    table.write_text("x,y,z,m\n1,2,3,1e12\n4,5,6,1e13\n7,8,9,1e11\n")
    columns = tmp_path / "map.toml"
    columns.write_text(
        'position = ["x", "y", "z"]\nposition_unit = "Mpc/h"\nmass = "m"\nmass_unit = "Msun/h"\n'
    )
    return [str(table), "--columns", str(columns)]


def inspect(*arguments):
    return CliRunner().invoke(app, ["inspect", *map(str, arguments)], catch_exceptions=False)


def test_inspect_prints_tables(catalog):
    done = inspect(catalog)
    assert done.exit_code == 0
    for words in ("200", "50 (25.0%)", "hosts not known", "50 x 50 x 50 Mpc/h", "log10 Mpeak"):
        assert words in done.stdout
    for words in ("over Bolshoi-Planck", "not yet", "no velocities", "no particles"):
        assert words in done.stdout


def test_inspect_json_is_json_and_nothing_else(catalog):
    summary = json.loads(inspect(catalog, "--json").stdout)
    assert summary["n_halo"] == 200
    assert summary["suitability"]["wp"]["ready"]
    row = summary["cumulative_mass_function"][0]
    assert row["over_bolshoi_planck"] == pytest.approx(
        row["density"] / 10 ** _log_bolshoi_planck(row["log_mass"]), rel=1e-5
    )


def _log_bolshoi_planck(log_mass):
    from halograd.sham import bolshoi_planck

    return float(bolshoi_planck(0.5).log_cumulative_density(log_mass))


def test_inspect_writes_a_report(catalog, tmp_path):
    out = tmp_path / "out"
    done = inspect(catalog, "--out", out)
    assert f"Report: {out / 'report.html'}" in done.stdout.replace("\n", "")
    figures = {path.name for path in (out / "figures").iterdir()}
    assert figures == {"halos_slice.png", "halo_mass_function.png", "satellite_fraction.png"}
    page = (out / "report.html").read_text()
    assert "no velocities" in page
    assert "over Bolshoi-Planck" in page
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["command"], summary["n_halo"]) == ("inspect", 200)


def test_an_empty_catalogue_has_a_report_too(tmp_path):
    path = tmp_path / "empty.hdf5"
    empty = HaloCatalog(
        positions=np.zeros((0, 3)), log_mpeak=np.zeros(0), boxsize=50.0, redshift=3.0
    )
    empty.save(path)
    done = inspect(path, "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert "the catalogue is empty" in (tmp_path / "out" / "report.html").read_text()


def test_what_the_file_leaves_open_is_declared(table):
    declared = ["--boxsize", 50, "--redshift", 0.25, "--omega-m", 0.3, "--h", 0.7]
    done = inspect(*table, "--json", *declared, "--min-mass", 5e11)
    summary = json.loads(done.stdout)
    assert (summary["n_halo"], summary["boxsize"][0], summary["redshift"]) == (2, 50, 0.25)
    assert summary["cosmology"]["h"] == 0.7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--redshift", 0], "--boxsize 250"),
        (["--redshift", 0, "--boxsize", 50, "--omega-m", 0.3], "together (--omega-m, --h)"),
        (["--redshift", 0, "--boxsize", -5], "boxsize"),
    ],
)
def test_what_is_wrong_is_one_line(table, arguments, words):
    done = inspect(*table, *arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_table_needs_its_map(table):
    done = inspect(table[0])
    assert done.exit_code == 2
    assert "a table does not say what its columns are" in done.stderr


def test_logarithms_are_no_masses(table):
    path = Path(table[0])
    path.write_text("x,y,z,m\n1,2,3,12.1\n4,5,6,11.2\n")
    declared = ["--boxsize", 50, "--redshift", 0]
    for limit in ([], ["--min-mass", 1e11]):
        done = inspect(*table, *declared, *limit)
        assert done.exit_code == 2
        assert "logarithms" in done.stderr
        assert "mass_is_log10 = true" in done.stderr
    with Path(table[2]).open("a") as columns:
        columns.write("mass_is_log10 = true\n")
    assert json.loads(inspect(*table, *declared, "--json").stdout)["log_mass_max"] == 12.1


def test_a_failure_leaves_no_folder(table, tmp_path):
    out = tmp_path / "out"
    assert inspect(*table, "--redshift", 0, "--out", out).exit_code == 2
    assert not out.exists()


def test_a_file_that_says_otherwise_is_refused(catalog):
    done = inspect(catalog, "--boxsize", 75)
    assert done.exit_code == 2
    assert "75" in done.stderr


def test_a_cosmology_may_complete_that_of_the_file(catalog):
    names = ("omega_m", "h", "omega_b", "sigma8", "n_s")
    declared = [f"--{name.replace('_', '-')}={getattr(BOLSHOI_PLANCK, name)}" for name in names]
    summary = json.loads(inspect(catalog, "--json", *declared).stdout)
    assert summary["cosmology"]["sigma8"] == BOLSHOI_PLANCK.sigma8
    assert 'source = "analytic"' in summary["suitability"]["delta_sigma"]["remarks"][1]


def test_the_example_map_reads_mini_millennium(shared_data):
    columns = Path(__file__).resolve().parents[2] / "examples" / "column_map_mini_millennium.toml"
    table = shared_data / "mini_millennium" / "model_000.hdf5"
    summary = json.loads(inspect(table, "--columns", columns, "--json").stdout)
    assert summary["provenance"]["dropped"] == "3934 of 9265 rows, below min_mass"


def test_a_part_of_a_box_is_doubtful(shared_data):
    path = shared_data / "mini_millennium" / "model_000.hdf5"  # one of eight
    declared = ["--boxsize", 62.5, "--redshift", 0]
    assert "doubtful" in inspect(path, *declared).stdout
    found = json.loads(inspect(path, *declared, "--json").stdout)["suitability"]
    assert "one file of several" in found["n"]["remarks"][0]
    assert found["wp"]["doubt"] == found["n"]["doubt"] == found["n"]["remarks"][0]


def test_all_that_is_missing_is_named_at_once(shared_data):
    missing = inspect(shared_data / "mini_millennium" / "model_000.hdf5")
    assert "boxsize and redshift" in missing.stderr
    assert "--boxsize 250" in missing.stderr


@pytest.mark.slow
def test_particles_beside_the_halos_are_seen(shared_data):
    pytest.importorskip("abacusnbody")
    snapshot = shared_data / "abacus_mini" / "Mini_N64_L32" / "halos" / "z0.000"
    told = ["--omega-b", 0.0493, "--sigma8", 0.8]
    summary = json.loads(inspect(snapshot, "--json", *told).stdout)
    remarks = summary["suitability"]["delta_sigma"]["remarks"]
    assert "the source has them" in remarks[0]
    assert summary["cosmology"]["sigma8"] == 0.8
    assert summary["suitability"]["n"]["doubt"] is None
