"""Every public function that takes numbers, with every type that a user may hold them in.

A type that holds the numbers gives what float64 gives; one that cannot is refused.
"""

from types import SimpleNamespace

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from halograd import bounds, kernels, models, pairs, sham, stats
from halograd.catalogs import Cosmology
from halograd.errors import HalogradError
from halograd.samples import samples_from
from oracles import brute_force, number_types, pair_cases
from oracles.toy_universe import toy_universe

RNG = np.random.default_rng(3)
N, SIDE = 24, 40.0
POINTS = RNG.integers(0, 40, (N, 3)).astype(float)
OTHERS = RNG.integers(0, 40, (N + 3, 3)).astype(float)
W1, W2, W3 = (RNG.integers(0, 9, n).astype(float) for n in (N, N, N + 3))
ONES = RNG.integers(0, 2, (N, 2)).astype(float)
PROFILES = RNG.integers(-9, 9, (N, 3)).astype(float)
MASSES = np.array([11.0, 12.0, 13.0, 14.0])
MEANS = np.array([9.0, 10.0, 11.0])
COSMOLOGY = Cosmology(omega_m=0.3, h=0.7)
BINNINGS = {
    "projected": pair_cases.projected([1, 8, 20], 15),
    "rp_pi": pair_cases.rp_pi([1, 8, 20], [0, 4, 15]),
    "radial": pair_cases.radial([1, 8, 20]),
    "s_mu": pair_cases.s_mu([1, 8, 20], [0, 1]),
}
HALOS = toy_universe(30, 100)
SHMF = sham.bolshoi_planck(0.0)
SMF = sham.Schechter(-2.0, 11.0, -1.0)


def make(binning, kind="auto", **changed):
    """The pairs of a binning, some arguments changed."""
    given = {**binning.arguments, **changed}
    boxsize, first = given.pop("boxsize", SIDE), given.pop("positions", POINTS)
    if kind == "auto":
        return binning.auto(first, boxsize, **given)
    return binning.cross(first, given.pop("positions2", OTHERS), boxsize, **given)


def matrix(binning, kind="auto"):
    if kind == "auto":
        return brute_force.without_self(binning.matrix(POINTS, POINTS, SIDE))
    return binning.matrix(POINTS, OTHERS, SIDE)


def counts(w1, matrix, w2):
    return np.einsum("i,ij...,j->...", w1, matrix, w2)


def excess(binning, w1, w2):
    """DD / RR - 1 by its definition."""
    edges, along = binning.edges, binning.line_of_sight_edges
    if binning.is_projected:
        volumes = np.pi * np.diff(edges**2)[:, None] * 2 * np.diff(along)
    else:
        volumes = 4 * np.pi / 3 * np.diff(edges**3)[:, None] * np.diff(along)
    volumes = volumes if binning.n_axes == 2 else volumes[:, 0]
    number = w1.sum() * w2.sum() - (w1 * w2).sum()
    return counts(w1, matrix(binning), w2) / (number * volumes / SIDE**3) - 1


def triweight(mean, sigma, edges):
    """Probability between edges by a fine sum over the density."""
    u = np.linspace(-3, 3, 200_001)
    density = 35 / 96 * (1 - (u / 3) ** 2) ** 3
    cdf = np.cumsum(density) * (u[1] - u[0])
    return np.diff(np.interp((edges - mean[:, None]) / sigma, u, cdf), axis=1)


def pair_rows():
    for name, binning in BINNINGS.items():
        auto, cross = matrix(binning), matrix(binning, "cross")
        one, two = make(binning), make(binning, "cross")
        expected = counts(W1, auto, W1)
        yield f"{name} weights", one, W1, expected
        yield f"{name} sample weights", one, ONES, np.stack([counts(w, auto, w) for w in ONES.T])
        yield f"{name} cross 1", lambda w, p=one: p.cross(w, W2), W1, counts(W1, auto, W2)
        yield f"{name} cross 2", lambda w, p=one: p.cross(W2, w), W1, counts(W1, auto, W2)
        yield f"{name} per point", one.per_point, W1, np.einsum("ij...,j->i...", auto, W1)
        yield f"{name} total", one.total, W1, W1.sum()
        yield f"{name} overlap", lambda w, p=one: p.overlap(w, W2), W1, W1 @ W2
        between = counts(W1, cross, W3)
        yield f"{name} sets 1", lambda w, p=two: p(w, W3), W1, between
        yield f"{name} sets 2", lambda w, p=two: p(W1, w), W3, between
        yield f"{name} sets per point", two.per_point, W3, np.einsum("ij...,j->i...", cross, W3)
        bins = {key: np.asarray(value, float) for key, value in binning.arguments.items()}
        for argument, values in {"positions": POINTS, "boxsize": np.array(SIDE), **bins}.items():
            yield (
                f"{name} {argument}",
                lambda x, a=argument, b=binning: make(b, **{a: x})(W1),
                values,
                expected,
            )
            yield (
                f"{name} sets {argument}",
                lambda x, a=argument, b=binning: make(b, "cross", **{a: x})(W1, W3),
                values,
                between,
            )


