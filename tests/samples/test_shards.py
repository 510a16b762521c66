import numpy as np
import pytest

from hyperface.samples.shards import (
    ARRAYS,
    FORMATS,
    BrokenShard,
    read_shard,
    shard_path,
    write_shard,
)

PICTURES = [{"name": "ä.jpg", "source": "set", "split": None}] * 2


def arrays(count=3):
    rng = np.random.default_rng(0)
    made = {n: rng.integers(0, 200, (count, *shape)).astype(k) for n, (shape, k) in ARRAYS.items()}
    made["picture"] %= 2
    return made


@pytest.fixture(params=FORMATS)
def shard(request, tmp_path):
    path = shard_path(tmp_path, 7, request.param)
    write_shard(path, arrays(), PICTURES)
    return path


def test_round_trip(shard):
    read, pictures = read_shard(shard)
    assert pictures == PICTURES
    assert read.keys() == ARRAYS.keys()
    for name, array in arrays().items():
        assert read[name].dtype == ARRAYS[name][1]
        np.testing.assert_array_equal(read[name], array)
    assert [path.name for path in shard.parent.iterdir()] == [shard.name]  # nothing aside


@pytest.mark.parametrize("form", FORMATS)
def test_no_regions(tmp_path, form):
    path = shard_path(tmp_path, 0, form)
    write_shard(path, arrays(0), [])
    assert len(read_shard(path)[0]["images"]) == 0


def files_of(shard):
    return [shard] if shard.is_file() else sorted(shard.iterdir())


def test_truncated(shard):
    for file in files_of(shard):
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) * 2 // 3])
        with pytest.raises(BrokenShard, match="not a whole sample file"):
            read_shard(shard)
        file.write_bytes(whole)


def test_flipped_pixels_of_an_hdf5_shard(tmp_path):
    path = shard_path(tmp_path, 0, "hdf5")
    write_shard(path, arrays(), PICTURES)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1  # images are nearly all of it
    path.write_bytes(whole)
    with pytest.raises(BrokenShard):
        read_shard(path)


def test_foreign(tmp_path):
    (tmp_path / "samples-00000.h5").write_bytes(b"")
    (tmp_path / "samples-00000").mkdir()
    for form in FORMATS:
        with pytest.raises(BrokenShard):
            read_shard(shard_path(tmp_path, 0, form))


def test_a_pickle_is_not_loaded(tmp_path):
    path = shard_path(tmp_path, 0, "npy")
    write_shard(path, arrays(), PICTURES)
    np.save(path / "overlap.npy", np.array([{}, {}, {}], object), allow_pickle=True)
    with pytest.raises(BrokenShard, match="allow_pickle"):
        read_shard(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"overlap": np.zeros(2, np.float32)}, "overlap"),
        ({"images": np.zeros((3, 9, 9, 3), np.uint8)}, "images"),
        ({"pose": np.zeros((3, 3, 2))}, "pose"),
        ({"picture": np.array([0, 1, 2], np.int32)}, "picture numbers"),
    ],
)
def test_unfit_arrays_are_refused_before_anything_is_written(tmp_path, change, message):
    for form in FORMATS:
        path = shard_path(tmp_path, 0, form)
        with pytest.raises(ValueError, match=message):
            write_shard(path, arrays() | change, PICTURES)
    assert list(tmp_path.iterdir()) == []
