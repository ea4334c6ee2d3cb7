"""wp in redshift space: the pairs of moved halos, beside ΔΣ in real space."""

import dataclasses
import re

import jax
import numpy as np
import pytest

from halograd import catalogs, inference, models, stats
from halograd.errors import DataError, HalogradError
from halograd.pairs import ProjectedPairs
from halograd.samples import samples_from
from oracles.toy_universe import toy_universe

BINS = [(10.0, 10.5), (10.5, np.inf)]
RP_EDGES, PI_MAX = [0.5, 2.0, 8.0], 20.0


def layout(**changes):
    given = {"wp": BINS, "rp_edges": RP_EDGES, "pi_max": PI_MAX}
    return inference.Observables(**{**given, **changes})


@pytest.fixture(scope="module")
def halos():
    return dataclasses.replace(toy_universe(n_halo=900), cosmology=catalogs.BOLSHOI_PLANCK)


def predictor(halos, **changes):
    return inference.Predictor(halos, models.SmhmModel(), layout(**changes))


def wp_of_moved_halos(halos, theta, axes):
    """By the functions of `stats` alone."""
    weights = models.SmhmModel().weights(theta, {"log_mpeak": halos.log_mpeak}, samples_from(BINS))
    found = []
    for axis in axes:
        moved = stats.redshift_space_positions(
            halos.positions,
            halos.velocities,
            boxsize=halos.boxsize,
            redshift=halos.redshift,
            cosmology=halos.cosmology,
            line_of_sight=axis,
        )
        pairs = ProjectedPairs(moved, halos.boxsize, RP_EDGES, PI_MAX, line_of_sight=axis)
        found.append(stats.wp(weights, pairs))
    return np.mean(found, axis=0)


@pytest.mark.parametrize("axes", [(2,), (0, 1, 2)])
def test_it_is_wp_of_moved_halos(halos, truth, axes):
    seen = predictor(halos, redshift_space=True, lines_of_sight=axes)
    expected = wp_of_moved_halos(halos, truth, axes)
    np.testing.assert_allclose(seen(truth).wp, expected, rtol=2e-5, atol=1e-4)
    real = predictor(halos)(truth).wp
    assert np.abs(seen(truth).wp / real - 1).max() > 0.02


def test_without_a_word_wp_is_in_real_space(halos, truth):
    plain = predictor(halos)
    pairs = ProjectedPairs(halos.positions, halos.boxsize, RP_EDGES, PI_MAX)
    weights = plain.model.weights(truth, {"log_mpeak": halos.log_mpeak}, samples_from(BINS))
    np.testing.assert_allclose(plain(truth).wp, stats.wp(weights, pairs), rtol=2e-5, atol=1e-4)
    with_axes = predictor(halos, lines_of_sight=(0, 1, 2), multipoles=BINS, s_edges=[1.0, 8.0])
    np.testing.assert_array_equal(with_axes(truth).wp, plain(truth).wp)
    assert isinstance(plain.pairs, ProjectedPairs)


def test_lensing_beside_it_stays_in_real_space(halos, truth):
    lensing = {"delta_sigma": BINS, "r_edges": [0.3, 1.0, 4.0]}
    real, seen = (predictor(halos, redshift_space=x, **lensing)(truth) for x in (False, True))
    np.testing.assert_array_equal(real.delta_sigma, seen.delta_sigma)
    assert (np.asarray(real.wp) != np.asarray(seen.wp)).all()


def test_slopes_are_finite_differences(halos, truth):
    with jax.enable_x64(True):
        seen = predictor(halos, redshift_space=True)
        _, jacobian = seen.value_and_jacobian(truth)
        for name in ("log_ratio_crit", "scatter_high"):
            up, down = (seen({**truth, name: truth[name] + d}).vector for d in (1e-5, -1e-5))
            slope = (up - down) / 2e-5
            close = {"rtol": 1e-5, "atol": 1e-6 * np.abs(slope).max()}
            np.testing.assert_allclose(jacobian[name], slope, **close)


@pytest.mark.slow
def test_infall_raises_wp_on_large_scales():
    """By 4 % at 6 Mpc/h and 15 % at 17 Mpc/h in the mean of five boxes, for this pi_max."""
    halos = catalogs.mock_universe(seed=4, boxsize=100.0, log_mpeak_min=11.8, particles=False)
    bins = {"rp_edges": [5.0, 7.0, 10.0, 14.0, 20.0], "pi_max": 40.0, "wp": [(-np.inf, np.inf)]}
    seen = predictor(halos, **bins, redshift_space=True, lines_of_sight=(0, 1, 2))({}).wp
    views = [
        ProjectedPairs(
            halos.positions, halos.boxsize, bins["rp_edges"], bins["pi_max"], line_of_sight=axis
        )
        for axis in range(3)
    ]
    ratio = np.asarray(seen[0] / stats.wp(np.ones(len(halos)), views))
    assert (np.diff(ratio) > 0).all()
    assert 1.02 < ratio[0] < 1.07
    assert 1.08 < ratio[-1] < 1.25


