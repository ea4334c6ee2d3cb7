"""Models of a user's own: refusals, draws, and files that carry their samples."""

import jax
import numpy as np
import pytest

from halograd import inference, models
from halograd.errors import HalogradError
from halograd.samples import Cross, Sample, sample_from, samples_from
from oracles.many_columns import Crowded, RedAndBlue, with_ages
from oracles.toy_universe import toy_universe

BINS = {"rp_edges": [0.2, 1.0, 4.0, 15.0], "pi_max": 20.0}


@pytest.fixture(scope="module")
def halos():
    return with_ages(toy_universe(400))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((10.0, 10.5), Sample(10.0, 10.5)),
        ("red", Sample(kind="red")),
        (10.5, Sample(10.5)),
        ({"low": 10.0, "kind": "red"}, Sample(10.0, np.inf, "red")),
        (("red", "blue"), Cross(Sample(kind="red"), Sample(kind="blue"))),
        (("red", (10.5, np.inf)), Cross(Sample(kind="red"), Sample(10.5))),
        ({"cross": ["red", [10.0, 11.0]]}, Cross(Sample(kind="red"), Sample(10.0, 11.0))),
        (Sample(10.0, 10.5, "red"), Sample(10.0, 10.5, "red")),
    ],
)
def test_samples_as_users_write_them(given, expected):
    found = sample_from(given)
    assert found == expected
    assert sample_from(found.plain()) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((10.5, 10.0), "needs low < high"),
        ((np.nan, 10.0), "needs low < high"),
        ((1, 2, 3), "a sample is a pair"),
        ({"lo": 1}, "a sample has low and high"),
        ({"cross": ["red"]}, "a sample has low and high"),
        (("red", ("red", "blue")), "not of another cross"),
        (None, "a sample is a pair"),
        ("", "the kind of a sample is a name"),
    ],
)
def test_bad_samples(given, message):
    with pytest.raises(HalogradError, match=message):
        sample_from(given)


def test_a_sample_named_twice_and_a_lone_name():
    with pytest.raises(HalogradError, match="red is named twice"):
        samples_from(["red", "red"])
    with pytest.raises(HalogradError, match="listed in brackets"):
        samples_from("red")


def test_prediction_is_the_brute_force_sum(halos):
    """The user's class as it stands: n, wp and a cross against float64 sums over all pairs."""
    from oracles.brute_force import auto_matrix

    layout = inference.Observables(
        n=["red", "blue"], wp=["red", (10.5, np.inf), ("red", "blue")], **BINS
    )
    model = RedAndBlue()
    predictor = inference.Predictor(halos, model, layout)
    with jax.enable_x64(True):
        found = predictor({})
        red, blue, bright = np.asarray(
            model.weights(
                model.space.defaults,
                halos.columns(model.needs),
                (Sample(kind="red"), Sample(kind="blue"), Sample(10.5)),
            )
        ).T
    np.testing.assert_allclose(found["n"], [red.sum() / halos.volume, blue.sum() / halos.volume])
    ring = np.pi * np.diff(np.square(BINS["rp_edges"])) * 40.0 / halos.volume
    inside = auto_matrix(halos.positions, halos.boxsize, BINS["rp_edges"], BINS["pi_max"])
    for row, (first, second) in enumerate([(red, red), (bright, bright), (red, blue)]):
        pairs = np.einsum("i,j,ijk->k", first, second, inside)
        number = first.sum() * second.sum() - first @ second
        np.testing.assert_allclose(
            found["wp"][row], 40.0 * (pairs / (number * ring) - 1), rtol=1e-6, atol=1e-8
        )


def test_what_a_model_cannot_do_is_refused(halos):
    n = {"n": ["tracer"]}
    with pytest.raises(HalogradError, match="no galaxies of kind 'tracers'; did you mean 'tracer'"):
        inference.Predictor(halos, Crowded(), inference.Observables(n=["tracers"]))
    with pytest.raises(HalogradError, match="Crowded knows no stellar masses"):
        inference.Predictor(halos, Crowded(), inference.Observables(n=[(10.0, 11.0)]))
    with pytest.raises(HalogradError, match="no column 'age'"):
        inference.Predictor(toy_universe(), RedAndBlue(), inference.Observables(n=["red"]))
    gaps = halos.with_columns(age=np.where(np.arange(len(halos)) == 3, np.nan, 1.0))
    with pytest.raises(HalogradError, match="'age', which the model needs, is NaN or infinite for"):
        inference.Predictor(gaps, RedAndBlue(), inference.Observables(n=["red"]))
    words = halos.with_columns(age=np.array(["old"] * len(halos)))
    with pytest.raises(HalogradError, match="no numbers"):
        inference.Predictor(words, RedAndBlue(), inference.Observables(n=["red"]))

    class Tied(Crowded):
        independent = False

    assert inference.Predictor(halos, Tied(), inference.Observables(**n))({})["n"].shape == (1,)
    with pytest.raises(HalogradError, match="wp count pairs of galaxies, and those of Tied"):
        inference.Predictor(halos, Tied(), inference.Observables(**n, wp=["tracer"], **BINS))
    with pytest.raises(HalogradError, match="cannot be drawn from"):
        models.draw_galaxies(0, halos, Tied(), {})

    class Flat(Crowded):
        def weights(self, theta, columns, samples):
            return super().weights(theta, columns, samples)[:, 0]

    with pytest.raises(HalogradError, match=r"must return an array \(n, n_sample\) = \(400, 1\)"):
        inference.Predictor(halos, Flat(), inference.Observables(**n))({})


