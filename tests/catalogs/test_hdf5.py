import os

import h5py
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from halograd import catalogs
from halograd.catalogs import AnalyticMatter, CatalogError, Cosmology, HaloCatalog, Particles

PLAIN_TYPES = ["?", "i1", "u8", "<i4", ">i8", "f2", "<f4", ">f8", "c8", "S3", "<U4", "M8[s]"]
BOX = np.array([8.0, 9.0, 10.0])


def arrays(dtype, shape, low=None, high=None):
    if low is None:
        return hnp.arrays(dtype, shape)
    elements = st.floats(low, high, allow_nan=False, width=64)
    return hnp.arrays(dtype, shape, elements=elements)


@st.composite
def halo_catalogs(draw):
    n_halo = draw(st.integers(0, 5))

    def maybe(strategy):
        return draw(st.none() | strategy)

    names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
    reserved = set(HaloCatalog.__dataclass_fields__)
    extra = {
        name: draw(hnp.arrays(draw(st.sampled_from(PLAIN_TYPES)), (n_halo, *draw(shapes))))
        for shapes in [st.sampled_from([(), (2,)])]
        for name in draw(st.lists(names, unique=True, max_size=4))
        if name not in reserved
    }
    positive = st.floats(0.2, 0.9)
    return HaloCatalog(
        positions=draw(arrays(float, (n_halo, 3), 0.0, 8.0)),
        log_mpeak=draw(arrays(float, n_halo, -5.0, 16.0)),
        boxsize=BOX,
        redshift=draw(st.floats(-0.9, 20)),
        is_satellite=maybe(arrays(bool, n_halo)),
        velocities=maybe(arrays(float, (n_halo, 3), -1e4, 1e4)),
        halo_id=maybe(arrays(np.int64, n_halo)),
        host_index=maybe(st.just(np.arange(n_halo) - 1)),
        mass_proxy=draw(st.text(max_size=5)),
        extra=extra,
        cosmology=maybe(st.builds(Cosmology, omega_m=positive, h=positive, n_s=positive)),
        particles=maybe(
            st.builds(
                *(Particles, arrays(float, (3, 3), 0, 8), positive, st.just(BOX)),
                st.sampled_from([1.0, 0.25]),
            )
        ),
        analytic_matter=maybe(st.builds(AnalyticMatter, bound_fraction=positive)),
        provenance=draw(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)),
    )


@settings(max_examples=40, deadline=None)
@given(halos=halo_catalogs())
def test_round_trip_loses_nothing(tmp_path_factory, assert_identical, halos):
    path = tmp_path_factory.mktemp("round_trip") / "halos.h5"
    halos.save(path)
    assert_identical(catalogs.read(path), halos)


def example():
    rng = np.random.default_rng(1)
    return HaloCatalog(
        positions=rng.random((200, 3)) * 10,
        log_mpeak=rng.random(200) + 12,
        boxsize=10.0,
        redshift=0.1,
        halo_id=np.arange(200),
        extra={"a/b": np.arange(200), ".": np.ones((200, 2), "f4"), "name": np.full(200, "x")},
        particles=Particles(rng.random((300, 3)) * 10, 1e9, 10.0),
    )


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "halos.h5"
    catalogs.save(example(), path)
    return path


def test_particles_can_be_left_out(saved):
    assert catalogs.read(saved).particles is not None
    assert catalogs.read(saved, particles=False).particles is None
    assert len(catalogs.read_particles(saved)) == 300


def test_saving_leaves_one_file_and_replaces_the_old_one(saved):
    example()[:10].save(saved)
    assert os.listdir(saved.parent) == ["halos.h5"]
    assert len(catalogs.read(saved)) == 10


def test_a_file_cut_anywhere_is_refused(saved):
    content = saved.read_bytes()
    lengths = {*range(0, len(content), 97), 1, 7, 8, 9, 511, 2048, len(content) - 1}
    for length in lengths:
        saved.write_bytes(content[:length])
        with pytest.raises(CatalogError, match=r"halos\.h5"):
            catalogs.read(saved)


def test_a_changed_byte_never_changes_the_catalogue(saved, assert_identical):
    content, want = saved.read_bytes(), example()
    for place in np.random.default_rng(2).integers(0, len(content), 150):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        saved.write_bytes(damaged)
        # A byte that HDF5 leaves unused may change unseen; the catalogue may not.
        try:
            got = catalogs.read(saved)
        except CatalogError:
            continue
        assert_identical(got, want)


@pytest.mark.parametrize("name", ["positions", "extra/name", "particles/masses"])
def test_a_changed_value_is_refused(saved, name):
    with h5py.File(saved, "a") as file:
        file[name][0] = file[name][1] + 1
    with pytest.raises(CatalogError, match="does not match its checksum"):
        catalogs.read(saved)


@pytest.mark.parametrize("change", ["remove", "metadata"])
def test_a_changed_inventory_is_refused(saved, change):
    with h5py.File(saved, "a") as file:
        if change == "remove":
            del file["halo_id"]
        else:
            old = file["metadata"][()]
            del file["metadata"]
            file["metadata"] = np.bytes_(old.replace(b"0.1", b"0.2"))
    with pytest.raises(CatalogError, match="do not match their checksum"):
        catalogs.read(saved)


def test_a_half_written_file_is_refused(saved):
    with h5py.File(saved, "a") as file:
        del file.attrs["checksum"]
    with pytest.raises(CatalogError, match="incomplete"):
        catalogs.read(saved)


def test_a_later_version_is_refused(saved):
    with h5py.File(saved, "a") as file:
        file.attrs["version"] = 99
    with pytest.raises(CatalogError, match=r"version 99 .* upgrade halograd"):
        catalogs.read(saved)


@pytest.mark.parametrize(
    "values",
    [
        np.zeros(3, dtype=[("a", "i4")]),
        np.zeros(3, dtype=np.longdouble),
    ],
)
def test_a_type_the_file_cannot_hold_leaves_nothing_behind(tmp_path, values):
    halos = HaloCatalog(
        positions=np.ones((3, 3)), log_mpeak=np.ones(3), boxsize=2, redshift=0, extra={"a": values}
    )
    with pytest.raises(CatalogError, match=r"'extra/a' of type .* cannot be saved"):
        halos.save(tmp_path / "halos.h5")
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CatalogError, match="cannot be written"):
        example().save(tmp_path / "none" / "halos.h5")


def test_another_hdf5_file_is_not_a_halograd_file(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.ones(3)
    with pytest.raises(CatalogError, match="not a halograd catalogue"):
        catalogs.read(tmp_path / "other.h5", "halograd")
