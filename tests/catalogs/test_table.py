import json

import h5py
import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import Table
from pyarrow import parquet

from halograd import catalogs
from halograd.catalogs import CatalogError, ColumnMap, Cosmology

N_HALO = 40
METADATA = {"BOXSIZE": 100.0, "REDSHIFT": 0.5, "HUBBLE": 0.7}
COLUMNS = {
    "position": ["x", "y", "z"],
    "position_unit": "Mpc/h",
    "mass": "mvir",
    "mass_unit": "Msun/h",
    "boxsize": "BOXSIZE",
    "redshift": "REDSHIFT",
    "is_satellite": {"column": "upid", "not_equal": -1},
    "halo_id": "id",
    "host_id": "upid",
    "velocity": ["vx", "vy", "vz"],
    "velocity_unit": "km/s",
    "extra": ["rank"],
    "cosmology": {"omega_m": 0.3, "h": "HUBBLE"},
}


def raw():
    rng = np.random.default_rng(3)
    # Identifiers beyond 2^53 would not survive a detour through floating point.
    identifier = 2**60 + np.arange(N_HALO)
    upid = np.where(np.arange(N_HALO) % 4, -1, np.roll(identifier, -1))
    data = {name: rng.random(N_HALO) * 100 for name in ("x", "y", "z")}
    data |= {name: rng.normal(0, 300, N_HALO) for name in ("vx", "vy", "vz")}
    return data | {
        "mvir": 10 ** rng.uniform(11, 15, N_HALO),
        "id": identifier,
        "upid": upid,
        "rank": np.arange(N_HALO, dtype=np.int64),
    }


def write_hdf5(path, data):
    with h5py.File(path, "w") as file:
        for name, values in data.items():
            file[name] = values
        file.attrs.update(METADATA)


def write_compound_hdf5(path, data):
    rows = np.empty(len(data["x"]), [(name, values.dtype) for name, values in data.items()])
    for name, values in data.items():
        rows[name] = values
    with h5py.File(path, "w") as file:
        file["halos"] = rows
        file["halos"].attrs.update(METADATA)


def write_parquet(path, data):
    text = {key: str(value) for key, value in METADATA.items()}
    parquet.write_table(pa.table(data).replace_schema_metadata(text), path)


def write_fits(path, data):
    table = fits.BinTableHDU(Table(data))
    table.header.update(METADATA)
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(path)


def write_npz(path, data):
    with path.open("wb") as file:
        np.savez(file, **data, **METADATA)


def write_csv(path, data, delimiter=","):
    comments = [f"# {key} = {value}" for key, value in METADATA.items()]
    rows = zip(*data.values(), strict=True)
    lines = [delimiter.join(map(str, row)) for row in rows]
    path.write_text("\n".join([*comments, delimiter.join(data), *lines, ""]))


def write_tabs(path, data):
    write_csv(path, data, "\t")


def write_spaces(path, data):
    comments = [f"{key} = {value}" for key, value in METADATA.items()]
    numbered = " ".join(f"{name}({column})" for column, name in enumerate(data))
    rows = zip(*data.values(), strict=True)
    lines = ["  ".join(map(str, row)) for row in rows]
    path.write_text("\n".join([f"#{numbered}", f"#{'; '.join(comments)}", *lines, ""]))


def write_ecsv(path, data):
    Table(data, meta=METADATA).write(path, format="ascii.ecsv")


WRITERS = {
    "hdf5": write_hdf5,
    "compound_hdf5": write_compound_hdf5,
    "parquet": write_parquet,
    "fits": write_fits,
    "npz": write_npz,
    "csv": write_csv,
    "tabs": write_tabs,
    "spaces": write_spaces,
    "ecsv": write_ecsv,
}


@pytest.fixture(params=WRITERS)
def written(request, tmp_path):
    """A table in each format under a name that says nothing, and the keys that locate it."""
    path = tmp_path / "halos.data"
    WRITERS[request.param](path, raw())
    return path, {"group": "halos"} if request.param == "compound_hdf5" else {}


@pytest.fixture
def table(tmp_path):
    """Writes a table with some columns changed and gives its path."""

    def write(**changes):
        write_hdf5(tmp_path / "halos.h5", raw() | changes)
        return tmp_path / "halos.h5"

    return write


