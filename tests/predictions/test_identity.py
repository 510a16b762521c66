import os

import pytest

from hyperface.predictions import identity
from hyperface.predictions.identity import (
    checksum_of,
    file_identity,
    identity_with_checksum,
    is_older,
    place_on_disk,
    updated_identity,
    with_checksum,
)

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # SHA-256 of "abc"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"abc")
    return path


def test_a_file_is_identified_by_path_size_times_and_checksum(path):
    os.utime(path, ns=(5, 7))
    file = identity_with_checksum(path)
    assert file.pop("changed_ns") == path.stat().st_ctime_ns
    assert file == {"path": str(path), "bytes": 3, "modified_ns": 7, "sha256": ABC}


def test_an_unchanged_file_is_not_read_again(path, monkeypatch):
    file = identity_with_checksum(path)
    monkeypatch.setattr(identity, "sha256_of", None)
    assert updated_identity(file, path) == file


def test_a_touched_file_is_the_same_and_a_replaced_one_is_not(path):
    file = identity_with_checksum(path)
    os.utime(path, ns=(5, 7))
    assert updated_identity(file, path) == file | {
        "modified_ns": 7,
        "changed_ns": path.stat().st_ctime_ns,
    }
    path.write_bytes(b"abd")
    assert updated_identity(file, path) is None


def test_a_missing_file_keeps_its_identity(path):
    file = identity_with_checksum(path)
    path.unlink()
    assert updated_identity(file, path) == file
    assert file_identity(path) == {"path": str(path)}
    with pytest.raises(OSError, match=r"a\.jpg"):
        checksum_of(path)


def test_a_file_that_changes_while_it_is_read_gets_no_checksum(path):
    before = file_identity(path)
    path.write_bytes(b"other")
    assert "sha256" not in with_checksum(before, path)
    assert updated_identity(with_checksum(before, path), path) is None


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert identity_with_checksum(tmp_path / "pipe") == {"path": str(tmp_path / "pipe")}


def test_is_older_compares_both_times(path):
    changed = path.stat().st_ctime_ns
    os.utime(path, ns=(1, 1))  # as of an archive; it came here now
    changed = path.stat().st_ctime_ns
    assert not is_older(path, changed - 1)
    assert is_older(path, changed)


def test_a_place_is_the_same_through_a_linked_folder_and_not_through_a_link(tmp_path, path):
    (tmp_path / "folder").symlink_to(tmp_path)
    (tmp_path / "link.jpg").symlink_to(path)
    assert place_on_disk(tmp_path / "folder" / ".." / tmp_path.name / "a.jpg") == str(path)
    assert place_on_disk(tmp_path / "folder" / "a.jpg") == str(path)
    assert place_on_disk(tmp_path / "link.jpg") == str(tmp_path / "link.jpg")
    assert place_on_disk(tmp_path / ("x" * 5000)).endswith("x" * 5000)
