import json

import h5py
import jax
import numpy as np
import pytest

from halograd._sealed import DamagedFileError, Sealed, read_sealed, write_sealed
from halograd.errors import HalogradError
from halograd.network_training.checkpoint import Checkpoints
from oracles import toy_training as toy


@pytest.fixture
def folder(tmp_path):
    """Of a finished training: checkpoints 56 and 60."""
    toy.run(tmp_path)
    return tmp_path


def checkpoints(folder, **changes):
    return Checkpoints(folder, toy.IDENTITY | changes)


def newest(folder):
    return folder / "checkpoint_00000060.h5"


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def change_a_weight(path):
    with h5py.File(path, "r+") as file:
        file["arrays/network['slope']"][0] += 1


def change_the_metadata(path):
    with h5py.File(path, "r+") as file:
        text = json.loads(file["metadata"][()])
        del file["metadata"]
        file["metadata"] = np.bytes_(json.dumps(text | {"step": 3}).encode())


def empty(path):
    path.write_bytes(b"")


def remove_the_seal(path):
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"\nhalograd sha256")])


def flip_a_bit(path):
    """Inside the largest array, which nothing but the seal guards."""
    with h5py.File(path) as file:
        at = file["arrays/history"].id.get_offset()
    content = bytearray(path.read_bytes())
    content[at + 5] ^= 1
    path.write_bytes(content)


DAMAGES = [
    truncate,
    change_a_weight,
    change_the_metadata,
    empty,
    remove_the_seal,
    flip_a_bit,
]


def test_two_are_kept_and_nothing_else(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "checkpoint_00000056.h5",
        "checkpoint_00000060.h5",
    ]


def test_what_was_saved_comes_back_bit_for_bit(tmp_path):
    state, history = toy.run(tmp_path)
    resumed = checkpoints(tmp_path).latest(toy.first())
    assert resumed.damaged == ()
    assert resumed.state.step == 60
    np.testing.assert_array_equal(resumed.history, history.values)
    pairs = zip(jax.tree.leaves(resumed.state), jax.tree.leaves(state), strict=True)
    for read, written in pairs:
        assert np.asarray(read).dtype == np.asarray(written).dtype
        assert np.asarray(read).tobytes() == np.asarray(written).tobytes()


def test_an_empty_folder_has_none(tmp_path):
    assert checkpoints(tmp_path).latest(toy.first()) is None
    checkpoints(tmp_path).check()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_newest_gives_way_to_the_one_before(folder, damage):
    damage(newest(folder))
    resumed = checkpoints(folder).latest(toy.first())
    assert resumed.state.step == 56
    assert resumed.damaged == (newest(folder),)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_everywhere_is_an_error_that_says_what_to_do(folder, damage):
    for path in folder.iterdir():
        damage(path)
    with pytest.raises(HalogradError, match=r"no checkpoint is intact .* --fresh"):
        checkpoints(folder).latest(toy.first())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": {"training.steps": 61}}, "settings: training.steps is 60 in it and 61 now"),
        ({"settings": {}}, "settings: training.steps is 60 in it and None now"),
        ({"versions": {"halograd": "2"}}, "versions: halograd is 1 in it and 2 now"),
        ({"draws": {"sha256": "0"}}, "draws: sha256 is None in it and 0 now"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(folder, changes, message):
    other = checkpoints(folder, **changes)
    with pytest.raises(HalogradError, match=message):
        other.latest(toy.first())
    with pytest.raises(HalogradError, match="start over with --fresh"):
        other.check()


def test_a_network_of_another_shape_is_refused(folder):
    like = toy.first()
    wider = like._replace(network=like.network | {"slope": np.zeros(3, np.float32)})
    with pytest.raises(HalogradError, match=r"slope'\] is float32 \(2,\), and float32 \(3,\)"):
        checkpoints(folder).latest(wider)


def test_clear_removes_checkpoints_only(folder):
    (folder / "notes.txt").write_text("mine")
    checkpoints(folder).clear()
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_sealed_files_keep_their_kind_apart(tmp_path):
    path = tmp_path / "a.h5"
    write_sealed(path, "one kind", Sealed({"x": np.arange(3)}, {"y": 1.5}))
    read = read_sealed(path, "one kind")
    assert (read.arrays["x"].tolist(), read.metadata) == ([0, 1, 2], {"y": 1.5})
    with pytest.raises(DamagedFileError, match="'one kind', and 'another' was expected"):
        read_sealed(path, "another")
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_sealed(tmp_path / "none.h5", "one kind")
    with pytest.raises(HalogradError, match="cannot be written"):
        write_sealed(tmp_path / "none" / "a.h5", "one kind", Sealed({}, {}))
