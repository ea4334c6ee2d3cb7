import json

import numpy as np
import pytest
from typer.testing import CliRunner

from halograd.cli import app

SUBSETS = """
[forecast.subsets.n]
n = true

[forecast.subsets."large scales"]
n = true
wp = [1.0, inf]
fixed = ["high_start"]
"""


def forecast(config, out):
    return CliRunner().invoke(app, ["forecast", str(config), "--out", str(out)])


def test_forecast_compares_subsets(tiny, tmp_path):
    tiny.write_text(tiny.read_text() + SUBSETS)
    out = tmp_path / "out"
    done = forecast(tiny, out)
    assert done.exit_code == 0, done.output
    summary = json.loads((out / "summary.json").read_text())
    found = summary["forecasts"]
    assert list(found) == ["n", "large scales", "all data"]
    assert found["n"]["errors"]["log_ratio_crit"] == "inf"
    assert "nothing is known along" in found["n"]["degeneracies"][0]
    assert found["large scales"]["free"] == ["log_ratio_crit"]
    assert found["large scales"]["n_data"] == 4
    whole = found["all data"]
    assert whole["n_data"] == 9
    np.testing.assert_allclose(
        np.sqrt(np.diag(np.linalg.inv(whole["fisher"]))),
        list(whole["errors"].values()),
        rtol=1e-6,
    )
    # The fiducial point of synthetic data is their truth.
    assert summary["fiducial"]["log_ratio_crit"] == pytest.approx(-1.65)
    assert len(summary["information_loss"]["high_start"]) == 9
    assert summary["smallest_scale"]["mpc_h"][-1] == "inf"
    names = {"ellipses", "data_importance", "smallest_scale"}
    assert {path.stem for path in (out / "figures").iterdir()} == names
    page = (out / "report.html").read_text()
    for words in ("Forecast errors", "large scales", "unconstrained", "What subsets cannot"):
        assert words in page
        if words != "What subsets cannot":
            assert words in done.output


def test_a_forecast_needs_a_covariance(tiny, tmp_path):
    text = tiny.read_text().replace("[data.synthetic]\nseed = 5\nvolume = 1e6\n", "")
    tiny.write_text(text.replace("start_sigma = 2.0\n", ""))
    done = forecast(tiny, tmp_path / "out")
    assert done.exit_code == 2
    assert "names no measurements" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_missing_best_fit_fails_before_the_work(tiny, tmp_path):
    tiny.write_text(tiny.read_text() + '[forecast]\nbest_fit = "none.json"\n')
    done = forecast(tiny, tmp_path / "out")
    assert done.exit_code == 2
    assert "none.json" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
