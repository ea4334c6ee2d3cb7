import io
import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from halograd import models, stats
from halograd.catalogs import BOLSHOI_PLANCK, AnalyticMatter
from halograd.cli import app
from halograd.config import parse_config
from halograd.inference import DataVector, Observables, Predictor, halo_table_identity
from halograd.runs.lensing_noise import lensing_facts
from halograd.runs.measurements import with_subsampling_noise
from halograd.runs.run import RunContext
from halograd.runs.stages import Stages
from halograd.samples import samples_from
from oracles.toy_universe import toy_universe

EDGES = np.geomspace(0.3, 8.0, 4)
SAMPLE = (10.2, np.inf)
CONFIG = """
[catalog]
mock = {seed = 1, boxsize = 45.0, log_mpeak_min = 12.0, grid = 32}
[model]
kind = "smhm"
[data.delta_sigma]
samples = [[10.6, inf]]
edges = {low = 0.1, high = 5.0, n = 4}
"""


@pytest.fixture
def stages():
    return Stages(Console(file=io.StringIO()))


def facts_of(halos, stages, observables=None):
    layout = observables or Observables(n=[(9.5, np.inf)], delta_sigma=[SAMPLE], r_edges=EDGES)
    predictor = Predictor(halos, models.SmhmModel(), layout)
    return lensing_facts(halos, predictor, {}, stages)


def test_a_subsample_tells_its_noise(stages):
    whole = toy_universe()
    part = replace(whole, particles=whole.particles.subsample(0.25))
    facts = facts_of(part, stages)
    weights = models.SmhmModel().weights({}, {"log_mpeak": part.log_mpeak}, samples_from([SAMPLE]))
    expected = stats.subsampling_covariance(weights, part.positions, part.particles, EDGES)
    np.testing.assert_allclose(facts["subsampling_covariance"], expected, rtol=1e-4)
    np.testing.assert_allclose(facts["subsampling_error"], [np.sqrt(np.diag(expected))], rtol=1e-4)
    assert (facts["source"], facts["particle_fraction"]) == ("particles", 0.25)


def test_whole_matter_has_none_and_a_halo_model_is_named(stages):
    assert facts_of(toy_universe(), stages) == {"source": "particles"}
    analytic = replace(toy_universe(), cosmology=BOLSHOI_PLANCK, analytic_matter=AnalyticMatter())
    facts = facts_of(analytic, stages)
    assert facts["source"] == "analytic"
    assert facts["satellites_without_host"] == analytic.is_satellite.sum() > 0
    assert "satellites have no host" in stages.console.file.getvalue()
    assert facts_of(toy_universe(), stages, Observables(n=[SAMPLE])) == {}


def test_the_noise_joins_the_errors_of_lensing_alone(stages):
    layout = Observables(n=[(9.5, np.inf)], delta_sigma=[SAMPLE], r_edges=EDGES)
    data = DataVector(layout, np.ones(4), np.eye(4))
    added = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 3.0]])
    stages.facts["lensing"] = {"subsampling_covariance": added, "particle_fraction": 0.1}
    quiet, asked = (
        parse_config(f"{CONFIG}[lensing]\nmax_particles = 10\nnoise_in_covariance = {flag}", "c")
        for flag in ("false", "true")
    )
    quiet, asked = (RunContext(c, stages, *3 * [None]) for c in (quiet, asked))
    assert with_subsampling_noise(data, quiet) is data
    found = with_subsampling_noise(data, asked)
    np.testing.assert_array_equal(found.covariance[1:, 1:], np.eye(3) + added)
    np.testing.assert_array_equal(found.covariance[0], data.covariance[0])
    assert "in the errors of ΔΣ" in found.notes["subsample of particles"]


def test_a_table_of_another_halo_model_is_not_taken():
    layout = Observables(delta_sigma=[SAMPLE], r_edges=EDGES)
    halos = replace(toy_universe(), cosmology=BOLSHOI_PLANCK)
    identities = [
        halo_table_identity(replace(halos, **change), layout)["halos"]
        for change in (
            {},
            {"analytic_matter": AnalyticMatter()},
            {"analytic_matter": AnalyticMatter(two_halo=False)},
            {"analytic_matter": AnalyticMatter(), "is_satellite": ~halos.is_satellite},
        )
    ]
    assert all(a != b for i, a in enumerate(identities) for b in identities[:i])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("section", "words"),
    [
        ('source = "analytic"', "NFW halos"),
        ("particle_fraction = 0.3\nseed = 5", "random part of the particles"),
    ],
)
def test_every_report_says_where_lensing_comes_from(tmp_path, section, words):
    path, out = tmp_path / "c.toml", tmp_path / "out"
    path.write_text(f"{CONFIG}[lensing]\n{section}\n")
    done = CliRunner().invoke(app, ["predict", str(path), "--out", str(out)])
    assert done.exit_code == 0, done.output
    summary = json.loads((out / "summary.json").read_text())
    page = (out / "report.html").read_text()
    assert words in page
    if "analytic" in section:
        assert summary["lensing"]["source"] == "analytic"
        assert "analytic" in summary["catalog"]["analytic_matter"]
        return
    assert summary["seeds"]["particles"] == 5
    errors = np.array(summary["lensing"]["subsampling_error"])
    assert errors.shape == (1, 4)
    assert (errors > 0).all()


@pytest.mark.slow
def test_a_table_takes_the_halo_model_too(tmp_path):
    text = CONFIG + '[lensing]\nsource = "analytic"\n'
    path = tmp_path / "c.toml"
    predictions = []
    for tables in ("", "[tables]\nnodes = 40\ndraws = 4\nchecks = 1\n"):
        path.write_text(text + tables)
        out = tmp_path / f"out{len(predictions)}"
        done = CliRunner().invoke(app, ["predict", str(path), "--out", str(out)])
        assert done.exit_code == 0, done.output
        summary = json.loads((out / "summary.json").read_text())
        predictions.append(np.array(summary["prediction"]["delta_sigma"]))
    np.testing.assert_allclose(*predictions, rtol=1e-3)
