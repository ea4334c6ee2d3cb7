"""What models of halo occupation refuse, and what they answer where nothing can live."""

import numpy as np
import pytest

from halograd import inference, models
from halograd.errors import HalogradError
from oracles.many_columns import with_hosts_and_ranks
from oracles.toy_universe import toy_universe

HALOS = with_hosts_and_ranks(toy_universe(200))
NOT_RANKED = HALOS.with_columns(rank_r=HALOS.log_mpeak)


def predict(model, halos=HALOS, samples=("all",)):
    return inference.Predictor(halos, model, inference.Observables(n=list(samples)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: predict(models.Zheng07(), toy_universe(200)),
            "hosts of satellites need host_index",
        ),
        (
            lambda: predict(models.AbacusLRG(assembly_bias=("spin_rank",))),
            r"no column 'spin_rank'.*with_columns\(spin_rank=catalogs.rank_at_fixed_mass",
        ),
        (
            lambda: predict(
                models.AbacusLRG(ranks=True), HALOS.with_columns(rank_r=HALOS.log_mpeak)
            ),
            r"rank_r is taken for ranks from -1 to 1, but has values from 12",
        ),
        (
            lambda: predict(
                models.AbacusELG(assembly_bias=True),
                HALOS.with_columns(concentration_rank=np.linspace(0, 1, 200)),
            ),
            r"host_concentration_rank is taken for ranks from -0.5 to 0.5",
        ),
        (lambda: predict(models.AbacusLRG(), samples=["ELG"]), "no galaxies of kind 'ELG'"),
        (lambda: predict(models.AbacusLRG(), samples=["LRG_cental"]), "did you mean 'LRG_central'"),
        (lambda: predict(models.Zheng07(), samples=[(10.0, 11.0)]), "knows no stellar masses"),
        (lambda: models.AbacusQSO(second_moments="poisson given central"), "must be one of"),
        (lambda: models.AbacusLRG(assembly_bias=models.Decorated()), "give ShiftedMasses"),
        (lambda: models.Decorated(split=1.0), "split must lie between 0 and 1"),
        (lambda: models.ShiftedMasses(("a", "b", "c")), "one or two columns"),
        (lambda: models.AbacusTracers((models.AbacusLRG(),)), "two or three different ones"),
        (
            lambda: models.AbacusTracers((models.AbacusELG(), models.AbacusLRG())),
            "in this order, got AbacusELG, AbacusLRG",
        ),
        (
            lambda: models.AbacusTracers((models.AbacusLRG(ranks=True), models.AbacusELG())),
            "ranks all or none",
        ),
        (
            lambda: models.AbacusTracers((models.AbacusLRG(), models.AbacusELG(conformity=True))),
            "option of AbacusTracers",
        ),
        (
            lambda: models.AbacusTracers((models.AbacusLRG(), models.AbacusQSO()), True),
            "conformity is of ELGs",
        ),
        (lambda: models.AbacusLRG().starting_at({"logMcut": 13.0}), "did you mean 'logM_cut'"),
        (lambda: models.AbacusLRG().starting_at({"sigma": 20.0}), "outside its bounds"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(HalogradError, match=message):
        make()


@pytest.mark.parametrize(
    ("model", "theta", "empty"),
    [
        (models.Zheng07(), {"logM0": 15.0}, ["satellite"]),
        (models.Zheng07(), {"logMmin": 15.0, "sigma_logM": 0.02, "logM0": 15.0}, ["all"]),
        (models.AbacusLRG(), {"kappa": 10.0, "logM_cut": 14.9}, ["LRG_satellite"]),
    ],
)
def test_samples_that_no_halo_can_host_are_told(model, theta, empty):
    """Their n is 0 with finite derivatives, and `empty_samples` names them."""
    predictor = predict(model, samples=empty)
    vector, jacobian = predictor.value_and_jacobian(theta)
    assert np.asarray(vector).tolist() == [0.0]
    assert all(np.isfinite(slope).all() for slope in jacobian.values())
    assert [s.kind for s in predictor.empty_samples(theta)] == empty
