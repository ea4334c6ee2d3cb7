from dataclasses import replace

import numpy as np
import pytest

from halograd.catalogs import BOLSHOI_PLANCK, CatalogError, HaloCatalog, Particles

BOX = 10.0


def catalog(n_halo=4, **changes):
    given = {
        "positions": np.linspace(0.5, 9.5, 3 * n_halo).reshape(n_halo, 3),
        "log_mpeak": np.linspace(11, 13, n_halo),
        "boxsize": BOX,
        "redshift": 0.5,
    }
    return HaloCatalog(**(given | changes))


@pytest.mark.parametrize("n_halo", [0, 1, 2, 50])
def test_any_number_of_halos(n_halo):
    halos = catalog(n_halo)
    assert len(halos) == n_halo
    assert halos.positions.shape == (n_halo, 3)
    assert halos.is_satellite.shape == (n_halo,)
    assert not halos.is_satellite.any()
    assert halos.volume == 1000.0


def test_an_empty_list_of_positions_is_an_empty_catalogue():
    assert len(catalog(0, positions=[], log_mpeak=[])) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["positions", "log_mpeak", "velocities", "redshift", "boxsize"])
def test_not_finite(name, bad):
    given = {
        "positions": np.ones((4, 3)),
        "log_mpeak": np.full(4, 12.0),
        "velocities": np.ones((4, 3)),
        "redshift": np.array(0.5),
        "boxsize": np.full(3, BOX),
    }
    given[name][(..., -1) if given[name].ndim else ()] = bad
    with pytest.raises(CatalogError, match=f"{name} must be finite"):
        catalog(**given)


@pytest.mark.parametrize("outside", [-1e-9, -5.0, BOX + 1e-9, 1e4])
def test_outside_the_box(outside):
    positions = np.ones((4, 3))
    positions[2, 1] = outside
    with pytest.raises(CatalogError, match=r"1 of 4 lie outside: position 2 .* on axis 1"):
        catalog(positions=positions)


def test_the_upper_face_wraps_to_zero():
    positions = np.array([[BOX, 0.0, 5.0]])
    halos = catalog(1, positions=positions)
    assert halos.positions.tolist() == [[0.0, 0.0, 5.0]]
    assert positions[0, 0] == BOX


def test_a_box_of_unequal_sides():
    halos = catalog(boxsize=(10, 20, 30))
    assert halos.volume == 6000
    with pytest.raises(CatalogError, match="lie outside"):
        catalog(1, boxsize=(10, 20, 30), positions=[[15.0, 15.0, 15.0]])


@pytest.mark.parametrize(
    ("boxsize", "message"),
    [
        (0.0, "must be positive"),
        (-1.0, "must be positive"),
        ((10, 10, 0), "must be positive"),
        (None, "boxsize is missing"),
        ((1, 2), "one number or three"),
        ("wide", "must be numbers"),
    ],
)
def test_bad_boxsize(boxsize, message):
    with pytest.raises(CatalogError, match=message):
        catalog(boxsize=boxsize)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": np.ones((4, 2))}, r"positions must have shape \(n, 3\), got \(4, 2\)"),
        ({"positions": np.ones(12)}, "positions must have shape"),
        ({"log_mpeak": np.ones(3)}, r"log_mpeak must have shape \(4\), got \(3,\)"),
        ({"log_mpeak": np.full(4, 1e12)}, "take the logarithm first"),
        ({"is_satellite": [True]}, "is_satellite must have shape"),
        ({"is_satellite": [0, 1, 2, 0]}, "is_satellite must be True or False"),
        ({"velocities": np.ones((3, 3))}, "velocities must have shape"),
        ({"halo_id": [1.0, 2.0, 3.0, 4.0]}, "halo_id must be integers"),
        ({"halo_id": np.full(4, 2**63, np.uint64)}, "64-bit signed"),
        ({"host_index": [0, 1, 2, 4]}, r"host_index must be a row of the catalogue \(0 to 3\)"),
        ({"host_index": [0, 1, 2, -2]}, "host_index must be a row"),
        ({"redshift": -1.0}, "redshift must be above -1"),
        ({"redshift": None}, "redshift is missing"),
        ({"redshift": [0.0, 1.0]}, "redshift must have shape"),
        ({"extra": {"vmax": np.ones(3)}}, "'vmax' must have 4 rows"),
        ({"extra": {"vmax": 1.0}}, "'vmax' must have 4 rows"),
        ({"extra": {"positions": np.ones(4)}}, "has the name of a column of the schema"),
        ({"extra": {"": np.ones(4)}}, "extra columns need names"),
        ({"cosmology": {"omega_m": 0.3}}, "cosmology must be a Cosmology or None, got dict"),
        ({"particles": np.ones((4, 3))}, "particles must be a Particles or None"),
        ({"particles": Particles([[1.0, 1, 1]], 1e9, 20.0)}, "but the halos one of"),
    ],
)
def test_bad_columns(changes, message):
    with pytest.raises(CatalogError, match=message):
        catalog(**changes)


