import json
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import sham
from halograd.network_training.families import draw, families, paper_draws
from halograd.network_training.recovery import COMPARED, meets, recover
from halograd.network_training.settings import TrainSettings, ValidationSettings
from halograd.network_training.validate import Effort
from halograd.network_training.verdict import gradient_scores, misfit_scores
from halograd.runs.stages import Stages
from halograd.runs.validate_network import validate_network
from halograd.sham.network import weights
from halograd.sham.network.features import N_QUANTITY, Coverage
from halograd.sham.network.network import Network
from halograd.sham.network.relation import network_relation

SETTINGS = TrainSettings(validation=ValidationSettings(draws=4, seed=1))


def silent_network():
    """All weights zero: the first-order shift and the two corrections are left."""
    network = Network.empty(width=4, depth=1, kernel_name="triweight")
    network = jax.tree.map(jnp.zeros_like, network)
    everywhere = Coverage(jnp.full(N_QUANTITY, -1e3), jnp.full(N_QUANTITY, 1e3))
    return eqx.tree_at(lambda n: n.coverage, network, everywhere)


def test_the_paper_family_is_what_it_says():
    draws = paper_draws(60, 3, (0.15, 0.3))
    smf = jax.vmap(lambda smf: smf.log_density(COMPARED))(draws.smf)
    fiducial = np.asarray(sham.Schechter().log_density(COMPARED))
    assert smf.shape == (60, 61)
    assert (np.diff(smf, axis=1) < 0).all()
    apart = np.abs(smf - fiducial).max(axis=1)
    assert 0.2 < apart.max() < 0.3
    for values, low, high in ((draws.scatter.low, 0.2, 0.5), (draws.scatter.high, 0.15, 0.3)):
        assert low <= values.min() < low + 0.05
        assert high - 0.05 < values.max() <= high
    assert draws.shmf.log_m_mid[0] == pytest.approx(sham.bolshoi_planck().log_m_mid)


def test_the_draws_depend_on_the_seed_alone():
    first, again = families(SETTINGS), families(SETTINGS)
    for one, other in zip(first, again, strict=True):
        for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
            assert np.array_equal(a, b)
    other = families(replace(SETTINGS, validation=ValidationSettings(draws=4, seed=2)))
    assert not np.array_equal(first[0].draws.smf.log_phi1, other[0].draws.smf.log_phi1)


def test_scores_by_hand():
    error = np.array([[0.0, 0.003], [0.0, -0.004]])
    scores = misfit_scores(error)
    assert scores["rms_dex"] == pytest.approx(0.0025)
    assert scores["worst_dex"]["median"] == pytest.approx(0.0035)
    assert scores["worst_dex"]["max"] == pytest.approx(0.004)
    assert misfit_scores(error[:0]) is None
    gradients = np.stack([error, 2 * error], axis=-1)
    assert gradient_scores(gradients, ("a", "b")) == pytest.approx({"a": 0.0025, "b": 0.005})


@pytest.mark.parametrize(
    ("error", "met"), [(0.0019, True), (0.0021, False), ([0.0] * 60 + [0.0101], False)]
)
def test_what_counts_as_met(error, met):
    assert meets(np.broadcast_to(error, (1, 61)))[0] == met


def test_a_relation_that_is_right_for_sure_is_recovered():
    """Without scatter the zero-scatter relation gives the SMF back; a shifted one does not."""
    draws = paper_draws(2, 3, (0.15, 0.3))
    draws = eqx.tree_at(lambda d: (d.scatter.low, d.scatter.high), draws, 2 * (np.zeros(2),))

    class Ranked(eqx.Module):
        problem: eqx.Module
        shift: float = eqx.field(static=True)

        def __call__(self, log_m):
            x = self.problem.shmf.log_cumulative_density(log_m)
            return self.problem.smf.log_mstar_at(x) + self.shift

    right = recover(lambda problem: Ranked(problem, 0.0), draws, range(2), "triweight")
    assert np.abs(right.error).max() < 1e-4
    assert right.met.all()
    shifted = recover(lambda problem: Ranked(problem, 0.1), draws, range(2), "triweight")
    assert not shifted.met.any()
    assert shifted.error[:, -1].min() > 0.1


@pytest.mark.slow
def test_a_network_of_zeros_fails_and_the_numbers_are_those_of_a_direct_computation(tmp_path):
    network = silent_network()
    weights.save(tmp_path / "network.h5", network, {"usable_draws": 3})
    effort = Effort(exact=0, derivatives=1, doubtful=0, control=0)
    page = validate_network(tmp_path / "network.h5", SETTINGS, tmp_path, Stages(), effort)
    assert page.exists()
    found = json.loads((tmp_path / "validation.json").read_text())
    assert not found["passed"]
    failed = {target["name"] for target in found["targets"] if not target["met"]}
    assert "gradient, rms of the worst parameter" in failed
    card = (tmp_path / "model_card.md").read_text()
    assert found["network_sha256"] in card
    assert "**no**" in card
    paper, family = found["families"]["paper"], families(SETTINGS)[1]
    errors = [direct_error(draw(family.draws, row), network) for row in range(4)]
    assert paper["with_solution"] == 4
    assert paper["misfit"]["network"]["worst_dex"]["max"] == pytest.approx(
        np.abs(errors).max(), abs=1e-4
    )


def direct_error(problem, network):
    """Through the library's own eq. (1), of 1e-4 dex."""
    masses = np.linspace(9.0, 12.0, 61, dtype=np.float32)
    relation = network_relation(problem.smf, problem.scatter, problem.shmf, network=network)
    phi = sham.smf_from_relation(masses, relation, problem.scatter, problem.shmf)
    return np.log10(phi) - np.asarray(problem.smf.log_density(masses))