def test_every_format_gives_the_same_catalogue(written):
    path, where = written
    halos, data = catalogs.read(path, columns=COLUMNS | where), raw()
    xyz = np.stack([data["x"], data["y"], data["z"]], axis=1)
    np.testing.assert_array_equal(halos.positions, xyz)
    np.testing.assert_array_equal(halos.velocities[:, 1], data["vy"])
    np.testing.assert_array_equal(halos.log_mpeak, np.log10(data["mvir"]))
    np.testing.assert_array_equal(halos.halo_id, data["id"])
    np.testing.assert_array_equal(halos.extra["rank"], data["rank"])
    np.testing.assert_array_equal(halos.is_satellite, data["upid"] != -1)
    rows = np.arange(N_HALO)
    host = np.where(halos.is_satellite, (rows + 1) % N_HALO, rows)
    np.testing.assert_array_equal(halos.host_index, host)
    assert halos.boxsize.tolist() == [100.0] * 3
    assert halos.redshift == 0.5
    assert halos.mass_proxy == "mvir"
    assert halos.cosmology == Cosmology(omega_m=0.3, h=0.7)
    assert json.loads(halos.provenance["columns"])["mass"]["column"] == "mvir"


def test_a_cut_file_is_refused(written):
    path, where = written
    content = path.read_bytes()
    for fraction in (0.0, 0.01, 0.2, 0.5, 0.8, 0.97, 0.999):
        cut = content[: int(fraction * len(content))]
        # A text table cut between two rows is a shorter text table.
        path.write_bytes(cut.rstrip(b"\n"))
        with pytest.raises(CatalogError, match=r"halos\.data"):
            catalogs.read(path, columns=COLUMNS | where)


def test_damage_at_the_start_is_refused(written):
    path, where = written
    content = bytearray(path.read_bytes())
    content[:40] = b"\x00" * 40
    path.write_bytes(content)
    with pytest.raises(CatalogError, match=r"halos\.data"):
        catalogs.read(path, columns=COLUMNS | where)


def test_a_missing_column_names_the_nearest(written):
    path, where = written
    with pytest.raises(CatalogError, match=r"no column 'Mvirr'; it has: .*did you mean 'mvir'"):
        catalogs.read(path, columns=COLUMNS | where | {"mass": "Mvirr"})


def test_missing_metadata_lists_what_there_is(written):
    path, where = written
    with pytest.raises(CatalogError, match=r"no metadata 'BoxSide' for boxsize; it has: .*BOXSIZE"):
        catalogs.read(path, columns=COLUMNS | where | {"boxsize": "BoxSide"})


@pytest.mark.parametrize(
    "key", ["position", "position_unit", "mass", "mass_unit", "boxsize", "redshift"]
)
def test_nothing_undeclared_is_assumed(table, key):
    columns = {name: value for name, value in COLUMNS.items() if name != key}
    with pytest.raises(CatalogError, match=f"does not declare {key}: add {key} = "):
        catalogs.read(table(), columns=columns)


@pytest.mark.parametrize(
    ("unit", "factor"), [("Mpc/h", 1), ("kpc/h", 1e-3), ("Mpc", 0.7), ("kpc", 0.7e-3)]
)
def test_length_units(table, unit, factor):
    halos = catalogs.read(table(), columns=COLUMNS | {"position_unit": unit})
    np.testing.assert_allclose(halos.positions[:, 0], raw()["x"] * factor, rtol=1e-15)
    np.testing.assert_allclose(halos.boxsize, 100 * factor, rtol=1e-15)


@pytest.mark.parametrize(
    ("unit", "factor"), [("Msun/h", 1), ("Msun", 0.7), ("1e10 Msun/h", 1e10), (2.5e9, 2.5e9)]
)
@pytest.mark.parametrize("is_log", [False, True])
def test_mass_units(table, unit, factor, is_log):
    mass = raw()["mvir"] / 1e8
    changed = {"mass_unit": unit, "mass_is_log10": is_log}
    halos = catalogs.read(table(mvir=np.log10(mass) if is_log else mass), columns=COLUMNS | changed)
    np.testing.assert_allclose(10**halos.log_mpeak, mass * factor, rtol=1e-12)


