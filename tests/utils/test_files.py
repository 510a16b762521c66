import errno
import os
import resource
import signal
import subprocess
import sys
import textwrap

import pytest

from hyperface.errors import UserError
from hyperface.utils.files import (
    aside_name,
    atomic_write,
    existing_path,
    files_below,
    find_path,
    remove_leftovers,
    sha256_of,
)


def test_a_file_is_replaced_when_it_is_whole(tmp_path):
    path = tmp_path / "weights" / "model.weights.h5"
    for text in ("first", "second"):
        with atomic_write(path) as aside:
            assert aside.parent == path.parent
            assert aside.name.endswith(path.name), "the suffixes tell the format"
            aside.write_text(text)
        assert path.read_text() == text
        assert list(path.parent.iterdir()) == [path]


def test_an_exception_leaves_the_old_file_intact(tmp_path):
    path = tmp_path / "model.h5"
    path.write_text("old")
    with pytest.raises(OSError, match="disk full"), atomic_write(path) as aside:
        aside.write_text("half of the n")
        raise OSError("disk full")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_body_that_writes_nothing_is_an_error(tmp_path):
    path = tmp_path / "model.h5"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), atomic_write(path):
        pass
    assert path.read_text() == "old"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_kill_leaves_the_old_file_and_a_leftover_that_can_be_removed(tmp_path):
    path = tmp_path / "inner" / "model.h5"
    path.parent.mkdir()
    path.write_text("old")
    script = """
        import os, sys
        from hyperface.utils.files import atomic_write
        with atomic_write(sys.argv[1]) as aside:
            aside.write_text("half")
            os.kill(os.getpid(), 9)
    """
    child = subprocess.run([sys.executable, "-c", textwrap.dedent(script), path],
                           env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})  # fmt: skip
    assert child.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    assert len(list(path.parent.iterdir())) == 2
    remove_leftovers(tmp_path)
    assert list(path.parent.iterdir()) == [path]


def test_sha256_of_abc_is_the_standards_example(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("name", ["猫" * 80 + ".weights.h5", "x" * 250 + ".npy", "é" * 70 + ".jpg"])
def test_a_name_as_long_as_a_file_may_have_can_be_written(tmp_path, name):
    assert len(os.fsencode(name)) <= 255
    with atomic_write(tmp_path / name) as aside:
        assert len(os.fsencode(aside.name)) <= 143
        assert aside.suffix == (tmp_path / name).suffix
        aside.write_text("whole")
    assert (tmp_path / name).read_text() == "whole"
    other = name.replace(name[0], "b", 1)
    assert aside_name(other) != aside.name, "threads may write both at once"


def test_links_to_folders_end(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x").touch()
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "here").symlink_to(tmp_path / "a")
    (tmp_path / "root").symlink_to("/")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    said = []
    found = list(files_below(tmp_path, None, print, lambda reason, path: said.append(path.name)))
    assert [path.name for path in found] == ["self", "x"]
    assert sorted(said) == ["here", "root", "up"]


def test_a_file_system_that_cannot_sync_is_no_error(tmp_path, monkeypatch):
    def fsync(_):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_write(tmp_path / "a.txt") as aside:
        aside.write_text("whole")
    assert (tmp_path / "a.txt").read_text() == "whole"


def test_a_disk_that_is_full_while_syncing_is_an_error(tmp_path, monkeypatch):
    def fsync(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "a.txt").write_text("old")
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space left"), atomic_write(tmp_path / "a.txt") as aside:
        aside.write_text("new")
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_disk_without_enough_space_is_an_error_before_anything_is_written(tmp_path):
    (tmp_path / "a.h5").write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_200_000, hard))
    try:
        with (
            pytest.raises(OSError, match=r"too large.*a\.h5"),
            atomic_write(tmp_path / "a.h5", 200_000),
        ):
            pytest.fail("the body must not begin")
        with atomic_write(tmp_path / "b.h5", 50_000) as aside:
            aside.write_text("new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "a.h5").read_text() == "old"
    assert (tmp_path / "b.h5").read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.fixture
def two_folders(tmp_path, monkeypatch):
    """The current folder and the project's."""
    here, project = tmp_path / "here", tmp_path / "project"
    for folder in (here, project):
        folder.mkdir()
    monkeypatch.chdir(here)
    return here, project


def test_a_path_starts_from_the_current_folder_then_from_the_projects(two_folders):
    here, project = two_folders
    (project / "a.txt").touch()
    assert find_path("a.txt", project) == project / "a.txt"
    (here / "a.txt").touch()
    assert find_path("a.txt", project) == here / "a.txt"
    assert find_path(project / "a.txt", project) == project / "a.txt"
    assert find_path("x" * 5000, project) is None
    assert find_path("a\0b", project) is None


def test_a_home_folder_is_meant_by_a_tilde(two_folders, monkeypatch):
    here, project = two_folders
    monkeypatch.setenv("HOME", str(project))
    (project / "a.txt").touch()
    assert find_path("~/a.txt", here) == project / "a.txt"


def test_a_missing_path_is_one_sentence_with_both_places(two_folders):
    here, project = two_folders
    with pytest.raises(UserError) as caught:
        existing_path("b/c.h5", project, "--weights", "give another path")
    assert str(caught.value) == (
        f"--weights is 'b/c.h5', and there is nothing at {here / 'b/c.h5'} or "
        f"{project / 'b/c.h5'}: give another path."
    )
    with pytest.raises(UserError, match=r"nothing at [^ ]+/here/c: give"):
        existing_path("c", here, "DATA", "give another path")
