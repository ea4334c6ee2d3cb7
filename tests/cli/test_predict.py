import json

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from halograd.cli import app


def predict(config, out, *options):
    arguments = ["predict", str(config), "--out", str(out), *map(str, options)]
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_predict_saves_value_and_jacobian_and_draws_a_mock(tiny, tmp_path):
    out, mock = tmp_path / "out", tmp_path / "galaxies.hdf5"
    done = predict(tiny, out, "--mock", mock, "--seed", 7, "--log-mstar-min", 10.6)
    assert done.exit_code == 0, done.output
    with h5py.File(out / "prediction.hdf5") as file:
        density = file["value/n"][0]
        slope = file["jacobian/log_ratio_crit/n"][0]
        assert file["value/wp"].shape == (1, 4)
        assert file["parameters"].attrs["scatter_low"] == pytest.approx(0.3)
    assert slope > 0  # more massive galaxies in the same halos: more above the threshold
    summary = json.loads((out / "summary.json").read_text())
    assert summary["prediction"]["n"][0] == pytest.approx(density)
    assert summary["seeds"]["mock"] == 7
    with h5py.File(mock) as file:
        count = len(file["x"])
        assert file["log_mstar"][()].min() >= 10.6
    assert summary["mock"]["n_galaxy"] == count
    # Binomial noise of the draw: at most the square root of the count.
    assert abs(count - density * summary["catalog"]["volume"]) < 4 * np.sqrt(count)
    assert (out / "report.html").exists()


@pytest.mark.parametrize(
    ("mock", "message"),
    [("galaxies.txt", "end the name in one of"), ("none/galaxies.fits", "folder does not exist")],
)
def test_a_mock_that_cannot_be_saved_fails_before_the_work(tiny, tmp_path, mock, message):
    done = predict(tiny, tmp_path / "out", "--mock", tmp_path / mock)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "out").exists()
