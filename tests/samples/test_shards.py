import resource

import numpy as np
import pytest

from hyperface.samples.shards import (
    ARRAYS,
    BrokenShard,
    read_shard,
    shard_path,
    write_shard,
)

IMAGES = [{"name": "ä.jpg", "source": "set", "split": None}] * 2


def arrays(count=3):
    rng = np.random.default_rng(0)
    made = {n: rng.integers(0, 200, (count, *shape)).astype(k) for n, (shape, k) in ARRAYS.items()}
    made["picture"] %= 2
    return made


@pytest.fixture
def shard(tmp_path):
    path = shard_path(tmp_path, 7)
    write_shard(path, arrays(), IMAGES)
    return path


def test_round_trip(shard):
    read, images = read_shard(shard)
    assert images == IMAGES
    assert read.keys() == ARRAYS.keys()
    for name, array in arrays().items():
        assert read[name].dtype == ARRAYS[name][1]
        np.testing.assert_array_equal(read[name], array)
    assert [path.name for path in shard.parent.iterdir()] == [shard.name]  # nothing aside


def test_no_regions(tmp_path):
    path = shard_path(tmp_path, 0)
    write_shard(path, arrays(0), [])
    assert len(read_shard(path)[0]["images"]) == 0


def test_a_truncated_file_is_refused(shard):
    whole = shard.read_bytes()
    shard.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(BrokenShard, match="not a whole sample file"):
        read_shard(shard)


def test_flipped_pixels_are_detected(tmp_path):
    path = shard_path(tmp_path, 0)
    write_shard(path, arrays(), IMAGES)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1  # images are nearly all of it
    path.write_bytes(whole)
    with pytest.raises(BrokenShard):
        read_shard(path)


def test_a_full_disk_is_one_error(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            write_shard(shard_path(tmp_path, 0), arrays(), IMAGES)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


def test_another_hdf5_file_is_refused(tmp_path):
    for content in b"", b"no HDF5":
        (tmp_path / "samples-00000.h5").write_bytes(content)
        with pytest.raises(BrokenShard):
            read_shard(shard_path(tmp_path, 0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"overlap": np.zeros(2, np.float32)}, "overlap"),
        ({"images": np.zeros((3, 9, 9, 3), np.uint8)}, "images"),
        ({"pose": np.zeros((3, 3, 2))}, "pose"),
        ({"picture": np.array([0, 1, 2], np.int32)}, "image numbers"),
    ],
)
def test_invalid_arrays_are_refused_before_anything_is_written(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        write_shard(shard_path(tmp_path, 0), arrays() | change, IMAGES)
    assert list(tmp_path.iterdir()) == []
