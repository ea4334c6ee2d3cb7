import json

import numpy as np
import pytest
from typer.testing import CliRunner

from halograd.catalogs import HaloCatalog
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


def test_inspect_prints_a_table(catalog):
    done = CliRunner().invoke(app, ["inspect", str(catalog)], catch_exceptions=False)
    assert done.exit_code == 0
    for words in ("200", "50 (25.0%)", "50 x 50 x 50 Mpc/h", "0.5", "log10 Mpeak"):
        assert words in done.output


def test_inspect_json_is_json_and_nothing_else(catalog, tmp_path):
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["inspect", str(catalog), "--json", "--out", str(out)])
    summary = json.loads(done.stdout)
    assert summary["n_halo"] == 200
    assert json.loads((out / "summary.json").read_text())["n_halo"] == 200


def test_inspect_takes_a_column_map(tmp_path):
    table = tmp_path / "halos.csv"
    table.write_text("x,y,z,m\n1,2,3,1e12\n4,5,6,1e13\n")
    columns = tmp_path / "map.toml"
    columns.write_text(
        'position = ["x", "y", "z"]\nposition_unit = "Mpc/h"\nboxsize = 50.0\nredshift = 0.0\n'
        'mass = "m"\nmass_unit = "Msun/h"\n'
    )
    arguments = ["inspect", str(table), "--columns", str(columns), "--json"]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert json.loads(done.stdout)["log_mass_max"] == pytest.approx(13)
    done = CliRunner().invoke(app, ["inspect", str(table)])
    assert done.exit_code == 2
    assert "a table does not say what its columns are" in done.stderr


def test_the_example_map_reads_mini_millennium(shared_data):
    from pathlib import Path

    columns = Path(__file__).resolve().parents[2] / "examples" / "column_map_mini_millennium.toml"
    table = shared_data / "mini_millennium" / "model_000.hdf5"
    arguments = ["inspect", str(table), "--columns", str(columns), "--json"]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    summary = json.loads(done.stdout)
    assert summary["provenance"]["dropped"] == "3934 of 9265 rows, below min_mass"
