"""Reads the frames of a video one at a time, in constant memory."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from hyperface.images.kinds import is_text, read_start, starts_as_image, starts_as_video
from hyperface.images.packets import (
    MAX_RATE,
    believable_rate,
    has_a_packet_a_frame,
    is_cut_short,
    open_capture,
    packets_of,
)
from hyperface.images.reading import MAX_PIXELS, UnreadableImage

# fmt: off
VIDEO_SUFFIXES = frozenset(
    {
        ".avi", ".divx", ".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".f4v", ".mkv", ".webm",
        ".ogv", ".ogm", ".flv", ".swf", ".wmv", ".asf", ".rm", ".rmvb", ".mpg", ".mpeg", ".mpe",
        ".m1v", ".m2v", ".mpv", ".vob", ".ts", ".mts", ".m2ts", ".m2t", ".mjpeg", ".mjpg", ".mxf",
        ".nut", ".ivf", ".y4m", ".dv", ".amv", ".wtv", ".h264", ".264", ".h265", ".265", ".hevc",
        ".av1", ".obu"
    }
)
# fmt: on
MOTION_JPEG_SUFFIXES = (".mjpeg", ".mjpg")  # a sequence of JPEG images
TYPESCRIPT_SUFFIXES = (".ts", ".mts")  # of videos and of TypeScript programs
USUAL_RATE = 25.0  # frames a second, for videos without a rate


@dataclass(frozen=True)
class VideoFacts:
    """Facts about a video that are known without decoding it."""

    # Number of frames. They are counted because headers are often wrong; the header is used only if
    # the end of the file is lost.
    frames: int
    rate: float  # frames a second; 0.0 if neither the header nor the times of the frames give it
    width: int  # pixels
    height: int  # pixels


class Frame(NamedTuple):
    """One frame."""

    number: int  # counted from 0
    seconds: float  # time from the start of the video; correct also for variable frame rates
    image: np.ndarray | None  # (height, width, 3) uint8 RGB; None if it cannot be decoded


def is_video(path: Path) -> bool:
    """Whether a file is read as a video: by its content if that is known, else by its suffix."""
    start, suffix = read_start(path), path.suffix.lower()
    if starts_as_video(start) or suffix not in VIDEO_SUFFIXES:
        return starts_as_video(start)
    if suffix in TYPESCRIPT_SUFFIXES and is_text(start):
        return False
    return suffix in MOTION_JPEG_SUFFIXES or not starts_as_image(start)


def read_facts(path: str | Path) -> VideoFacts:
    """Reads the header of a video and counts its packets, without decoding them.

    Raises:
        UnreadableImage: It is missing, not a video, or its frames are larger than `MAX_PIXELS`.
    """
    with _opened(Path(path)) as capture:
        return _facts(Path(path), capture)


def read_frames(path: str | Path, every: int = 1) -> Iterator[Frame]:
    """Decodes a video from its start to its end.

    Yields:
        Frames 0, `every`, 2 `every`, ...; the image is None for each frame that cannot be decoded,
        also in a lost end of the file.

    Raises:
        UnreadableImage: As `read_facts`.
    """
    path = Path(path)
    with _opened(path) as capture:
        facts = _facts(path, capture)
        is_count_exact = has_a_packet_a_frame(path) or is_cut_short(path)
        expected = facts.frames if is_count_exact else 0
        duration = 1 / (facts.rate or USUAL_RATE)
        number, seconds = 0, -duration
        while (grabbed := capture.grab()) or number < expected:
            timestamp = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 if grabbed else math.nan
            seconds = _time(timestamp, seconds, duration)
            if number % every == 0:
                yield Frame(number, seconds, _retrieved(capture) if grabbed else None)
            number += 1


def read_webcam(number: int) -> Iterator[Frame]:
    """Yields the frames of a camera, with the seconds since it was opened, until the loop ends.

    Raises:
        UnreadableImage: There is no such camera.
    """
    capture = cv2.VideoCapture(number)
    try:
        if not capture.isOpened():
            raise UnreadableImage("no such camera")
        frame, start = 0, time.monotonic()
        while capture.grab():
            yield Frame(frame, time.monotonic() - start, _retrieved(capture))
            frame += 1
    finally:
        capture.release()


def read_frame(path: str | Path, number: int) -> np.ndarray:
    """Decodes a frame, counted from 0: by seeking if the rate is constant, else from the start.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        UnreadableImage: As `read_facts`, or there is no such frame.
    """
    path = Path(path)
    image, found = None, number < 0
    with _opened(path) as capture:
        packets = packets_of(path)
        if packets.is_even and 0 <= number < packets.count:
            capture.set(cv2.CAP_PROP_POS_FRAMES, number)
            if capture.grab():
                position = capture.get(cv2.CAP_PROP_POS_MSEC) * packets.mean_rate / 1000
                found = abs(position - number) < 0.5
                image = _retrieved(capture)
    if not found:
        image = next((frame.image for frame in read_frames(path) if frame.number == number), None)
    if image is None:
        raise UnreadableImage("video without that frame")
    return image


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    try:
        found = path.is_file()  # not a folder, nor a pipe that would block forever
    except OSError:  # for instance, the name is too long
        found = False
    if not found:
        raise UnreadableImage("no such video file")
    if is_text(read_start(path)):  # a playlist could open other files or the network
        raise UnreadableImage("not a video that can be decoded")
    with open_capture(path) as capture:
        width, height = _size(capture) if capture.isOpened() else (0, 0)
        if not width * height:
            raise UnreadableImage("not a video that can be decoded")
        if width * height > MAX_PIXELS:
            raise UnreadableImage(
                f"video of {width} x {height} pixels, over the limit of {MAX_PIXELS:,}"
            )
        yield capture


def _facts(path: Path, capture: cv2.VideoCapture) -> VideoFacts:
    frames = packets_of(path).count
    if is_cut_short(path):
        stated = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        # A frame takes at least one byte, which limits forged headers.
        frames = max(frames, int(min(max(0, stated), path.stat().st_size)))
    rate = believable_rate(capture.get(cv2.CAP_PROP_FPS)) or packets_of(path).mean_rate
    return VideoFacts(frames, rate, *_size(capture))


def _size(capture: cv2.VideoCapture) -> tuple[int, int]:
    width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    return int(width), int(height)


def _time(timestamp: float, last: float, duration: float) -> float:
    """The time of a frame in seconds: its timestamp if valid, else `duration` after the last."""
    return timestamp if timestamp >= 0 and timestamp - last > 0.5 / MAX_RATE else last + duration


def _retrieved(capture: cv2.VideoCapture) -> np.ndarray | None:
    decoded, image = capture.retrieve()
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if decoded else None