def test_duplicates_are_allowed():
    halos = catalog(3, positions=np.full((3, 3), 2.5), halo_id=[7, 7, 7])
    assert len(halos) == 3


def test_columns_are_read_only_and_detached_from_the_input():
    vmax = np.ones(4)
    halos = catalog(extra={"vmax": vmax}, velocities=np.zeros((4, 3)))
    vmax[0] = 5
    assert halos.extra["vmax"][0] == 1
    for column in (halos.positions, halos.log_mpeak, halos.velocities, halos.extra["vmax"]):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


def test_a_view_is_detached_from_what_it_looks_at():
    masses = np.full(4, 12.0)
    view = masses.view()
    view.setflags(write=False)
    halos = catalog(log_mpeak=view)
    masses[0] = 13
    assert halos.log_mpeak[0] == 12


def test_columns_handed_over_are_kept_as_they_are():
    room = np.full((6, 3), 2.0)
    extra = {"vmax": np.ones(4)}
    halos = HaloCatalog.keeping(
        positions=room[:4], log_mpeak=np.full(4, 12.0), boxsize=BOX, redshift=0.0, extra=extra
    )
    assert np.shares_memory(halos.positions, room)
    assert halos.extra["vmax"] is extra["vmax"]
    for column in (room, halos.log_mpeak, extra["vmax"]):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


def test_replacing_a_field_copies_no_column():
    halos = catalog(4)
    assert np.shares_memory(replace(halos, redshift=1.0).positions, halos.positions)


def test_slicing_renumbers_the_hosts():
    halos = catalog(
        5,
        is_satellite=[False, True, False, True, True],
        host_index=[0, 0, 2, 2, -1],
        halo_id=[10, 11, 12, 13, 14],
        extra={"vmax": np.arange(5.0)},
        cosmology=BOLSHOI_PLANCK,
        particles=Particles([[1.0, 1, 1]], 1e9, BOX),
    )
    chosen = halos[[3, 2, 1]]
    assert chosen.host_index.tolist() == [1, 1, -1]
    assert chosen.halo_id.tolist() == [13, 12, 11]
    assert chosen.extra["vmax"].tolist() == [3, 2, 1]
    assert chosen.particles is halos.particles
    assert halos[halos.is_satellite].host_index.tolist() == [-1, -1, -1]
    assert halos[2:].host_index.tolist() == [0, 0, -1]
    assert len(halos[:0]) == 0


def test_a_single_row_number_is_refused():
    with pytest.raises(CatalogError, match="a slice, a mask or a list"):
        catalog()[2]


def test_columns_of_the_schema_and_of_extra():
    spin = np.array([0.01, 0.02, 0.03, 0.04])
    halos = catalog(velocities=np.ones((4, 3)), extra={"spin": spin})
    assert halos.column_names == (
        "positions", "log_mpeak", "is_satellite", "velocities", "spin"
    )  # fmt: skip
    columns = halos.columns(["spin", "log_mpeak"])
    assert list(columns) == ["spin", "log_mpeak"]
    np.testing.assert_array_equal(columns["spin"], spin)
    assert columns["log_mpeak"] is halos.log_mpeak
    assert halos.columns(()) == {}


def test_columns_are_added_and_replaced():
    halos = catalog(extra={"spin": np.zeros(4)})
    more = halos.with_columns(spin=[1.0, 2.0, 3.0, 4.0], label=["a", "b", "c", "d"])
    np.testing.assert_array_equal(more.column("spin"), [1, 2, 3, 4])
    assert more.column("label").tolist() == ["a", "b", "c", "d"]
    assert not more.column("spin").flags.writeable
    assert not halos.column("spin").any()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"spin": [1.0, 2.0]}, "extra column 'spin' must have 4 rows"),
        ({"log_mpeak": np.zeros(4)}, "the name of a column of the schema"),
    ],
)
def test_columns_that_cannot_be_added(columns, message):
    with pytest.raises(CatalogError, match=message):
        catalog().with_columns(**columns)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("log_mpaek", r"it has positions, log_mpeak, is_satellite, spin; did you mean 'log_mpeak'"),
        (
            "v_max",
            r"has no column 'v_max'.*read it with properties=\['v_max'\].*with_columns\(v_max",
        ),
        (
            "spin_rank",
            r"with_columns\(spin_rank=catalogs.rank_at_fixed_mass\(halos.column\('spin'\)",
        ),
        ("environment", r"with_columns\(environment=catalogs.environment\(halos, "),
    ],
)
def test_a_missing_column_is_named_and_explained(name, message):
    with pytest.raises(CatalogError, match=message):
        catalog(extra={"spin": np.zeros(4)}).columns([name])