@pytest.mark.parametrize(
    ("missing", "message"),
    [("velocities", "has no velocities: read one"), ("cosmology", "has no cosmology: read one")],
)
def test_halos_that_cannot_be_moved(halos, missing, message):
    bare = dataclasses.replace(halos, **{missing: None})
    predictor(bare)  # real space needs neither
    with pytest.raises(HalogradError, match=f"wp is to be in redshift space.*{message}"):
        predictor(bare, redshift_space=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"redshift_space": "yes"}, "redshift_space must be True or False, got 'yes'"),
        ({"redshift_space": 1}, "redshift_space must be True or False, got 1"),
        ({"redshift_space": True, "lines_of_sight": (3,)}, "different axes 0, 1 or 2"),
        ({"redshift_space": True, "lines_of_sight": ()}, "different axes 0, 1 or 2"),
        ({"redshift_space": True, "lines_of_sight": (0.5,)}, "different axes 0, 1 or 2"),
    ],
)
def test_what_cannot_be_laid_out(changes, message):
    with pytest.raises(DataError, match=message):
        layout(**changes)


def test_velocities_and_the_space_are_part_of_the_identity(halos):
    moved = dataclasses.replace(halos, velocities=halos.velocities * 1.01)
    seen = layout(redshift_space=True)
    names = [inference.halo_table_identity(h, seen)["halos"] for h in (halos, moved)]
    assert [key for key in names[0] if names[0][key] != names[1][key]] == ["velocities"]
    bins = [inference.halo_table_identity(halos, one)["bins"] for one in (seen, layout())]
    assert bins[0] != bins[1]
    assert "velocities" not in inference.halo_table_identity(halos, layout())["halos"]


def test_statistics_may_have_spaces_of_their_own(halos):
    both = layout(multipoles=BINS, s_edges=[1.0, 8.0], lines_of_sight=(0, 2))
    assert both.declared["wp.redshift_space"] is False
    assert both.declared["multipoles.redshift_space"] is True
    assert both.declared["multipoles.lines_of_sight"] == (0, 2)
    other = layout(multipoles=BINS, s_edges=[1.0, 8.0], lines_of_sight=(0, 2), redshift_space=True)
    assert both.difference(other) == "redshift_space of wp: False and True"
    assert both.difference(both) is None
    real = layout(multipoles=BINS, s_edges=[1.0, 8.0], redshift_space=False)
    assert [s.space for s in real.statistics] == ["in real space"] * 2


def test_the_space_in_words():
    assert layout()["wp"].space == "in real space"
    assert layout(redshift_space=True)["wp"].space == "in redshift space along z"
    three = layout(redshift_space=True, lines_of_sight=[0, 1, 2])["wp"]
    assert three.space == "in redshift space, the mean of observers along x and y and z"


def test_a_saved_data_vector_remembers(tmp_path):
    seen = layout(redshift_space=True, lines_of_sight=(0, 1))
    inference.DataVector(seen, np.ones(4), np.eye(4)).save(tmp_path / "data.hdf5")
    loaded = inference.DataVector.load(tmp_path / "data.hdf5")
    assert loaded.observables["wp"] == seen["wp"]
    with pytest.raises(DataError, match="redshift_space: True and False"):
        loaded.check_matches(layout())


def test_tables_of_several_lines_of_sight(truth):
    halos = dataclasses.replace(toy_universe(n_halo=1500), cosmology=catalogs.BOLSHOI_PLANCK)
    direct = predictor(halos, redshift_space=True, lines_of_sight=(0, 2))
    fixed = {name: {"free": False} for name in ("low_end", "high_start", "scatter_low")}
    near = {
        "log_m_crit": (11.3, 11.6),
        "log_ratio_crit": (-1.7, -1.4),
        "scatter_high": (0.15, 0.35),
    }
    moved = {name: {"low": low, "high": high} for name, (low, high) in near.items()}
    space = direct.model.space.replace(**fixed, **moved)
    table = inference.tabulate(direct, space=space, n_draw=10, n_check=2, n_node=60)
    np.testing.assert_allclose(table(truth).wp, direct(truth).wp, rtol=5e-3, atol=0.05)


@pytest.mark.slow
def test_jackknife_is_in_the_same_space(halos, truth):
    seen = layout(redshift_space=True, lines_of_sight=(0, 2))
    arguments = halos, models.SmhmModel(), seen, truth
    covariance = inference.box_covariance(*arguments, n_side=2)
    parts = [
        inference.box_covariance(
            halos,
            models.SmhmModel(),
            layout(redshift_space=True, lines_of_sight=axes),
            truth,
            n_side=2,
        )
        for axes in [(0,), (2,)]
    ]
    assert np.linalg.eigvalsh(covariance)[0] > -1e-5 * np.trace(covariance)
    # the mean of two measurements scatters no more than the worse of them
    assert (np.diag(covariance) <= 1.001 * np.maximum(*map(np.diag, parts))).all()


def test_measured_wp_in_real_space_is_told(halos):
    def found(catalog=halos, **changes):
        data = inference.DataVector(layout(**changes), np.ones(4), np.eye(4))
        return inference.real_space_warnings(data, catalog)

    (warning,) = found()
    assert re.search("predicted in real space.*pi_max of 20 Mpc/h.*redshift_space = true", warning)
    assert found(redshift_space=True) == []
    assert found(dataclasses.replace(halos, velocities=None)) == []
