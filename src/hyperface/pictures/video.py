"""Frames of a video, one at a time: memory stays the same however long it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from hyperface.errors import UserError
from hyperface.pictures.reading import MAX_PIXELS, UnreadablePicture

VIDEO_SUFFIXES = frozenset({".avi", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".mpg", ".mpeg"})


@dataclass(frozen=True)
class VideoFacts:
    """What a video says of itself.

    Attributes:
        frames: How many frames it announces; 0 where it does not say.
        rate: Frames a second; 0.0 where it does not say.
        width: In pixels.
        height: In pixels.
    """

    frames: int
    rate: float
    width: int
    height: int


def read_facts(path: str | Path) -> VideoFacts:
    """Reads a video's header.

    Raises:
        UnreadablePicture: It is missing, no video, or its frames are larger than `MAX_PIXELS`.
    """
    with _opened(Path(path)) as capture:
        return _facts(Path(path), capture)


def read_frames(path: str | Path, every: int = 1) -> Iterator[tuple[int, np.ndarray | None]]:
    """Decodes a video from its start to its end.

    Args:
        path: The video's file.
        every: Gives frames 0, `every`, 2 `every`, ...; the others are passed over.

    Yields:
        The frame's number from 0, and (height, width, 3) uint8 RGB; None for a frame that is
        announced and cannot be decoded.

    Raises:
        UnreadablePicture: As `read_facts`.
    """
    with _opened(Path(path)) as capture:
        announced = _facts(Path(path), capture).frames
        number = 0
        while (grabbed := capture.grab()) or number < announced:
            if number % every == 0:
                yield number, _retrieved(capture) if grabbed else None
            number += 1


def read_webcam(number: int) -> Iterator[tuple[int, np.ndarray | None]]:
    """Frames of a camera as they come, until the loop is left.

    Args:
        number: Of the camera, from 0.

    Yields:
        The frame's number from 0, and (height, width, 3) uint8 RGB; None for a broken one.

    Raises:
        UnreadablePicture: There is no such camera.
    """
    capture = cv2.VideoCapture(number)
    try:
        if not capture.isOpened():
            raise UnreadablePicture("no such camera")
        frame = 0
        while capture.grab():
            yield frame, _retrieved(capture)
            frame += 1
    finally:
        capture.release()


def read_frame(path: str | Path, number: int) -> np.ndarray:
    """Decodes one frame.

    Args:
        path: The video's file.
        number: Of the frame, from 0.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        UnreadablePicture: As `read_facts`, or there is no such frame.
    """
    with _opened(Path(path)) as capture:
        facts = _facts(Path(path), capture)
        found = number >= 0 and capture.set(cv2.CAP_PROP_POS_FRAMES, number) and capture.grab()
        image = _retrieved(capture) if found else None
        told = capture.get(cv2.CAP_PROP_POS_MSEC) * facts.rate / 1000
    if number >= 0 and (not found or abs(told - number) > 0.5):
        frames = (frame for at, frame in read_frames(path) if at == number)
        image = next(frames, None)
    if image is None:
        raise UnreadablePicture("video without that frame")
    return image


class VideoWriter:
    """Writes frames of one size as an `.mp4`, one at a time.

    Args:
        path: The file; made with the first frame.
        rate: Frames a second.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self._path, self._rate = path, rate
        self._writer: cv2.VideoWriter | None = None

    def write(self, image: np.ndarray) -> None:
        """Adds (height, width, 3) uint8 RGB.

        Raises:
            UserError: This OpenCV cannot write videos.
        """
        if self._writer is None:
            code = cv2.VideoWriter_fourcc(*"mp4v")
            size = image.shape[1::-1]
            self._writer = cv2.VideoWriter(str(self._path), cv2.CAP_FFMPEG, code, self._rate, size)
            if not self._writer.isOpened():
                raise UserError(f"A video of {size} cannot be written here; leave --draw out.")
        self._writer.write(np.ascontiguousarray(image[..., ::-1]))

    def close(self) -> None:
        """Completes the file."""
        if self._writer is not None:
            self._writer.release()


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    try:
        found = path.is_file()  # not a folder, or a pipe that would block for ever
    except OSError:  # such as a name too long to be one
        found = False
    if not found:
        raise UnreadablePicture("no such video file")
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise UnreadablePicture("not a video that can be decoded")
        facts = _facts(Path(path), capture)
        if not 0 < facts.width * facts.height <= MAX_PIXELS:
            raise UnreadablePicture(
                f"video of {facts.width} x {facts.height} pixels, over the limit of {MAX_PIXELS:,}"
            )
        yield capture
    finally:
        capture.release()


def _facts(path: Path, capture: cv2.VideoCapture) -> VideoFacts:
    return VideoFacts(
        # A frame takes at least a byte: a forged header must not promise billions.
        frames=min(max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT))), path.stat().st_size),
        rate=float(capture.get(cv2.CAP_PROP_FPS)),
        width=int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
        height=int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
    )


def _retrieved(capture: cv2.VideoCapture) -> np.ndarray | None:
    decoded, image = capture.retrieve()
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if decoded else None
