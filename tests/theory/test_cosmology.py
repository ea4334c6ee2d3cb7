import pytest

from halograd.catalogs import BOLSHOI_PLANCK, CatalogError, Cosmology


def test_mean_matter_density_scales_the_critical_density():
    # 3 (100 km/s/Mpc)^2 / (8 pi G) with G = 4.30091e-9 Mpc km^2 / s^2 / Msun.
    critical = 3 * 100**2 / (8 * 3.141592653589793 * 4.30091e-9)
    assert BOLSHOI_PLANCK.mean_matter_density == pytest.approx(0.307115 * critical, rel=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"omega_m": 0.0}, "omega_m must lie in"),
        ({"omega_m": 1.1}, "omega_m must lie in"),
        ({"h": 70.0}, "h must be H0 / "),
        ({"omega_b": -0.1}, "omega_b must be positive"),
        ({"sigma8": float("nan")}, "sigma8 must be finite"),
        ({"n_s": 0}, "n_s must be positive"),
    ],
)
def test_impossible_values(changes, message):
    with pytest.raises(CatalogError, match=message):
        Cosmology(**({"omega_m": 0.3, "h": 0.7} | changes))