def stats_rows():
    volume, width = np.array(64.0), np.array([2.0, 4.0])
    density = ONES.sum(0) / 64
    yield "number_density weights", lambda w: stats.number_density(w, 64), ONES, density
    yield "number_density volume", lambda v: stats.number_density(ONES, v), volume, density
    smf = lambda w, v, d: stats.stellar_mass_function(w, v, d)  # noqa: E731
    yield "smf weights", lambda w: smf(w, 64, width), ONES, density / width
    yield "smf volume", lambda v: smf(ONES, v, width), volume, density / width
    yield "smf bin_width", lambda d: smf(ONES, 64.0, d), width, density / width
    stacked = W1 @ PROFILES / W1.sum()
    yield "delta_sigma weights", lambda w: stats.delta_sigma(w, PROFILES), W1, stacked
    yield "delta_sigma profiles", lambda p: stats.delta_sigma(W1, p), PROFILES, stacked
    lonely = np.eye(N)[:, :2] * [0.0, 1.0]
    yield "empty_samples", stats.empty_samples, lonely, [True, False]
    yield "pairless_samples", stats.pairless_samples, np.hstack([lonely, ONES]), [1, 1, 0, 0]
    pairless = lambda w: stats.pairless_samples(lonely, w)  # noqa: E731
    yield "pairless_samples cross_with", pairless, np.ones((N, 2)), [True, False]
    several = lambda m: stats.pairless_samples(lonely[:, 1], multiplicity=m)  # noqa: E731
    yield "pairless_samples multiplicity", several, np.full(N, 2.0), False
    functions = {
        "projected": lambda w, p, **k: stats.wp(w, p, **k) / 30,
        "radial": stats.xi,
        "rp_pi": stats.xi_rp_pi,
        "s_mu": stats.xi_s_mu,
    }
    for name, function in functions.items():
        binning, made = BINNINGS[name], make(BINNINGS[name])
        yield f"xi {name}", lambda w, f=function, p=made: f(w, p), W1, excess(binning, W1, W1)
        second = lambda w, f=function, p=made: f(W1, p, cross_with=w)  # noqa: E731
        yield f"xi {name} cross_with", second, W2, excess(binning, W1, W2)
    monopole = excess(BINNINGS["s_mu"], W1, W1).T
    s_mu = make(BINNINGS["s_mu"])
    yield "multipoles", lambda w: stats.multipoles(w, s_mu, (0,)), W1, monopole
    crossed = lambda w: stats.multipoles(W1, s_mu, (0,), cross_with=w)  # noqa: E731
    yield "multipoles cross_with", crossed, W2, excess(BINNINGS["s_mu"], W1, W2).T
    edges = np.array([9.0, 10.0, 12.0])
    weights = triweight(MEANS, 1.0, edges)
    yield "sample_weights mean", lambda m: stats.sample_weights(m, 1, edges), MEANS, weights
    yield (
        "sample_weights scatter",
        lambda s: stats.sample_weights(MEANS, s, edges),
        (np.ones(3)),
        weights,
    )
    yield "sample_weights edges", lambda e: stats.sample_weights(MEANS, 1.0, e), edges, weights
    interval = lambda low, high: stats.interval_weights(MEANS, 1.0, low, high)  # noqa: E731
    yield "interval_weights low", lambda e: interval(e, edges[1:]), edges[:-1], weights
    yield "interval_weights high", lambda e: interval(edges[:-1], e), edges[1:], weights
    yield "hartlap", lambda n: stats.hartlap(n, 8), np.array(100.0), 90 / 99
    yield "percival", lambda n: stats.percival(100, 20, n), np.array(20.0), 99 / 99
    yield "redshift_space positions", lambda x: shifted(positions=x), POINTS, by_hand()
    yield "redshift_space velocities", lambda v: shifted(velocities=v), VELOCITIES, by_hand()
    yield "redshift_space boxsize", lambda b: shifted(boxsize=b), np.array(SIDE), by_hand()
    yield "redshift_space redshift", lambda z: shifted(redshift=z), np.array(1.0), by_hand()
    yield from unchanged_rows()


VELOCITIES = RNG.integers(-60, 60, (N, 3)).astype(float)


def shifted(**changed):
    given = {"positions": POINTS, "velocities": VELOCITIES, "boxsize": SIDE, "redshift": 1.0}
    given |= changed
    points, velocities = given.pop("positions"), given.pop("velocities")
    return stats.redshift_space_positions(points, velocities, cosmology=COSMOLOGY, **given)


