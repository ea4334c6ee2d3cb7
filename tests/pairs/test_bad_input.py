import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.pairs import (
    ProjectedCrossPairs,
    ProjectedPairs,
    RadialPairs,
    RpPiPairs,
    SMuCrossPairs,
    SMuPairs,
)

POINTS = np.ones((3, 3))
RP, R = [1.0, 2.0], [1.0, 26.0]
PI, MU = [0.0, 10.0], [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: RpPiPairs(POINTS, 50.0, RP, [0.0, 26.0]), "line of sight .25 Mpc/h.*got 26"),
        (lambda: RpPiPairs(POINTS, 50.0, RP, [3.0, 2.0]), "pi_edges must increase"),
        (lambda: RpPiPairs(POINTS, 50.0, RP, [-1.0, 2.0]), "pi_edges must start at 0"),
        (lambda: RpPiPairs(POINTS, 50.0, RP, [1.0]), "pi_edges must be at least two"),
        (lambda: RpPiPairs(POINTS, 50.0, [0.0, np.nan], PI), "rp_edges must be finite"),
        (lambda: RadialPairs(POINTS, 50.0, R), "half the box"),
        (lambda: RadialPairs(POINTS, [50.0, 50.0, 30.0], [1.0, 16.0]), "half the box"),
        (lambda: RadialPairs(POINTS, 50.0, [2.0, 2.0]), "r_edges must increase"),
        (lambda: SMuPairs(POINTS, 50.0, RP, [0.0, 1.2]), "between 0 and 1"),
        (lambda: SMuPairs(POINTS, 50.0, RP, [-0.1, 1.0]), "mu_edges must start at 0"),
        (lambda: SMuPairs(POINTS, 50.0, [0.5, 0.1], MU), "s_edges must increase"),
        (lambda: ProjectedPairs(POINTS, 50.0, RP, [1.0, 2.0]), "one positive number"),
        (lambda: ProjectedPairs(POINTS, None, RP, 5.0), "boxsize is missing.*periodic=False"),
        (
            lambda: ProjectedPairs(POINTS, None, RP, 5.0, periodic=(True, False, False)),
            "boxsize is missing",
        ),
        (lambda: ProjectedPairs(POINTS + 60, 50.0, RP, 5.0, periodic=False), r"\[0, L\)"),
        (lambda: ProjectedPairs(POINTS, 50.0, RP, 5.0, periodic="yes"), "periodic must be"),
        (lambda: ProjectedPairs(POINTS, 50.0, RP, 5.0, periodic=(True, False)), "periodic must"),
        (lambda: ProjectedPairs(POINTS, 50.0, RP, 5.0, line_of_sight=3), "axis 0, 1 or 2"),
        (lambda: ProjectedPairs(POINTS, 50.0, RP, 5.0, line_of_sight="z"), "axis 0, 1 or 2"),
        (lambda: ProjectedPairs(POINTS, 50.0, RP, 5.0, memory="kept"), "did you mean 'keep'"),
        (lambda: ProjectedPairs(POINTS, 50.0, RP, 5.0, threads=0), "at least 1"),
        (lambda: ProjectedPairs(POINTS, 50.0, RP, 5.0, threads=1.5), "whole number"),
        (lambda: SMuCrossPairs(POINTS, -POINTS, 50.0, RP, MU), r"\[0, L\)"),
        (lambda: ProjectedPairs(POINTS * np.nan, 50.0, RP, 5.0), "positions must be finite"),
        (lambda: ProjectedPairs(POINTS * np.inf, 50.0, RP, 5.0), "positions must be finite"),
        (lambda: ProjectedPairs(-POINTS, 50.0, RP, 5.0), r"\[0, L\)"),
        (lambda: ProjectedPairs(POINTS * 51, 50.0, RP, 5.0), r"\[0, L\)"),
        (lambda: ProjectedPairs(POINTS[:, :2], 50.0, RP, 5.0), "shape"),
        (lambda: ProjectedPairs(POINTS, -50.0, RP, 5.0), "positive"),
        (lambda: ProjectedPairs(POINTS, 0.0, RP, 5.0), "positive"),
        (lambda: ProjectedPairs(POINTS, [50.0, 50.0], RP, 5.0), "one number or three"),
        (lambda: ProjectedPairs(POINTS, 50.0, [1.0, 1.0], 5.0), "rp_edges must increase"),
        (lambda: ProjectedPairs(POINTS, 50.0, [1.0], 5.0), "rp_edges must be at least two"),
        (lambda: ProjectedPairs(POINTS, 50.0, [-1.0, 1.0], 5.0), "rp_edges must start at 0"),
        (lambda: ProjectedPairs(POINTS, 50.0, R, 5.0), "half the box"),
        (lambda: ProjectedPairs(POINTS, 50.0, RP, 26.0), "half the box"),
        (lambda: ProjectedPairs(POINTS, 50.0, RP, 0.0), "positive"),
        (lambda: ProjectedPairs(POINTS, 50.0, RP, np.nan), "finite"),
        (lambda: ProjectedCrossPairs(POINTS, POINTS, 50.0, R), "half the box"),
        (lambda: SMuCrossPairs(POINTS, POINTS[:, :2], 50.0, RP, MU), "shape"),
    ],
)
def test_bad_geometry_and_options(build, message):
    with pytest.raises(HalogradError, match=message):
        build()


def test_limits_hold_for_the_axes_concerned_only():
    """Across the sky for rp, along the line of sight for pi, and no limit on open axes."""
    sides = [20.0, 50.0, 50.0]
    with pytest.raises(HalogradError, match="half the box"):
        ProjectedPairs(POINTS, sides, [1.0, 20.0], 9.0)
    ProjectedPairs(POINTS, sides, [1.0, 20.0], 9.0, line_of_sight=0)
    with pytest.raises(HalogradError, match="half the box"):
        ProjectedPairs(POINTS, sides, [1.0, 20.0], 11.0, line_of_sight=0)
    open_x = (False, True, True)
    ProjectedPairs(POINTS, sides, [1.0, 20.0], 11.0, line_of_sight=0, periodic=open_x)
    RadialPairs(POINTS, sides, [1.0, 25.0], periodic=open_x)


def test_an_unknown_option_is_refused():
    with pytest.raises(HalogradError, match=r"did you mean .threads"):
        ProjectedPairs(POINTS, 50.0, RP, 5.0, treads=2)


def test_weights_of_one_set():
    pairs = ProjectedPairs(POINTS, 50.0, RP, 5.0)
    with pytest.raises(HalogradError, match="one row per point"):
        pairs(np.ones((2, 2)))
    with pytest.raises(HalogradError, match="one row per point"):
        pairs(np.ones((1, 3, 2)))
    with pytest.raises(HalogradError, match="same shape"):
        pairs.cross(np.ones(3), np.ones((3, 2)))


def test_weights_of_two_sets():
    pairs = SMuCrossPairs(POINTS, POINTS[:2], 50.0, RP, MU)
    with pytest.raises(HalogradError, match="weights2 must have shape"):
        pairs(np.ones(3), np.ones(3))
    with pytest.raises(HalogradError, match="same number of samples"):
        pairs(np.ones((3, 2)), np.ones(2))
    with pytest.raises(HalogradError, match="weights1 must have shape"):
        pairs(np.ones((1, 3, 2)), np.ones((2, 2)))
