"""Regions and windows of photographs, always the same."""

import numpy as np

from hyperface.exporting.real_inputs import (
    ASTRONAUT_FACE_XYXY,
    astronaut,
    image_batches,
    region_batches,
)


def test_regions_come_in_batches_and_are_the_same_again(photos):
    batches = region_batches(photos, 40)
    assert [batch.shape for batch in batches] == [(n, 227, 227, 3) for n in (16, 16, 8)]
    assert all(batch.dtype == np.uint8 for batch in batches)
    for first, second in zip(batches, region_batches(photos, 40), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(batches[0], region_batches(photos, 40, seed=1)[0])


def test_every_second_region_lies_around_the_face():
    """The face is white and nothing else is: half of the regions are mostly white."""
    pixels = np.zeros((400, 400, 3), np.uint8)
    pixels[100:200, 200:300] = 255
    (batch,) = region_batches([(pixels, np.array([[200.0, 100, 300, 200]]))], 16)
    assert (batch[::2].mean(axis=(1, 2, 3)) > 80).all()
    assert np.median(batch[1::2].mean(axis=(1, 2, 3))) < 80


def test_windows_have_sides_that_the_detector_takes(photos):
    tiny = [(np.full((30, 200, 3), 9, np.uint8), np.zeros((0, 4)))]
    for batch in image_batches([*photos, *tiny], 12):
        assert batch.shape[0] == 1
        assert not any(side % 64 for side in batch.shape[1:3])
    assert region_batches(tiny, 4)[0].max() == 9  # a region of an image smaller than usual


def test_the_astronaut_is_always_there():
    ((pixels, faces),) = astronaut()
    assert pixels.shape == (512, 512, 3)
    left, top, right, bottom = ASTRONAUT_FACE_XYXY
    assert 0 < left < right < 512
    assert 0 < top < bottom < 512
    assert faces.shape == (1, 4)
