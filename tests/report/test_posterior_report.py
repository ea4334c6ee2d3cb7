from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from halograd.inference import Chains, Posterior, predictive
from halograd.report import write_posterior_report
from halograd.report.alerts import chain_alerts
from halograd.report.parameter_table import with_interval

NAMES = ("height", "slope", "scatter")


def fake_chains(case, n_draw=200, seed=0, **changes):
    """Independent draws of the Gaussian approximation at the best fit."""
    rng = np.random.default_rng(seed)
    space = case.predictor.model.space
    best = [case.result.theta[name] for name in NAMES]
    root = np.linalg.cholesky(case.result.covariance)
    theta = best + 0.3 * rng.standard_normal((4, n_draw, 3)) @ root.T
    by_name = {name: theta[..., i] for i, name in enumerate(NAMES)}
    shape = (4, n_draw)
    chains = Chains(
        names=NAMES,
        u=np.stack(
            [
                np.asarray(space.to_unbounded(dict(zip(NAMES, t, strict=True))))
                for t in theta.reshape(-1, 3)
            ]
        ).reshape(theta.shape),
        theta=by_name,
        log_density=rng.normal(size=shape),
        energy=rng.normal(size=shape),
        divergent=np.zeros(shape, bool),
        tree_depth=np.full(shape, 3),
        acceptance=np.full(shape, 0.85),
        step_size=np.ones(shape),
        evaluations=np.full(shape, 7),
        warmup_evaluations=1000,
        target_ess=400.0,
    )
    return replace(chains, **changes)


@pytest.fixture(scope="module")
def chains(case):
    return fake_chains(case)


def test_good_chains_raise_no_alert(chains):
    assert chains.converged
    assert chain_alerts(chains) == []


def changed(chains, name, at, value):
    array = getattr(chains, name).copy()
    array[at] = value
    return replace(chains, **{name: array})


def test_divergences_say_what_to_do(chains):
    (alert,) = chain_alerts(changed(chains, "divergent", (0, slice(0, 5)), True))
    assert alert.startswith("5 of 800 transitions diverged")
    assert "Raise target_acceptance (to 0.96" in alert


def test_a_stuck_chain_is_named(chains):
    u = chains.u.copy()
    u[2] = u[2, 0]
    alerts = chain_alerts(replace(chains, u=u))
    assert any(alert.startswith("Chain 3 hardly moved") for alert in alerts)
    assert any("do not agree: R-hat is 1.01 or more" in alert for alert in alerts)


def test_disagreement_names_the_parameter(chains):
    u = chains.u.copy()
    u[1, :, 1] += 1
    (alert,) = chain_alerts(replace(chains, u=u))
    assert "slope" in alert
    assert "height" not in alert


def test_too_few_effective_draws(case, chains):
    (alert,) = chain_alerts(replace(chains, target_ess=5000.0))
    assert "5000 were asked for" in alert
    (few,) = chain_alerts(fake_chains(case, n_draw=4))
    assert "too few to tell anything" in few


def test_slow_energies_and_long_trajectories(chains):
    energy = np.cumsum(np.ones_like(chains.energy), axis=1)
    (alert,) = chain_alerts(replace(chains, energy=energy))
    assert "E-BFMI" in alert
    (alert,) = chain_alerts(replace(chains, tree_depth=np.full(chains.tree_depth.shape, 10)))
    assert "greatest length" in alert


def test_intervals_have_two_digits():
    draws = 2.0 + 0.05 * norm.ppf((np.arange(10_000) + 0.5) / 10_000)
    assert with_interval(draws) == "2.000 +0.050 −0.050"


@pytest.mark.slow
def test_the_page_shows_posterior_chains_and_predictions(case, chains, tmp_path):
    posterior = Posterior(case.predictor, case.data)
    page = write_posterior_report(
        tmp_path,
        title="A posterior",
        halos=case.halos,
        predictor=case.predictor,
        space=case.predictor.model.space,
        chains=changed(chains, "divergent", (0, slice(0, 5)), True),
        best=case.result,
        predictive=predictive(posterior, chains, n=10),
        data=case.data,
        truth=case.truth.theta,
        notes=["A note."],
        summary={"command": "sample"},
    )
    html = page.read_text()
    assert "5 of 800 transitions diverged" in html
    assert "have not converged" not in html
    names = {path.stem for path in (tmp_path / "figures").iterdir()}
    assert names == {
        *("triangle", "traces", "ranks", "halos_slice", "smhm", "relation_posterior", "gradients"),
        *("predictive_n", "predictive_wp", "predictive_delta_sigma"),
    }
    for name in NAMES:
        assert f"<code>{name}</code>" in html
