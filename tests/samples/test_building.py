import numpy as np
import pytest

from hyperface.images.reading import decode_image
from hyperface.regions.cropping import crop_region
from hyperface.regions.encoding import region_targets
from hyperface.regions.region import Region
from hyperface.samples import building
from hyperface.samples.building import SampleSettings, build_samples
from hyperface.samples.shards import read_shard, shard_path

SEARCH = {"method": "opencv_fast", "working_side": 60, "min_side": 8.0, "max_boxes": 200}


@pytest.fixture
def settings():
    return SampleSettings(6, SEARCH)


@pytest.fixture
def images(make_image, monkeypatch):
    monkeypatch.setattr(building, "SHARD_IMAGES", 2)
    return [make_image(f"{'x' * n}.png", complete=True) for n in range(1, 6)]


def content(folder, count=3):
    return [read_shard(shard_path(folder, number)) for number in range(count)]


def same(ours, theirs):
    for (a, names), (b, others) in zip(ours, theirs, strict=True):
        assert names == others
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])


def test_regions_are_cut_and_labeled_as_in_training(tmp_path, images, settings):
    regions, faces, skipped = build_samples(tmp_path, images, settings, workers=0)
    assert skipped.lines() == []
    assert regions == 5 * 6
    assert 5 <= faces < regions
    shards = content(tmp_path)
    assert [len(names) for _, names in shards] == [2, 2, 1]
    arrays, names = shards[1]
    assert [name["name"] for name in names] == ["xxx.png", "xxxx.png"]
    for row in range(len(arrays["images"])):
        image = images[2 + arrays["picture"][row]]
        box = arrays["boxes_xyxy"][row]
        expected = crop_region(decode_image(image.path), box)
        np.testing.assert_array_equal(arrays["images"][row], expected)
        region = Region(0, box, 0, float(arrays["overlap"][row]), True)
        for task, target in region_targets(region, [image], settings.rules).items():
            np.testing.assert_array_equal(arrays[task][row], target)


def test_a_killed_build_resumes(tmp_path, images, settings, monkeypatch):
    build_samples(tmp_path / "whole", images, settings, workers=0)
    write = building.write_shard
    calls = []

    def killed_at_the_second(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        write(*args)

    monkeypatch.setattr(building, "write_shard", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        build_samples(tmp_path / "killed", images, settings, workers=0)
    build_samples(tmp_path / "killed", images, settings, workers=0)
    assert len(calls) == 4  # of three shards one was whole
    same(content(tmp_path / "killed"), content(tmp_path / "whole"))


def test_a_broken_shard_is_built_again(tmp_path, images, settings):
    before = build_samples(tmp_path, images, settings, workers=0)
    whole = content(tmp_path)
    file = shard_path(tmp_path, 0)
    file.write_bytes(file.read_bytes()[:5000])
    assert build_samples(tmp_path, images, settings, workers=0)[:2] == before[:2]
    same(content(tmp_path), whole)


def test_an_unreadable_image_is_reported_by_every_run(tmp_path, images, settings):
    images[1].path.write_bytes(b"")
    for _ in range(2):
        regions, _, skipped = build_samples(tmp_path, images, settings, workers=0)
        assert regions == 4 * 6
        assert skipped.names == {"an empty file": ["xx.png"]}


@pytest.mark.slow
def test_worker_processes_build_the_same_shards(tmp_path, images, settings):
    build_samples(tmp_path / "here", images, settings, workers=0)
    build_samples(tmp_path / "there", images, settings, workers=2)
    same(content(tmp_path / "here"), content(tmp_path / "there"))
