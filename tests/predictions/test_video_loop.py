"""The loop of a video with detectors that see whatever they are told to."""

from dataclasses import replace

import numpy as np
import pytest
from one_by_one import OneByOne

from hyperface.detection.detection_settings import DetectionSettings
from hyperface.images.reading import UnreadableImage
from hyperface.predictions.detection_loop import Source
from hyperface.predictions.video_loop import MAX_FRAMES_AT_ONCE, detect_frames, frames_at_once


class Follower(OneByOne):
    """Finds a face in each frame where its first pixel says, and notes what it is asked."""

    def __init__(self, found, asked):
        settings = DetectionSettings(irp_scale=1.5)
        super().__init__(None, settings, propose=lambda image: np.array([[0.0, 0, 9, 9]]))
        self._found, self.asked = found, asked

    def detect_batch(self, images, proposals_xyxy, scores):
        asked = [(int(image[0, 0, 0]), boxes[0].tolist() if len(boxes) else None)
                 for image, boxes in zip(images, proposals_xyxy, strict=True)]  # fmt: skip
        self.asked.append((self.settings.irp_iterations, asked))
        return [[self._found(box(x))] if x < 200 else [] for x, _ in asked]


@pytest.fixture
def follow(found):
    """Follows a face through frames, by its left edge in each; None for a broken frame."""

    def face(box_xyxy):
        return replace(found(), box_xyxy=np.array(box_xyxy))

    def run(lefts, propose_every):
        def pixels(left):
            if left is None:
                raise UnreadableImage("broken frame")
            return np.full((60, 60, 3), left, np.uint8)

        frames = [
            Source("clip", lambda left=left: pixels(left), frame=(number, number / 10))
            for number, left in enumerate(lefts)
        ]
        asked = []
        detections = list(detect_frames(frames, Follower(face, asked), propose_every))
        assert [each.row["frame"] for each in detections] == list(range(len(lefts)))
        return asked, detections

    return run


PROPOSED = [0.0, 0.0, 9.0, 9.0]


def box(left):
    return [left, 0.0, left + 40.0, 40.0]


def enlarged(left):
    """The box as IRP would propose it: one and a half times as large, around the same center."""
    return [left - 10.0, -10.0, left + 50.0, 50.0]


def test_a_still_face_is_tracked_in_four_frames_at_once(follow):
    asked, _ = follow([7] * 10, 8)
    assert asked == [
        (1, [(7, PROPOSED)]),
        (0, [(7, enlarged(7))]),
        (0, [(7, enlarged(7))] * 4),
        (0, [(7, enlarged(7))] * 2),
        (1, [(7, PROPOSED)]),
        (0, [(7, enlarged(7))]),
    ]


def test_a_fast_face_is_followed_from_frame_to_frame(follow):
    lefts = [0, 8, 16, 24, 32]  # a fifth of its side in a frame
    asked, _ = follow(lefts, 10)
    assert [each for _, (each,) in asked[1:]] == [
        (8, enlarged(0)), (16, enlarged(8)), (24, enlarged(16)), (32, enlarged(24)),
    ]  # fmt: skip


def test_a_broken_frame_has_a_row_and_the_face_is_followed_past_it(follow):
    asked, detections = follow([5, None, 5], 10)
    assert [each.row["status"] for each in detections] == ["ok", "skipped", "ok"]
    assert asked[-1] == (0, [(5, enlarged(5))])


def test_without_a_face_nothing_is_followed_until_the_next_search(follow):
    asked, detections = follow([200, 200, 200, 9], 3)
    assert asked[1:] == [(0, [(200, None)]), (0, [(200, None)]), (1, [(9, PROPOSED)])]
    assert [len(each.faces) for each in detections] == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("before", "after", "frames", "expected"),
    [
        ([box(0)], [box(0)], 1, MAX_FRAMES_AT_ONCE),
        ([box(0)], [box(10)], 1, 1),  # a quarter of its side
        ([box(0)], [box(5)], 1, 2),
        ([box(0)], [box(10)], 4, MAX_FRAMES_AT_ONCE),
        ([box(0), box(100)], [box(101), box(4)], 1, 2),  # the faster one decides
        ([], [box(0)], 1, 1),
        ([box(0)], [], 1, MAX_FRAMES_AT_ONCE),
    ],
)
def test_the_speed_of_faces_decides_how_many_frames_are_followed_at_once(
    before, after, frames, expected
):
    before, after = (np.reshape(boxes, (-1, 4)) for boxes in (before, after))
    assert frames_at_once(before, after, frames) == expected
