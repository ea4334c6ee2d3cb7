"""Single precision puts every pair in its bin in the compiled engine, however near an edge."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halograd.pairs import backends
from oracles import brute_force
from oracles.clustered_points import clustered
from oracles.pair_cases import projected, radial, rp_pi, s_mu

pytestmark = pytest.mark.skipif(
    not backends.native_available(), reason="the compiled pair engine is not installed"
)

SIDE = 12.0
N = 400
PERIODIC, OPEN = (SIDE, True), (None, False)


def binnings(edges, depths, cosines=(0.0, 0.6, 0.8, 1.0)):
    return {
        "projected": projected(edges, depths[-1]),
        "rp_pi": rp_pi(edges, depths),
        "radial": radial(edges),
        "s_mu": s_mu(edges, cosines),
    }


def close_pairs(rng):
    middles = rng.random((N // 8, 3)) * SIDE
    return (np.repeat(middles, 8, axis=0) + rng.standard_normal((N, 3)) * 1e-3) % SIDE


def box_corners(rng):
    """On faces, edges and corners of the box, its middle, and as near as float64 gets."""
    places = [0.0, np.nextafter(0, 1), 1e-3, SIDE / 2, SIDE - 1e-3, np.nextafter(SIDE, 0), SIDE]
    return rng.choice(places, (N, 3))


def lattice(spacing):
    def points(rng):
        return rng.integers(0, round(SIDE / spacing), (N, 3)) * spacing

    return points


LATTICE_BINS = binnings([0.1, 0.5, 1.3, 2.5, 5.0], [0.0, 0.3, 0.5, 4.0])
CASES = {
    "close": (close_pairs, PERIODIC, binnings([1e-3, 2e-3, 5e-3], [0.0, 1e-3, 4e-3])),
    "coincident": (close_pairs, PERIODIC, binnings([0.0, 1e-3, 5e-3, 1.0], [0.0, 1e-3, 2.0])),
    "corners": (box_corners, PERIODIC, binnings([0.0, 1e-3, 2e-3, 6.0], [1e-3, 2e-3, 6.0])),
    "lattice of 1/10": (lattice(0.1), PERIODIC, LATTICE_BINS),
    "lattice of 1/2": (lattice(0.5), PERIODIC, LATTICE_BINS),
    "half the box": (lattice(0.75), PERIODIC, binnings([0.0, 3.0, 6.0], [0.0, 3.0, 6.0])),
    "far from the origin": (
        lambda rng: lattice(0.1)(rng) + np.array([1e5, -1e5, 1e5]),
        OPEN,
        LATTICE_BINS,
    ),
    "close and far from the origin": (
        lambda rng: close_pairs(rng) + 1e5,
        OPEN,
        binnings([0.0, 1e-3, 5e-3, 9.0], [0.0, 1e-3, 5.0]),
    ),
    "clumps and uniform": (
        lambda rng: clustered(N, boxsize=np.full(3, SIDE)),
        PERIODIC,
        binnings([1e-3, 0.03, 1.0, 6.0], [0.0, 1.0, 6.0]),
    ),
}


def check(points, bins, boxsize, periodic, line_of_sight=2):
    options = {"periodic": periodic, "line_of_sight": line_of_sight, "backend": "native"}
    pairs = bins.auto(points, boxsize, **bins.arguments, **options)
    wrapped = points if boxsize is None else np.where(periodic, points % boxsize, points)
    matrix = bins.matrix(wrapped, wrapped, boxsize, periodic, line_of_sight)
    expected = brute_force.without_self(matrix)
    ones = np.ones(len(points), np.float32)
    around = pairs.per_point(ones)
    assert around.dtype == np.float32
    np.testing.assert_array_equal(around, expected.sum(axis=1))
    np.testing.assert_array_equal(pairs(ones), expected.sum(axis=(0, 1)))
    return expected


@pytest.mark.parametrize("geometry", ["projected", "rp_pi", "radial", "s_mu"])
@pytest.mark.parametrize("name", CASES)
def test_every_pair_is_in_its_bin(name, geometry):
    make_points, (boxsize, periodic), bins = CASES[name]
    points = make_points(np.random.default_rng(5))
    counts = check(points, bins[geometry], boxsize, periodic).sum(axis=(0, 1))
    assert np.count_nonzero(counts) > counts.size // 3


@settings(deadline=None, max_examples=15)
@given(
    lattice=hnp.arrays(np.int64, (30, 3), elements=st.integers(0, 11)),
    spacing=st.sampled_from([1 / 3, 0.1, 1e-3, 0.7071067811865476]),
    chosen=st.lists(st.integers(0, 10**6), min_size=3, max_size=3),
    periodic=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    line_of_sight=st.integers(0, 2),
    data=st.data(),
)
def test_edges_at_separations_that_occur(lattice, spacing, chosen, periodic, line_of_sight, data):
    """Every edge is the distance of some pair, computed in float64."""
    side = 12 * spacing
    points = lattice * spacing
    apart = brute_force.axis_separations(points, points, side, periodic)
    distances = np.unique(np.sqrt((apart**2).sum(axis=2)))
    distances = distances[distances <= side / 2]
    edges = np.unique(np.append(distances[np.array(chosen) % len(distances)], side / 2))
    if len(edges) < 2:
        edges = np.array([0.0, side / 2])
    heights = np.unique([0.0, *edges])
    name = data.draw(st.sampled_from(["projected", "rp_pi", "radial", "s_mu"]))
    bins = binnings(edges, heights, cosines=[0.0, 0.5, 0.6, 1.0])[name]
    check(points, bins, side, periodic, line_of_sight)
