"""Tracks faces through a video by their IoU in neighboring frames."""

from collections.abc import Sequence

import numpy as np

from hyperface.geometry.boxes import iou_matrix_xyxy

MIN_IOU = 0.3  # minimum IoU of a face with its box in the frame before
MAX_MISSED_FRAMES = 15  # number of frames in which a face may be missed


class Tracker:
    """Gives each face of a video a constant number, from 0 on."""

    def __init__(self) -> None:
        self._next = 0
        self._boxes: dict[int, np.ndarray] = {}
        self._missed: dict[int, int] = {}

    def follow(self, boxes_xyxy: Sequence[np.ndarray], known: Sequence[int] = ()) -> list[int]:
        """Numbers the faces of the next frame, unless their numbers are known from an earlier run.

        A face gets the number of the previous face that it overlaps most, or a new one.
        """
        tracks = list(known) or self._matched(np.array(boxes_xyxy).reshape(-1, 4))
        for track in list(self._boxes):
            self._missed[track] += 1
            if self._missed[track] > MAX_MISSED_FRAMES:
                del self._boxes[track], self._missed[track]
        for track, box in zip(tracks, boxes_xyxy, strict=True):
            self._boxes[track], self._missed[track] = np.asarray(box), 0
            self._next = max(self._next, track + 1)
        return tracks

    def _matched(self, boxes: np.ndarray) -> list[int]:
        """Numbers of new faces by greedy matching with old ones, highest IoU first."""
        old = list(self._boxes)
        places = np.array([self._boxes[track] for track in old]).reshape(-1, 4)
        overlaps = iou_matrix_xyxy(boxes, places)
        tracks = [-1] * len(boxes)
        while overlaps.size and overlaps.max() > MIN_IOU:
            new, before = np.unravel_index(overlaps.argmax(), overlaps.shape)
            tracks[new] = old[before]
            overlaps[new], overlaps[:, before] = 0, 0
        fresh = iter(range(self._next, self._next + len(boxes)))
        return [next(fresh) if track < 0 else track for track in tracks]