def by_hand():
    along = POINTS[:, 2] + VELOCITIES[:, 2] * 2 / (100 * np.sqrt(0.3 * 8 + 0.7))
    return np.column_stack([POINTS[:, :2], along % SIDE])


def unchanged_rows():
    """Functions tested elsewhere against brute force: here as for float64."""
    edges = np.array([1.0, 8.0, 20.0])
    jackknife = lambda **k: stats.Jackknife(  # noqa: E731
        *({"positions": POINTS, "boxsize": SIDE, "rp_edges": edges, "pi_max": 15.0} | k).values(),
        n_side=2,
    )
    one = jackknife()
    vectors = lambda j, w=W1, p=PROFILES: j.leave_one_out(w, p).vectors  # noqa: E731
    for name, values in {"positions": POINTS, "boxsize": SIDE, "rp_edges": edges}.items():
        yield same(f"Jackknife {name}", lambda x, n=name: vectors(jackknife(**{n: x})), values)
    yield same("Jackknife pi_max", lambda x: vectors(jackknife(pi_max=x)), 15.0)
    yield same("Jackknife weights", lambda w: vectors(one, w=w), W1)
    yield same("Jackknife profiles", lambda p: vectors(one, p=p), PROFILES)
    few = SimpleNamespace(r=np.array([1.0, 2.0, 5.0]), w=np.ones(30))
    halos, matter = HALOS, HALOS.particles
    profiles = lambda x, r=few.r: stats.delta_sigma_profiles(x, matter, r)  # noqa: E731
    yield same("delta_sigma_profiles positions", profiles, np.rint(halos.positions) % 60)
    yield same("delta_sigma_profiles r_edges", lambda r: profiles(halos.positions, r), few.r)
    yield same("lensing_profiles", lambda r: stats.lensing_profiles(halos, r), few.r)
    tenth = type(matter)(matter.positions, matter.masses, matter.boxsize, fraction=0.1)
    noise = lambda w, r: stats.subsampling_covariance(w, halos.positions, tenth, r)  # noqa: E731
    yield same("subsampling weights", lambda w: noise(w, few.r), few.w)
    yield same("subsampling r_edges", lambda r: noise(few.w, r), few.r)


def same(name, call, values):
    values = np.asarray(values, float)
    return name, call, values, call(values)


def sham_rows():
    relation = sham.ThreeRoll()
    table = sham.RelationTable.from_nodes(MASSES, MASSES - 2)
    functions = {
        "Schechter log_density": SMF.log_density,
        "Schechter density": SMF.density,
        "Schechter log_cumulative_density": SMF.log_cumulative_density,
        "Double log_density": sham.DoubleSchechter(11, -2, -1, -3, -2).log_density,
        "TabulatedSMF log_density": sham.TabulatedSMF(MASSES, 9 - MASSES).log_density,
        "Scatter": sham.Scatter(1.0, 0.0),
        "abundance log_density": SHMF.log_density,
        "abundance log_cumulative_density": SHMF.log_cumulative_density,
        "abundance table": sham.TabulatedAbundance(MASSES, 9 - MASSES).log_cumulative_density,
        "ThreeRoll": relation,
        "RelationTable": table,
        "smf_from_relation": lambda m: sham.smf_from_relation(m, relation, sham.Scatter(), SHMF),
        "mean_log_mstar": lambda m: sham.mean_log_mstar(m, SMF, sham.Scatter(), SHMF, "network"),
        "assign log_mpeak": lambda m: sham.assign_stellar_masses(
            jax.random.key(0), m, 1e5, SMF, sham.Scatter(0.0, 0.0)
        ),
    }
    for name, function in functions.items():
        yield same(name, function, MASSES)
    ranks = np.array([-4.0, -3.0, -2.0])
    yield same("log_m_at", SHMF.log_m_at, ranks)
    yield same("log_mstar_at", SMF.log_mstar_at, ranks)
    at = lambda f: f.log_density(12.0)  # noqa: E731
    yield same("Schechter log_phi", lambda x: at(sham.Schechter(log_phi=x)), -2.0)
    yield same("TabulatedSMF grid", lambda x: at(sham.TabulatedSMF(x, 9 - MASSES)), MASSES)
    yield same("Scatter low", lambda x: sham.Scatter(low=x)(12.0), 1.0)
    yield same("ThreeRoll k", lambda x: sham.ThreeRoll(k=x)(12.0), 2.0)
    power = sham.RollingPowerLaw
    yield same("RollingPowerLaw", lambda x: at(power(-4.0, x)), 13.0)
    yield same("bolshoi_planck", lambda z: at(sham.bolshoi_planck(z)), 1.0)
    nodes = sham.RelationTable.from_nodes
    yield same("from_nodes", lambda x: nodes(MASSES, x)(12.5), MASSES - 2)
    rank = lambda v: sham.assign_stellar_masses(  # noqa: E731
        jax.random.key(0), MASSES, v, SMF, sham.Scatter(0.0, 0.0)
    )
    yield same("assign volume", rank, 100.0)


