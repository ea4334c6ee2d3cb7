import numpy as np
import pytest

from halograd import catalogs
from halograd.catalogs import CatalogError
from halograd.catalogs._reader_checks import check_halo_masses

COLUMNS = {
    **{"position": ["x", "y", "z"], "position_unit": "Mpc/h", "boxsize": 10, "redshift": 0},
    **{"mass": "m", "mass_unit": "Msun/h"},
}


@pytest.mark.parametrize(
    ("log_mass", "message"),
    [
        ([12.0, 22.0], r"heaviest halo has 10\^22 Msun/h, more than any halo; check the unit"),
        ([-1.0, 4.99], r"no halo is heavier than 10\^4.99 Msun/h; if the masses are logarithms"),
    ],
)
def test_masses_of_no_halo(log_mass, message):
    with pytest.raises(CatalogError, match=message):
        check_halo_masses(np.array(log_mass))


def test_light_halos_beside_one_that_may_be_real():
    check_halo_masses(np.array([1.0, 5.01]))
    check_halo_masses(np.array([]))


@pytest.mark.parametrize("min_mass", [None, 1e10])
def test_logarithms_given_as_masses(tmp_path, min_mass):
    path = tmp_path / "halos.csv"
    path.write_text("x,y,z,m\n1,2,3,12.1\n4,5,6,11.2\n")
    with pytest.raises(CatalogError, match=r"halos\.csv.*mass_is_log10 = true"):
        catalogs.read(path, columns=COLUMNS, min_mass=min_mass)
    halos = catalogs.read(path, columns=COLUMNS | {"mass_is_log10": True})
    assert halos.log_mpeak.tolist() == [12.1, 11.2]
