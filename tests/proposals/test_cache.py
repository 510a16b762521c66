import os
import time
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.errors import UserError
from hyperface.proposals import cache
from hyperface.proposals.cache import ProposalCache

SETTINGS = {"method": "opencv_fast", "working_side": 40, "min_side": 2.0, "max_boxes": 50}


@pytest.fixture
def images(tmp_path) -> list[AnnotatedImage]:
    """Five small images of colored blocks."""
    (tmp_path / "pictures").mkdir()
    result = []
    for number in range(5):
        path = tmp_path / "pictures" / f"{number}.png"
        blocks = np.random.default_rng(number).integers(0, 256, (5, 6, 3))
        Image.fromarray(np.kron(blocks, np.ones((6, 6, 1))).astype(np.uint8)).save(path)
        result.append(AnnotatedImage(path, path.name, "blocks", 36, 30))
    return result


@pytest.fixture
def searched(monkeypatch) -> list[str]:
    """Shards of two images; the names of the images searched so far."""
    monkeypatch.setattr(cache, "SHARD_IMAGES", 2)
    names = []
    search = cache._search_image

    def watched(path: Path, settings: dict):
        names.append(path.name)
        return search(path, settings)

    monkeypatch.setattr(cache, "_search_image", watched)
    return names


def compute(folder: Path, images: list[AnnotatedImage], settings=SETTINGS, said=None, skipped=None):
    said = [] if said is None else said
    return ProposalCache(folder, settings, said.append).compute(images, 0, skipped)


def shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.h5"))


def assert_same(first, second):
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_second_call_reads_the_cache(tmp_path, images, searched):
    first = compute(tmp_path, images)
    assert searched == ["0.png", "1.png", "2.png", "3.png", "4.png"]
    assert len(shards(tmp_path)) == 3
    assert all(boxes.dtype == np.float32 and len(boxes) for boxes in first)
    assert_same(compute(tmp_path, images), first)
    assert len(searched) == 5


def test_proposals_are_in_the_order_of_the_images(tmp_path, images, searched):
    first = compute(tmp_path, images[:3])
    again = compute(tmp_path, [images[4], *images[2::-1], images[0]])
    assert_same(again[1:], [first[2], first[1], first[0], first[0]])
    assert searched[3:] == ["4.png"]


def test_an_interruption_loses_only_the_unfinished_shard(tmp_path, images, searched, monkeypatch):
    search = cache._search_image

    def killed_at_the_fourth(path, settings):
        if path.name == "3.png":
            raise KeyboardInterrupt
        return search(path, settings)

    with monkeypatch.context() as patch:
        patch.setattr(cache, "_search_image", killed_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            compute(tmp_path, images)
    assert len(shards(tmp_path)) == 1
    del searched[:]
    assert all(boxes is not None for boxes in compute(tmp_path, images))
    assert searched == ["2.png", "3.png", "4.png"]


def test_temporary_files_are_not_read_and_old_ones_are_deleted(tmp_path, images, searched):
    compute(tmp_path, images)
    fresh, old = (shards(tmp_path)[0].with_name(f".aside-{n}-x.h5") for n in (1, 2))
    fresh.write_bytes(b"half")
    old.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * cache.STALE_SECONDS,) * 2)
    said = []
    compute(tmp_path, images, said=said)
    assert fresh.exists()
    assert not old.exists()
    assert not said


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["boxes_xyxy"][0, 0] += 1


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _foreign(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["weights"] = np.zeros(3)


def _other_settings(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.attrs["settings"] = "{}"


@pytest.mark.parametrize("harm", [_truncate, _flip, _empty, _foreign, _other_settings])
def test_an_unusable_shard_is_reported_renamed_and_rebuilt(tmp_path, images, searched, harm):
    first = compute(tmp_path, images)
    victim = shards(tmp_path)[1]
    harm(victim)
    del searched[:]
    said = []
    assert_same(compute(tmp_path, images, said=said), first)
    assert len(said) == 1
    assert victim.name in said[0]
    assert victim.with_name(victim.name + ".unusable").exists()
    assert 0 < len(searched) <= 2
    compute(tmp_path, images, said=said)
    assert len(said) == 1


def test_other_settings_have_their_own_folder(tmp_path, images, searched):
    compute(tmp_path, images[:2])
    few = compute(tmp_path, images[:2], SETTINGS | {"max_boxes": 3})
    assert [len(boxes) for boxes in few] == [3, 3]
    assert len(searched) == 4
    assert len(list(tmp_path.glob("opencv_fast-*"))) == 2


def test_a_changed_image_is_searched_again(tmp_path, images, searched):
    compute(tmp_path, images)
    Image.new("RGB", (36, 30)).save(images[1].path)
    assert compute(tmp_path, images)[1].tolist() == [[0, 0, 36, 30]]
    assert searched[5:] == ["1.png"]


def test_unreadable_images_are_counted_and_return_none(tmp_path, images, searched):
    images[1].path.write_bytes(b"")
    images[3].path.unlink()
    skipped = SkipReport()
    boxes = compute(tmp_path, images, skipped=skipped)
    assert [each is None for each in boxes] == [False, True, False, True, False]
    assert sum(skipped.counts.values()) == 2
    assert "1.png" in "".join(skipped.lines())
    assert "3.png" in "".join(skipped.lines())


def test_images_without_proposals_are_cached(tmp_path, images, searched):
    settings = SETTINGS | {"min_side": 1000.0}
    assert [boxes.shape for boxes in compute(tmp_path, images, settings)] == [(0, 4)] * 5
    compute(tmp_path, images, settings)
    assert len(searched) == 5


def test_a_folder_that_cannot_be_written_is_a_user_error(tmp_path, images, searched):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="file"):
        compute(tmp_path / "file", images)


@pytest.mark.slow
def test_worker_processes_give_the_same_boxes(tmp_path, images):
    alone = ProposalCache(tmp_path / "alone", SETTINGS).compute(images, workers=0)
    together = ProposalCache(tmp_path / "together", SETTINGS).compute(images, workers=2)
    assert_same(together, alone)


def test_another_data_set_of_the_same_name_is_searched_separately(tmp_path, images, searched):
    """Its images have the size and the time of the first's, as files of an archive may."""
    first = compute(tmp_path, images[:2])
    others = []
    for image, other in zip(images[:2], images[2:4], strict=True):
        path = tmp_path / "other" / image.path.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(other.path.read_bytes()[: image.path.stat().st_size])
        path.write_bytes(path.read_bytes().ljust(image.path.stat().st_size, b"\0"))
        time_ns = image.path.stat().st_mtime_ns
        os.utime(path, ns=(time_ns, time_ns))
        others.append(replace(image, path=path))
    compute(tmp_path, others)
    assert searched == ["0.png", "1.png", "0.png", "1.png"]
    assert_same(compute(tmp_path, images[:2]), first)
    assert len(searched) == 4


def test_a_moved_data_set_is_not_searched_again(tmp_path, images, searched):
    first = compute(tmp_path, images)
    moved = []
    for image in images:
        path = tmp_path / "moved" / image.path.name
        path.parent.mkdir(exist_ok=True)
        moved.append(replace(image, path=image.path.rename(path)))
    assert_same(compute(tmp_path, moved), first)
    assert len(searched) == 5


def test_older_shards_without_places_are_used(tmp_path, images, searched, monkeypatch):
    key = cache._key
    with monkeypatch.context() as patch:
        patch.setattr(cache, "_key", lambda *given: cache._facts(key(*given)))
        first = compute(tmp_path, images)
    assert_same(compute(tmp_path, images), first)
    assert len(searched) == 5
