import pytest

from halograd.runs.empty_folder import removed_if_empty


def fail_in(folder, error):
    with removed_if_empty(folder):
        raise error


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt()])
def test_an_empty_folder_goes_when_a_run_fails(tmp_path, error):
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(type(error)):
        fail_in(folder, error)
    assert not folder.exists()


def test_one_with_a_file_stays(tmp_path):
    (tmp_path / "result").touch()
    with pytest.raises(ValueError, match="bad"):
        fail_in(tmp_path, ValueError("bad"))
    assert (tmp_path / "result").exists()


def test_there_may_be_none():
    with pytest.raises(ValueError, match="bad"):
        fail_in(None, ValueError("bad"))


def test_what_ends_well_stays(tmp_path):
    with removed_if_empty(tmp_path):
        pass
    assert tmp_path.exists()
