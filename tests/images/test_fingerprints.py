import os
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hyperface.images.fingerprints import (
    MAX_DISTANCE,
    fingerprint,
    fingerprint_all,
    near_identical_groups,
)
from hyperface.images.reading import UnreadableImage


def photograph(seed, side=160):
    """Smooth random colors."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
    return Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)


def distance(first, second):
    return int(np.bitwise_count(first ^ second).sum())


@pytest.fixture
def images(tmp_path):
    paths = [tmp_path / f"{seed}.jpg" for seed in range(6)]
    for seed, path in enumerate(paths):
        photograph(seed).save(path, quality=90)
    return paths


def test_a_ramp_has_the_fingerprint_worked_out_by_hand(tmp_path):
    ramp = np.arange(17, dtype=np.uint8)[None].repeat(16, 0) * 10
    Image.fromarray(ramp).save(tmp_path / "up.png")
    Image.fromarray(ramp[:, ::-1]).save(tmp_path / "down.png")
    assert np.bitwise_count(fingerprint(tmp_path / "up.png")).sum() == 256
    assert np.bitwise_count(fingerprint(tmp_path / "down.png")).sum() == 0
    assert fingerprint(tmp_path / "up.png").shape == (4,)


def test_a_fingerprint_survives_saving_scaling_and_brightening(tmp_path, images):
    original = fingerprint(images[0])
    photograph(0).save(tmp_path / "b.jpg", quality=30)
    photograph(0).resize((97, 97)).save(tmp_path / "c.png")
    photograph(0).point(lambda value: 30 + value * 0.8).save(tmp_path / "d.webp")
    for changed in "b.jpg", "c.png", "d.webp":
        assert distance(original, fingerprint(tmp_path / changed)) <= MAX_DISTANCE, changed
    for other in images[1:]:
        assert distance(original, fingerprint(other)) > 2 * MAX_DISTANCE


def test_a_truncated_image_raises(images):
    images[0].write_bytes(images[0].read_bytes()[:-200])
    with pytest.raises(UnreadableImage):
        fingerprint(images[0])


def groups_within(max_distance, hashes):
    with patch("hyperface.images.fingerprints.MAX_DISTANCE", max_distance):
        return near_identical_groups(hashes).tolist()


def test_groups_form_chains():
    bits = np.zeros((5, 4), np.uint64)
    bits[1, 0] = 0b11  # 2 bits from the first
    bits[3, 0] = 0b1111  # 2 from that, 4 from the first
    bits[2, 3] = bits[4, 3] = 2**64 - 1
    assert groups_within(2, bits) == [0, 0, 2, 0, 2]
    assert groups_within(1, bits) == [0, 1, 2, 3, 2]
    assert groups_within(0, bits) == [0, 1, 2, 3, 2]
    assert groups_within(256, bits) == [0, 0, 0, 0, 0]
    assert groups_within(3, bits[:0]) == []


@given(
    st.lists(st.integers(0, 2**12 - 1), max_size=90),
    st.integers(0, 4),
)
def test_groups_are_the_connected_components(values, max_distance):
    hashes = np.zeros((len(values), 4), np.uint64)
    hashes[:, 1] = values
    groups = groups_within(max_distance, hashes)
    near = np.array([[(a ^ b).bit_count() <= max_distance for b in values] for a in values], bool)
    expected = np.arange(len(values))
    for _ in values:
        for index in range(len(values)):
            expected[near[index]] = expected[near[index]].min()
    assert groups == expected.tolist()


def test_chains_cross_blocks_of_rows():
    # 200 fingerprints one bit apart in a row, each as a number of ones from the left; the last is
    # at 200 bits from the first.
    bits = np.arange(256) < np.arange(200)[:, None]
    hashes = np.packbits(bits, axis=1).view(np.uint64)
    assert groups_within(1, hashes) == [0] * 200
    apart = np.delete(hashes, 120, axis=0)  # a gap of two bits
    assert groups_within(1, apart) == [0] * 120 + [120] * 79


def stills(paths):
    return [(path, None) for path in paths]


def test_broken_images_are_returned_with_their_reason(images, tmp_path):
    images[2].write_bytes(b"")
    images.append(tmp_path / "missing.jpg")
    hashes, broken = fingerprint_all(stills(images), tmp_path / "cache.npy")
    assert broken == {2: "an empty file", 6: "no such image file"}
    assert hashes.shape == (7, 4) and hashes.dtype == np.uint64
    assert not hashes[[2, 6]].any()
    for index in (0, 1, 3, 4, 5):
        assert (hashes[index] == fingerprint(images[index])).all()


def test_the_cache_is_used_and_detects_changed_images(images, tmp_path, monkeypatch):
    cache = tmp_path / "somewhere" / "cache.npy"
    before, _ = fingerprint_all(stills(images), cache)
    photograph(77).save(images[1])
    os.utime(images[1], ns=(1, 1))
    made = []
    monkeypatch.setattr(
        "hyperface.images.fingerprints.fingerprint",
        lambda path, frame: made.append(path) or fingerprint(path, frame),
    )
    after, _ = fingerprint_all(stills(images[::-1]), cache)
    assert made == [images[1]]
    assert (after[::-1] != before).any(1).tolist() == [False, True, False, False, False, False]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-20] + b"x" + content[-19:],
        lambda content: b"",
        lambda content: b"not an array",
    ],
    ids=["truncated", "changed", "empty", "foreign"],
)
def test_a_broken_cache_is_reported_and_rebuilt(images, tmp_path, damage, caplog):
    cache = tmp_path / "cache.npy"
    before, _ = fingerprint_all(stills(images), cache)
    cache.write_bytes(damage(cache.read_bytes()))
    after, _ = fingerprint_all(stills(images), cache)
    assert "rebuilt" in caplog.text
    assert (after == before).all()
    caplog.clear()
    fingerprint_all(stills(images), cache)
    assert not caplog.text


def test_an_interrupted_run_resumes(images, tmp_path, monkeypatch):
    cache = tmp_path / "cache.npy"
    monkeypatch.setattr("hyperface.images.fingerprints._SAVE_EVERY", 2)
    monkeypatch.setattr("hyperface.images.fingerprints.THREADS", 1)
    calls = []

    def killed_at_the_fifth(path, frame):
        calls.append(path)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return fingerprint(path, frame)

    monkeypatch.setattr("hyperface.images.fingerprints.fingerprint", killed_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        fingerprint_all(stills(images), cache)
    _, broken = fingerprint_all(stills(images), cache)
    assert not broken
    assert len(calls) <= 5 + 3  # four of the six were kept


def test_no_images_have_no_fingerprints(tmp_path):
    hashes, broken = fingerprint_all([], tmp_path / "cache.npy")
    assert hashes.shape == (0, 4)
    assert broken == {}


def test_many_fingerprints_are_compared_in_chunks():
    hashes = np.random.default_rng(0).integers(0, 2**64, (4000, 4), np.uint64)
    hashes[100] = hashes[3999]
    groups = near_identical_groups(hashes)
    assert (groups != np.arange(4000)).sum() == 1
