import os
import signal
import stat
import subprocess
import sys

import pytest

from halograd._atomic import atomic_write


def test_the_file_appears_with_its_content_and_nothing_else(tmp_path):
    with atomic_write(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
        assert not (tmp_path / "a.txt").exists()
        assert temporary.parent == tmp_path
    assert (tmp_path / "a.txt").read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_keeps_the_old_file_and_leaves_nothing_over(tmp_path, error):
    (tmp_path / "a.txt").write_text("old")

    def interrupted():
        with atomic_write(tmp_path / "a.txt") as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        interrupted()
    assert (tmp_path / "a.txt").read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_permissions_follow_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        with atomic_write(tmp_path / "a.txt"):
            pass
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_a_symbolic_link_stays_a_link(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    with atomic_write(tmp_path / "link.txt") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_a_missing_folder_and_a_folder_in_the_way_are_os_errors(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "none" / "a.txt"):
        pass
    with pytest.raises(IsADirectoryError), atomic_write(tmp_path):
        pass


KILLED = """
import os, signal, sys
from halograd._atomic import atomic_write
with atomic_write(sys.argv[1]) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "a.txt")], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = os.listdir(tmp_path)
    mine = left.replace(f"-{left.split('-')[1]}-", f"-{os.getpid()}-")  # of a process that lives
    elsewhere = left.replace(left.split(".")[3].split("-")[0], "0" * 8)  # of another machine
    for name in (mine, elsewhere, ".notes.tmp"):
        (tmp_path / name).write_text("kept")
    with atomic_write(tmp_path / "b.txt"):
        pass
    assert sorted(os.listdir(tmp_path)) == sorted([mine, elsewhere, ".notes.tmp", "b.txt"])
