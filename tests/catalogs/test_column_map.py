import pytest

from halograd.catalogs import CatalogError, ColumnMap, MassColumn, SatelliteRule

TOML = """
[catalog]
path = "halos.h5"

[catalog.columns]
position = ["x", "y", "z"]
position_unit = "kpc/h"
mass = {column = "Mvir", satellites = "infallMvir"}
mass_unit = "1e10 Msun/h"
boxsize = "BoxSize"
redshift = 0.5
is_satellite = {column = "Type", not_equal = 0}
extra = ["Vmax"]
"""


def test_every_form_ends_in_one():
    columns = ColumnMap(
        position="Pos", mass="Mpeak", is_satellite="sat", extra={"vmax": "Vmax"}, origin=-5
    )
    assert columns.mass == MassColumn("Mpeak")
    assert columns.is_satellite == SatelliteRule("sat")
    assert columns.origin == (-5.0, -5.0, -5.0)
    assert columns.columns() == ["Pos", "Mpeak", "sat", "Vmax"]


def test_a_table_in_a_larger_toml_file(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(TOML)
    columns = ColumnMap.from_toml(path, "catalog.columns")
    assert columns.mass == MassColumn("Mvir", "infallMvir")
    assert columns.is_satellite == SatelliteRule("Type", not_equal=0)
    assert columns.columns() == ["x", "y", "z", "Mvir", "infallMvir", "Type", "Vmax"]
    with pytest.raises(CatalogError, match=r"no table \[catalog.colums\]"):
        ColumnMap.from_toml(path, "catalog.colums")
    with pytest.raises(CatalogError, match="the column map has no key 'catalog'"):
        ColumnMap.from_toml(path)


@pytest.mark.parametrize("content", [b"position = [", b"\xff\xfe"])
def test_a_broken_toml_file(tmp_path, content):
    (tmp_path / "map.toml").write_bytes(content)
    with pytest.raises(CatalogError, match=r"map\.toml: cannot be read as a TOML file"):
        ColumnMap.from_toml(tmp_path / "map.toml")


def test_a_missing_toml_file(tmp_path):
    with pytest.raises(CatalogError, match="cannot be read as a TOML file"):
        ColumnMap.from_toml(tmp_path / "map.toml")


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"box_size": 10}, "no key 'box_size'; did you mean 'boxsize'"),
        ({"Redshift": 0}, "no key 'Redshift'; did you mean 'redshift'"),
        ({"qqqq": 0}, "no key 'qqqq'; valid keys are position, "),
        ({"position": ["x", "y"]}, "position must name three columns or one"),
        ({"position": [0, 1, 2]}, "position must name three columns or one"),
        ({"velocity": 3.0}, "velocity must name three columns or one"),
        ({"position_unit": "mpc/h"}, "position_unit must be one of .*did you mean 'Mpc/h'"),
        ({"mass_unit": "msun"}, "mass_unit must be one of .*did you mean 'Msun'"),
        ({"mass_unit": -1.0}, "mass_unit must be positive"),
        ({"velocity_unit": "m/s"}, "velocity_unit must be one of .*did you mean 'km/s'"),
        ({"wrap": "yes"}, "wrap must be true or false"),
        ({"mass_is_log10": 1}, "mass_is_log10 must be true or false"),
        ({"halo_id": 7}, "halo_id must be a name"),
        ({"min_mass": 0}, "min_mass must be a positive number"),
        ({"origin": [0, 0]}, "origin must be one number or three"),
        ({"origin": "centre"}, "origin must be numbers"),
        ({"mass": {"satellites": "a"}}, "mass must name its column"),
        ({"mass": {"column": "a", "satelites": "b"}}, "did you mean 'satellites'"),
        ({"mass": ["a"]}, "mass must be a column name or a table"),
        ({"is_satellite": {"column": "a", "equals": 1}}, "did you mean 'equal'"),
        ({"is_satellite": {"column": "a", "equal": 1, "not_equal": 2}}, "not both"),
        ({"redshift": 0, "scale_factor": 1}, "give one of them"),
        ({"host_id": "pid"}, "does not declare halo_id"),
        ({"velocity": "vel"}, "does not declare velocity_unit"),
        ({"extra": [1]}, "extra must hold column names"),
        ({"cosmology": {"omega_m": 0.3}}, "cosmology does not declare h"),
        ({"cosmology": {"omega_m": 0.3, "h": 0.7, "sigma_8": 0.8}}, "did you mean 'sigma8'"),
        ({"cosmology": 0.3}, "cosmology must be a table"),
        ([1, 2], "a column map is a table of keys, got list"),
    ],
)
def test_bad_maps(mapping, message):
    with pytest.raises(CatalogError, match=message):
        ColumnMap.from_mapping(mapping)


def test_what_is_missing_is_named_with_an_example():
    with pytest.raises(CatalogError, match="does not declare boxsize: add boxsize = 250"):
        ColumnMap(position="Pos").require("position", "boxsize")