def test_h_can_be_given_apart_from_the_cosmology(table):
    columns = {name: value for name, value in COLUMNS.items() if name != "cosmology"}
    columns |= {"position_unit": "Mpc"}
    with pytest.raises(CatalogError, match="position_unit = 'Mpc' needs h: add h = "):
        catalogs.read(table(), columns=columns)
    halos = catalogs.read(table(), columns=columns | {"h": 0.5})
    assert halos.boxsize[0] == 50.0
    assert halos.cosmology is None
    with pytest.raises(CatalogError, match="h must be H0"):
        catalogs.read(table(), columns=columns | {"h": 70})


def test_a_centred_box_is_shifted_only_when_declared(table):
    data = raw()
    centred = {name: data[name] - 50 for name in "xyz"}
    with pytest.raises(CatalogError, match=r"lie outside.*origin ="):
        catalogs.read(table(**centred), columns=COLUMNS)
    halos = catalogs.read(table(**centred), columns=COLUMNS | {"origin": [-50, -50, -50]})
    np.testing.assert_allclose(halos.positions[:, 2], data["z"], rtol=0, atol=1e-13)


def test_positions_are_wrapped_only_when_declared(table):
    beyond = np.full(N_HALO, 100.25)
    with pytest.raises(CatalogError, match="lie outside"):
        catalogs.read(table(x=beyond), columns=COLUMNS)
    halos = catalogs.read(table(x=beyond), columns=COLUMNS | {"wrap": True})
    assert (halos.positions[:, 0] == 0.25).all()


def test_gadget_velocities(table):
    halos = catalogs.read(table(), columns=COLUMNS | {"velocity_unit": "sqrt(a) km/s"})
    np.testing.assert_allclose(halos.velocities[:, 0], raw()["vx"] * np.sqrt(1 / 1.5))


def test_scale_factor(table):
    columns = {name: value for name, value in COLUMNS.items() if name != "redshift"}
    assert catalogs.read(table(), columns=columns | {"scale_factor": 0.25}).redshift == 3.0
    with pytest.raises(CatalogError, match="scale_factor must be positive"):
        catalogs.read(table(), columns=columns | {"scale_factor": 0})


def test_satellites_have_their_own_mass(table):
    data = raw()
    mass = {"column": "mvir", "satellites": "peak"}
    halos = catalogs.read(table(peak=data["mvir"] * 2), columns=COLUMNS | {"mass": mass})
    expected = np.where(data["upid"] != -1, data["mvir"] * 2, data["mvir"])
    np.testing.assert_array_equal(halos.log_mpeak, np.log10(expected))
    assert halos.mass_proxy == "mvir (peak for satellites)"


@pytest.mark.parametrize(
    ("flag", "rule", "expected"),
    [
        (np.arange(N_HALO) % 2, "flag", np.arange(N_HALO) % 2 == 1),
        (np.arange(N_HALO) % 2 == 0, "flag", np.arange(N_HALO) % 2 == 0),
        (np.arange(N_HALO) % 3, {"column": "flag", "equal": 2}, np.arange(N_HALO) % 3 == 2),
        (np.arange(N_HALO) % 3, {"column": "flag", "not_equal": 0}, np.arange(N_HALO) % 3 > 0),
    ],
)
def test_satellite_rules(table, flag, rule, expected):
    halos = catalogs.read(table(flag=flag), columns=COLUMNS | {"is_satellite": rule})
    np.testing.assert_array_equal(halos.is_satellite, expected)


def test_min_mass_drops_rows_and_says_so(table):
    data = raw()
    mass = np.where(data["rank"] < 10, 0.0, data["mvir"])
    with pytest.raises(CatalogError, match=r"10 of 40 masses in 'mvir' are not positive.*min_mass"):
        catalogs.read(table(mvir=mass), columns=COLUMNS)
    halos = catalogs.read(table(mvir=mass), columns=COLUMNS | {"min_mass": 1.0})
    assert halos.extra["rank"].tolist() == list(range(10, N_HALO))
    assert halos.provenance["dropped"] == "10 of 40 rows, below min_mass"
    # Row 12, now the third, is a satellite of row 13.
    assert halos.host_index[2] == 3
    as_log = {"min_mass": 1e13, "mass_is_log10": True}
    halos = catalogs.read(table(mvir=np.log10(data["mvir"])), columns=COLUMNS | as_log)
    assert len(halos) == (data["mvir"] >= 1e13).sum()


