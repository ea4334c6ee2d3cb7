"""The package in examples/plugin, installed as a user would, adds one of every kind."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from oracles.many_columns import with_ages
from oracles.toy_universe import toy_universe

PLUGIN = Path(__file__).parents[1] / "examples" / "plugin"
CONFIG = """
[catalog]
path = "halos.npz"

[model]
kind = "age-quenched"
base = {kind = "smhm"}
parameters = {scatter_low = {free = false}, low_end = {free = false}, high_start = {free = false}}

[data.n]
samples = [{low = 10.2, kind = "quenched"}, {low = 10.2, kind = "star_forming"}]

[data.wp]
samples = ["quenched", {cross = ["quenched", {low = 10.2, kind = "star_forming"}]}]
edges = {low = 0.5, high = 15.0, n = 4}
pi_max = 20.0

[data.satellite_fraction]
samples = [{low = 10.2, kind = "quenched"}]

[data.synthetic]
covariance = "mocks"
n_mock = 60
truth = {age_quenched = 8.4}

[sample]
chains = 2
warmup = 20
draws = 50
"""
IN_PYTHON = """
import jax
import numpy as np
from halograd import catalogs, inference, models, pairs, registries

halos = catalogs.read("halos.npz", properties=["age"])
model = registries.MODELS["age-quenched"](models.SmhmModel())
layout = inference.Observables(
    n=["quenched", "star_forming"], wp=["quenched", ("quenched", "star_forming")],
    rp_edges=[0.5, 2.0, 15.0], pi_max=20.0, satellite_fraction=["quenched"],
)
predictor = inference.Predictor(halos, model, layout)
with jax.enable_x64(True):
    vector, jacobian = predictor.value_and_jacobian({})
    up, down = (predictor({"age_width": 1.0 + d}).vector for d in (1e-5, -1e-5))
    assert np.allclose(jacobian["age_width"], (up - down) / 2e-5, rtol=1e-3, atol=1e-6)
    weights = np.asarray(predictor.weights(model.space.complete({})))
dense, reference = (
    pairs.ProjectedPairs(
        halos.positions, halos.boxsize, [0.5, 2.0, 15.0], 20.0, backend=name
    )(weights[:, 0])
    for name in ("dense", "reference")
)
assert np.allclose(dense, reference, rtol=1e-5), (dense, reference)
mock = models.draw_galaxies(0, halos, model, {})
assert set(mock.kind) == {"quenched", "star_forming"}
mock.save("mock.fits")
table = inference.tabulate(predictor, n_draw=40, n_check=4, tolerance=0.02)
found = table({})
assert np.allclose(found.vector, predictor({}).vector, rtol=0.05, atol=0.3), (found.vector, vector)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment with the package installed from its folder, and halos in its format."""
    folder = tmp_path_factory.mktemp("plugin")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    source = shutil.copytree(PLUGIN, folder / "source")  # where pip may leave what it builds
    subprocess.run(
        [*pip, "--no-build-isolation", "--target", str(folder / "site"), str(source)],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    halos = with_ages(toy_universe(1500))
    np.savez(
        folder / "halos.npz",
        plain_npz=True,
        positions=halos.positions,
        velocities=halos.velocities,
        log_mpeak=halos.log_mpeak,
        is_satellite=halos.is_satellite,
        age=8.0 + halos.extra["age"],
        boxsize=60.0,
        redshift=0.0,
        omega_m=0.3,
        h=0.7,
    )
    (folder / "run.toml").write_text(CONFIG)
    path = os.pathsep.join([str(folder / "site"), *filter(None, [os.environ.get("PYTHONPATH")])])

    def run(*command):
        environment = {**os.environ, "PYTHONPATH": path}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    run.folder = folder
    return run


HALOGRAD = str(Path(sys.executable).with_name("halograd"))


def test_everything_is_listed(installed):
    listed = installed(HALOGRAD, "plugins")
    for name in ("age-quenched", "satellite_fraction", "plain-npz", "dense"):
        assert name in listed
    assert listed.count("halograd-example 0.1.0") == 4
    assert "cannot be used" not in listed


def test_in_python(installed):
    installed(sys.executable, "-c", IN_PYTHON)
    assert (installed.folder / "mock.fits").exists()


def test_fit_from_a_configuration(installed):
    installed(HALOGRAD, "fit", "run.toml", "--out", "fit")
    result = json.loads((installed.folder / "fit" / "result.json").read_text())
    assert result["theta"]["age_quenched"] == pytest.approx(8.4, abs=1.0)
    page = (installed.folder / "fit" / "report.html").read_text()
    assert "From halos to galaxies" in page
    assert "Quenched galaxies" in page
    assert (installed.folder / "fit" / "figures" / "occupation.png").stat().st_size > 10_000


@pytest.mark.slow
def test_posterior_from_a_configuration(installed):
    installed(HALOGRAD, "sample", "run.toml", "--out", "posterior")
    assert (installed.folder / "posterior" / "chains.nc").exists()
    assert (installed.folder / "posterior" / "report.html").exists()
