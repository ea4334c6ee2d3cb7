import astropy.units as u
import numpy as np
import pytest
from astropy.cosmology import FlatLambdaCDM

from halograd.catalogs import BOLSHOI_PLANCK, Cosmology
from halograd.errors import HalogradError
from halograd.stats import redshift_space_positions

BOX = np.array([100.0, 120.0, 90.0])
RNG = np.random.default_rng(0)
POSITIONS = RNG.random((200, 3)) * BOX
VELOCITIES = RNG.normal(scale=600.0, size=(200, 3))
SETUP = {"boxsize": BOX, "redshift": 0.5, "cosmology": BOLSHOI_PLANCK}


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("redshift", [0.0, 0.7, 2.0])
def test_shift_is_that_of_astropy(axis, redshift):
    cosmology = Cosmology(omega_m=0.29, h=0.71)
    shifted = redshift_space_positions(
        POSITIONS,
        VELOCITIES,
        boxsize=BOX,
        redshift=redshift,
        cosmology=cosmology,
        line_of_sight=axis,
    )
    peer = FlatLambdaCDM(H0=71.0, Om0=0.29, Tcmb0=0.0)
    velocity = VELOCITIES[:, axis] * u.km / u.s
    proper = velocity / peer.H(redshift)
    comoving = (proper * (1 + redshift)).to_value(u.Mpc) * 0.71
    expected = POSITIONS.copy()
    expected[:, axis] = (expected[:, axis] + comoving) % BOX[axis]
    np.testing.assert_allclose(shifted, expected, rtol=0, atol=1e-9)
    assert np.abs(comoving).max() > 5


def test_everything_stays_in_the_box():
    fast = np.array([[0.0, 0.0, 1e5], [0.0, 0.0, -1e-14], [0.0, 0.0, 0.0]])
    at = np.array([[1.0, 2.0, 89.0], [1.0, 2.0, 0.0], [100.0, 2.0, 90.0]])
    shifted = redshift_space_positions(at, fast, **SETUP)
    assert ((shifted >= 0) & (shifted < BOX)).all()
    np.testing.assert_array_equal(shifted[2], [0.0, 2.0, 0.0])
    np.testing.assert_array_equal(at[2], [100.0, 2.0, 90.0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cosmology": None}, "Hubble rate"),
        ({"redshift": -1.0}, "above -1"),
        ({"redshift": np.nan}, "redshift must be finite"),
        ({"line_of_sight": 3}, "axis 0, 1 or 2"),
        ({"boxsize": 50.0}, "outside"),
    ],
)
def test_bad_setup(change, message):
    with pytest.raises(HalogradError, match=message):
        redshift_space_positions(POSITIONS, VELOCITIES, **{**SETUP, **change})


def test_bad_velocities():
    with pytest.raises(HalogradError, match="shape of positions"):
        redshift_space_positions(POSITIONS, VELOCITIES[:, 2], **SETUP)
    with pytest.raises(HalogradError, match="velocities must be finite"):
        redshift_space_positions(POSITIONS, VELOCITIES * np.inf, **SETUP)
