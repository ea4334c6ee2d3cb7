"""Half a box, and every halo twice, used to be taken for a catalogue without a word."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from halograd import catalogs
from halograd.catalogs import HaloCatalog, box_warnings
from halograd.report.alerts import input_alerts
from halograd.runs.inspect import run_inspect
from halograd.runs.run import _warn_of_catalog
from halograd.runs.stages import Stages

BOX = 125.0


@pytest.fixture(scope="module")
def universe():
    return catalogs.mock_universe(3, boxsize=BOX, log_mpeak_min=11.5, particles=False)


def part(halos, kept):
    return halos[kept(*halos.positions.T)]


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        (lambda x, y, z: x < 62.5, r"No halo has x between 62\.\d+ and 1\S+ Mpc/h, where \d"),
        (lambda x, y, z: (y < 40) | (y > 60), r"No halo has y between 40\.\d+ and 5\S+ Mpc/h"),
        (
            lambda x, y, z: abs(z - 60) < 50,
            r"No halo has z between 110\.\d \S+ \S+ Mpc/h \(through",
        ),
        (lambda x, y, z: (x > 62) | (y > 62) | (z > 62), r"^\d+ of \d+ cells .* from \(0, 0, 0\)"),
        (lambda x, y, z: (x - 62) ** 2 + (y - 62) ** 2 + (z - 62) ** 2 < 68**2, r"have no halo"),
    ],
)
def test_what_is_missing_is_named(universe, kept, message):
    (found,) = box_warnings(part(universe, kept))
    assert re.search(message, found), found
    assert "is a file missing, or a part of the box?" in found


def doubled(halos, rows, **changes):
    columns = {
        name: np.concatenate([getattr(halos, name), getattr(halos, name)[rows]])
        for name in ("positions", "log_mpeak", "is_satellite", "halo_id")
    }
    return HaloCatalog(**(columns | {"boxsize": BOX, "redshift": 0.0} | changes))


@pytest.mark.parametrize("rows", [slice(None), slice(0, 500)])
def test_halos_that_are_listed_twice(universe, rows):
    halos = doubled(universe, rows)
    n_more = np.count_nonzero(~universe.is_satellite[rows])
    places, identifiers = box_warnings(halos)
    assert places.startswith(f"{n_more:,} of ")
    assert "central halos stand exactly where another does" in places
    assert identifiers.startswith(f"{n_more:,} of ")


def test_identifiers_that_begin_anew(universe):
    shifted = np.mod(universe.positions + 1.0, BOX)
    halos = doubled(universe, slice(None))
    halos = replace(halos, positions=np.concatenate([universe.positions, shifted]))
    (found,) = box_warnings(halos)
    assert "have the identifier of another" in found


@pytest.mark.parametrize(
    ("seed", "boxsize", "log_mpeak_min", "redshift"),
    [
        pytest.param(0, 125.0, 11.0, 0.0, marks=pytest.mark.slow),
        pytest.param(1, 62.5, 10.5, 0.0, marks=pytest.mark.slow),
        (3, 40.0, 11.0, 0.0),
        (5, 100.0, 12.0, 2.0),
    ],
)
def test_nothing_is_said_of_mock_universes(seed, boxsize, log_mpeak_min, redshift):
    halos = catalogs.mock_universe(
        seed, boxsize=boxsize, log_mpeak_min=log_mpeak_min, redshift=redshift, particles=False
    )
    for lightest in (log_mpeak_min, 12.5, 13.0):
        assert box_warnings(halos[halos.log_mpeak >= lightest]) == []


def test_nothing_is_said_of_a_few_halos_or_of_none():
    halos = HaloCatalog(
        positions=np.ones((100, 3)), log_mpeak=np.full(100, 12.0), boxsize=BOX, redshift=0.0
    )
    assert box_warnings(halos) == []
    assert box_warnings(halos[:0]) == []


@pytest.mark.parametrize("redshift", ["0.0000", "0.5000"])
def test_nothing_is_said_of_a_real_box_with_two_decimals(shared_data, redshift):
    rows = np.loadtxt(shared_data / "pinocchio_box" / f"pinocchio.{redshift}.test.catalog.out")
    halos = HaloCatalog(
        positions=rows[:, 5:8],
        log_mpeak=np.log10(rows[:, 1]),
        boxsize=128.0,
        redshift=float(redshift),
        halo_id=rows[:, 0].astype(np.int64),
    )
    assert box_warnings(halos) == []


def test_nothing_is_said_of_a_simulation(shared_data):
    columns = {
        "position": "x_com",
        "position_unit": "Mpc/h",
        "origin": -16.0,
        "mass": "N",
        "mass_unit": 1.0882397e10,
        "min_mass": 1,
        "boxsize": 32.0,
        "redshift": 0.0,
        "halo_id": "id",
    }
    path = shared_data / "abacus_mini" / "derived" / "halos_cleaned_z0.npz"
    assert box_warnings(catalogs.read(path, columns=columns)) == []


def test_particles_of_a_part_of_the_box():
    matter = catalogs.mock_universe(2, boxsize=60.0, log_mpeak_min=12.0)
    assert box_warnings(matter) == []
    points = matter.particles.positions
    low = points[:, 1] < 30.0
    some = catalogs.Particles(points[low], matter.particles.masses[low], 60.0)
    (found,) = box_warnings(replace(matter, particles=some))
    assert found.startswith("No particle has y between 30")


def test_an_inspection_says_it(universe, tmp_path):
    part(universe, lambda x, y, z: x < 62.5).save(tmp_path / "halos.h5")
    summary = run_inspect(tmp_path / "halos.h5").summary
    assert "No halo has x between" in summary["suitability"]["wp"]["doubt"]
    assert "No halo has x between" in summary["suitability"]["n"]["remarks"][0]


def test_a_run_says_it_and_its_report(universe):
    said = io.StringIO()
    stages = Stages(Console(file=said, width=500))
    _warn_of_catalog(part(universe, lambda x, y, z: x < 62.5), stages)
    assert "No halo has x between" in said.getvalue()
    assert input_alerts(stages.facts)[-1].startswith("No halo has x between")