@pytest.mark.parametrize(
    ("changes", "columns", "message"),
    [
        ({"x": np.full(N_HALO, np.nan)}, {}, "x must be finite"),
        ({"mvir": np.full(N_HALO, np.nan)}, {"min_mass": 1.0}, "mvir must be finite"),
        ({"x": np.ones((N_HALO, 2))}, {}, r"x must have shape \(n\)"),
        ({"x": np.ones(3)}, {}, "column 'y' has 40 rows, but 'x' has 3"),
        ({}, {"position": "x"}, "position must be three columns or one of shape"),
        ({"id": np.ones(N_HALO)}, {}, "halo_id must be integers, but column 'id' is float64"),
        ({}, {"is_satellite": "rank"}, "'rank' is not true or false; declare a rule"),
        ({}, {"is_satellite": {"column": "rank", "equal": "sat"}}, "is of another type"),
        ({}, {"mass": 3.0}, "mass must name a column of halo masses"),
        (
            {},
            {
                "mass": {"column": "mvir", "satellites": "x"},
                "is_satellite": None,
                "host_id": None,
            },
            "add is_satellite",
        ),
        ({}, {"redshift": [0, 1]}, "redshift must be one number"),
        ({}, {"boxsize": -3.0}, "boxsize must be positive"),
        ({}, {"group": "halo"}, "no HDF5 group 'halo'"),
        ({}, {"group": "x"}, "is a single array; set group to its parent"),
    ],
)
def test_a_map_and_a_table_that_disagree(table, changes, columns, message):
    with pytest.raises(CatalogError, match=message):
        catalogs.read(table(**changes), columns=COLUMNS | columns)


def test_a_map_from_an_object_and_from_toml(table, tmp_path, assert_identical):
    path = table()
    (tmp_path / "map.toml").write_text(
        'position = ["x", "y", "z"]\nposition_unit = "Mpc/h"\nmass = "mvir"\n'
        'mass_unit = "Msun/h"\nboxsize = "BOXSIZE"\nredshift = 0.5\n'
    )
    from_toml = catalogs.read(path, columns=tmp_path / "map.toml")
    assert_identical(
        from_toml, catalogs.read(path, columns=ColumnMap.from_toml(tmp_path / "map.toml"))
    )
    assert from_toml.halo_id is None
    assert from_toml.velocities is None


@pytest.mark.parametrize("format", WRITERS)
def test_a_table_of_no_rows(tmp_path, format):
    where = {"group": "halos"} if format == "compound_hdf5" else {}
    WRITERS[format](tmp_path / "halos", {name: values[:0] for name, values in raw().items()})
    if format == "spaces":
        with pytest.raises(CatalogError, match="no row in this text table"):
            catalogs.read(tmp_path / "halos", columns=COLUMNS)
    else:
        assert len(catalogs.read(tmp_path / "halos", columns=COLUMNS | where)) == 0


def test_particles_from_a_table(table):
    columns = {
        "position": ["x", "y", "z"],
        "position_unit": "kpc/h",
        "mass": 0.5,
        "mass_unit": "1e10 Msun/h",
        "boxsize": 100,
    }
    particles = catalogs.read_particles(table(), columns=columns)
    assert particles.boxsize.tolist() == [0.1] * 3
    assert (particles.masses == 5e9).all()
    weighed = columns | {"mass": "mvir", "mass_unit": "Msun/h", "mass_is_log10": True}
    logs = catalogs.read_particles(table(mvir=np.full(N_HALO, 9.0)), columns=weighed)
    np.testing.assert_allclose(logs.masses, 1e9)
    with pytest.raises(CatalogError, match="does not declare mass"):
        catalogs.read_particles(table(), columns={**columns, "mass": None})