def test_draws_refuse_what_they_cannot_tell(halos):
    with pytest.raises(HalogradError, match="gives galaxies no stellar masses"):
        models.draw_galaxies(0, halos, Crowded(), {}, log_mstar_min=10.0)
    with pytest.raises(HalogradError, match="key must be a whole number"):
        models.draw_galaxies("zero", halos, Crowded(), {})

    class Overlapping(RedAndBlue):
        def weights(self, theta, columns, samples):
            return super().weights(theta, columns, [s._replace(kind="all") for s in samples])

    samples = [Sample(kind="red"), Sample(kind="blue"), Sample()]
    with pytest.raises(HalogradError, match="kinds that exclude one another"):
        models.draw_galaxies(0, halos, Overlapping(), {}, samples=samples)

    class Deaf(RedAndBlue):
        """Gives half of all galaxies to any range."""

        def weights(self, theta, columns, samples):
            of_all = super().weights(theta, columns, [Sample(kind=s.kind) for s in samples])
            share = np.array([0.5 if s.has_range else 1.0 for s in samples])
            return of_all * share

    with pytest.raises(HalogradError, match="do not add up"):
        models.draw_galaxies(0, halos, Deaf(), {})


def test_a_wrapper_must_not_reuse_a_name():
    space = RedAndBlue().space
    with pytest.raises(HalogradError, match="'cut' is there twice"):
        space | (models.Parameter("cut", 0.0),)
    assert (space | (models.Parameter("other", 0.0),)).names == (*space.names, "other")


def test_data_vectors_keep_kinds_and_crosses(halos, tmp_path):
    layout = inference.Observables(
        n=["red", (10.0, 10.5)], wp=["red", ("red", "blue")], xi=[(10.5, np.inf)],
        xi_edges=[1.0, 5.0], **BINS,
    )  # fmt: skip
    values = np.arange(1.0, layout.size + 1)
    data = inference.DataVector(layout, values, np.diag(values), notes={"imf": "Chabrier"})
    data.save(tmp_path / "data.hdf5")
    loaded = inference.DataVector.load(tmp_path / "data.hdf5")
    assert loaded.observables.statistics == layout.statistics
    np.testing.assert_array_equal(loaded.values, values)
    assert loaded.notes == data.notes
    assert inference.select(layout, wp=(0.0, 2.0)).sum() == 4


def test_damaged_data_vectors_are_refused(halos, tmp_path):
    layout = inference.Observables(n=["red", "blue"])
    data = inference.DataVector(layout, [1.0, 2.0], np.eye(2))
    path = tmp_path / "data.hdf5"
    data.save(path)
    whole = bytearray(path.read_bytes())
    for at in range(0, len(whole), 97):
        damaged = whole.copy()
        damaged[at] ^= 1
        path.write_bytes(damaged)
        try:
            loaded = inference.DataVector.load(path)
        except HalogradError:
            continue
        np.testing.assert_array_equal(loaded.values, data.values)
        np.testing.assert_array_equal(loaded.covariance, data.covariance)


def test_mock_covariance_of_n_is_that_of_independent_draws(halos):
    layout = inference.Observables(n=["red", "blue", (10.0, 10.5)])
    model = RedAndBlue()
    found = inference.mock_covariance(halos, model, layout, {}, n_mock=400)
    cells = np.asarray(inference.Predictor(halos, model, layout).weights(model.space.defaults))
    exact = (cells * (1 - cells)).sum(axis=0) / halos.volume**2
    order = [layout.samples.index(sample) for sample in layout.n]
    np.testing.assert_allclose(np.diag(found), exact[order], rtol=0.3)