def model_rows():
    model = models.SmhmModel()
    samples = samples_from([(9.0, 10.0), (10.0, 12.0)])
    weigh = lambda m, **theta: model.weights(theta, {"log_mpeak": m}, samples)  # noqa: E731
    yield same("weights log_mpeak", weigh, MASSES)
    yield same("theta", lambda x: weigh(MASSES, log_m_crit=x), 12.0)
    space = model.space
    yield same("to_unbounded", lambda x: space.to_unbounded({"log_m_crit": x}), 12.0)
    yield same("to_theta", lambda u: space.to_theta(u)["low_end"], np.zeros(len(space.free)))
    yield same("log_prior", space.log_prior, np.ones(len(space.free)))
    yield same("to_bounded", lambda u: bounds.to_bounded(u, 0.0, 4.0), 1.0)
    yield same("bounds low", lambda x: bounds.to_bounded(2.0, x, 4.0), 1.0)
    yield same("log_slope", lambda u: bounds.log_slope(u, 0.0, 4.0), 1.0)
    yield same("parameter value", lambda x: float(number(x)), 2.0)
    shape = kernels.kernel("normal")
    us = np.array([-1.0, 0.0, 2.0])
    yield same("pdf", shape.pdf, us)
    yield same("cdf", shape.cdf, us)
    yield same("interval low", lambda u: shape.interval(u, 3.0), us)
    probability = lambda m, s: kernels.interval_probability(m, s, 9, 11, "normal")  # noqa: E731
    yield same("interval_probability", lambda m: probability(m, 1), MEANS)
    yield same("interval_probability scatter", lambda s: probability(10, s), 2.0)


def number(value):
    return models.ParameterSpace([models.Parameter("a", value, 0.0, 9.0)]).defaults["a"]


def nodes_rows():
    nodes = pairs.Nodes({"m": MASSES})
    halos = np.array([11.0, 12.0, 14.0])
    yield same("Nodes halos", lambda m: nodes.hats({"m": m}).matrix.toarray(), halos)
    yield same("Nodes", lambda x: pairs.Nodes({"m": x})["m"], MASSES)
    one, column = make(BINNINGS["radial"]), np.clip(POINTS[:, 0], 11, 14)
    table = pairs.tabulate(one, nodes, {"m": column}, profiles=PROFILES)
    yield same("tabulate", lambda m: pairs.tabulate(one, nodes, {"m": m})(np.ones(4)), column)
    stacked = lambda p: pairs.tabulate(one, nodes, {"m": column}, profiles=p).profiles  # noqa: E731
    yield same("tabulate profiles", stacked, PROFILES)
    w = np.array([0.0, 1.0, 3.0, 2.0])
    yield same("table", table, w)
    yield same("table galaxies", table.galaxies, w)
    yield same("table total", table.total, w)
    yield same("table overlap", lambda x: table.overlap(x, w), w)


GROUPS = [pair_rows, stats_rows, sham_rows, model_rows, nodes_rows]


def fault(call, given, expected):
    """What is wrong with the answer to numbers of one type, or None."""
    try:
        assert_allclose(np.asarray(call(given), float), expected, rtol=2e-5, atol=2e-6)
    except Exception as wrong:  # all of them are told together
        return f"{type(wrong).__name__}: {wrong}"
    return None


def in_turn(row, kinds):
    """Three of the types, so that every few functions see them all."""
    names = list(kinds)
    return {names[(3 * row + k) % len(names)]: None for k in range(3)}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_types_that_hold_the_numbers(group, every):
    wrong = {}
    for row, (name, call, values, expected) in enumerate(group()):
        kept = number_types.kept(values)
        for kind in kept if every else in_turn(row, kept):
            given = kept[kind]
            found = fault(call, given, expected)
            if found:
                wrong[name, kind] = found
    assert not wrong, "\n".join(f"{key}: {what[:300]}" for key, what in wrong.items())


@pytest.mark.parametrize("group", GROUPS)
def test_types_that_cannot_are_refused(group):
    wrong = {}
    for name, call, values, _ in group():
        for kind, spoil in number_types.REFUSED.items():
            try:
                call(spoil(values))
            except HalogradError as error:
                if not 20 < len(str(error)) < 700:
                    wrong[name, kind] = str(error)
            except Exception as error:
                wrong[name, kind] = repr(error)
            else:
                wrong[name, kind] = "accepted"
    assert not wrong, "\n".join(f"{key}: {what[:300]}" for key, what in wrong.items())
