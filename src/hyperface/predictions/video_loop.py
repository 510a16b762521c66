"""Finds faces in a video: regions are proposed in some frames, and faces tracked in between."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from hyperface.detection.detector import FaceDetector
from hyperface.geometry.boxes import scale_xyxy
from hyperface.predictions.detection_loop import (
    AHEAD,
    Detection,
    Searched,
    Source,
    detect_images,
    detected,
    read_and_search,
)
from hyperface.utils.ahead import map_ahead

MAX_FRAMES_AT_ONCE = 4  # maximum number of frames that share a batch
MAX_SHIFT = 0.25  # sides of a face that it may move within a batch, by its speed so far


def detect_frames(
    frames: Iterable[Source], detector: FaceDetector, propose_every: int
) -> Iterator[Detection]:
    """Finds the faces in the frames of a video, and follows them from frame to frame.

    Regions are proposed only in every `propose_every`-th frame. In the others, the boxes of the
    faces found last are the proposals: as these boxes come from landmarks, and are enlarged like
    those of IRP, each frame adds one iteration of IRP. While faces hardly move, several such frames
    share the network's batches.

    Args:
        frames: The frames in their order. Regions are proposed in the first one and in each
            `propose_every`-th one after it; these do not depend on earlier frames.
        detector: Finds the faces.
        propose_every: Interval of the frames with proposals; 1 proposes in every frame.

    Yields:
        The detection of each frame.

    Raises:
        UserError: The network's outputs are not finite; names the frame.
    """
    if propose_every == 1:
        yield from detect_images(frames, detector)
        return

    def search(numbered: tuple[int, Source]) -> Searched:
        number, source = numbered
        return read_and_search([] if number % propose_every else [detector.propose], source)

    follower = detector.with_settings(irp_iterations=0)
    boxes, room = np.zeros((0, 4)), 1
    group: list[Searched] = []

    def follow() -> Iterator[Detection]:
        nonlocal boxes, room, group
        if group[0].proposals:
            found = detected(group, detector, {})
        else:
            last = {detector.propose: (scale_xyxy(boxes, detector.settings.irp_scale), 0.0)}
            found = detected([replace(each, proposals=last) for each in group], follower, {})
        yield from found
        readable = [each for each in found if each.image is not None]
        if readable:
            last_faces = [face.box_xyxy for face in readable[-1].faces]
            before, boxes = boxes, np.reshape(last_faces, (-1, 4))
            room = 1 if group[0].proposals else frames_at_once(before, boxes, len(group))
        group = []

    for number, each in enumerate(map_ahead(search, enumerate(frames), AHEAD)):
        group.append(each)
        since = number % propose_every
        if since in (0, propose_every - 1) or len(group) >= room:
            yield from follow()
    if group:
        yield from follow()


def frames_at_once(before_xyxy: np.ndarray, after_xyxy: np.ndarray, frames: int) -> int:
    """The number of next frames in which the same boxes can be the proposals.

    There are (N, 4) boxes of faces in an earlier frame, and (M, 4) in the last one, that number of
    frames later.

    Returns:
        1, if a face is new or moves by more than `MAX_SHIFT` of its side per frame, up to
        `MAX_FRAMES_AT_ONCE`.
    """
    if not len(after_xyxy):
        return MAX_FRAMES_AT_ONCE
    if not len(before_xyxy):
        return 1
    centers, others = ((boxes[:, :2] + boxes[:, 2:]) / 2 for boxes in (after_xyxy, before_xyxy))
    moved = np.linalg.norm(centers[:, None] - others[None], axis=-1).min(axis=1)
    sides = (after_xyxy[:, 2:] - after_xyxy[:, :2]).max(axis=1)
    speed = float((moved / np.maximum(sides, 1)).max()) / frames
    return max(1, int(MAX_SHIFT / max(speed, MAX_SHIFT / MAX_FRAMES_AT_ONCE)))
