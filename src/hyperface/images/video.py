"""Frames of a video, one at a time: memory stays the same however long it is."""

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
MOTION_JPEG_SUFFIXES = (".mjpeg", ".mjpg")  # JPEG images one behind another
TYPESCRIPT_SUFFIXES = (".ts", ".mts")  # of videos and of programs
USUAL_RATE = 25.0  # frames a second, where a video does not say


@dataclass(frozen=True)
class VideoFacts:
    """What is known of a video before it is decoded.

    Attributes:
        frames: How many frames there are: counted, as headers are often wrong. Only where the end
            of the file is lost, its header is asked how many there were.
        rate: Frames a second; 0.0 where neither the header nor the times of the frames tell it.
        width: In pixels.
        height: In pixels.
    """

    frames: int
    rate: float
    width: int
    height: int


class Frame(NamedTuple):
    """One frame.

    Attributes:
        number: From 0.
        seconds: When it is shown, from the start of the video; where the rate varies, not a
            multiple of a mean duration.
        image: (height, width, 3) uint8 RGB; None where it cannot be decoded.
    """

    number: int
    seconds: float
    image: np.ndarray | None


def is_video(path: Path) -> bool:
    """Whether a file is to be read as a video.

    Its content decides where that is known, else its suffix.
    """
    start, suffix = read_start(path), path.suffix.lower()
    if starts_as_video(start) or suffix not in VIDEO_SUFFIXES:
        return starts_as_video(start)
    if suffix in TYPESCRIPT_SUFFIXES and is_text(start):
        return False
    return suffix in MOTION_JPEG_SUFFIXES or not starts_as_image(start)


def read_facts(path: str | Path) -> VideoFacts:
    """Reads a video's header and counts its packets, without decoding them.

    Raises:
        UnreadableImage: It is missing, no video, or its frames are larger than `MAX_PIXELS`.
    """
    with _opened(Path(path)) as capture:
        return _facts(Path(path), capture)


def read_frames(path: str | Path, every: int = 1) -> Iterator[Frame]:
    """Decodes a video from its start to its end.

    Args:
        path: The video's file.
        every: Gives frames 0, `every`, 2 `every`, ...; the others are passed over.

    Yields:
        Frames in their order; one without an image for each that is there, or in a lost end, and
        cannot be decoded.

    Raises:
        UnreadableImage: As `read_facts`.
    """
    path = Path(path)
    with _opened(path) as capture:
        facts = _facts(path, capture)
        sure = has_a_packet_a_frame(path) or is_cut_short(path)
        expected = facts.frames if sure else 0
        duration = 1 / (facts.rate or USUAL_RATE)
        number, seconds = 0, -duration
        while (grabbed := capture.grab()) or number < expected:
            told = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 if grabbed else math.nan
            seconds = _time(told, seconds, duration)
            if number % every == 0:
                yield Frame(number, seconds, _retrieved(capture) if grabbed else None)
            number += 1


def read_webcam(number: int) -> Iterator[Frame]:
    """Frames of a camera as they come, until the loop is left.

    Args:
        number: Of the camera, from 0.

    Yields:
        Frames, their seconds from when the camera was opened.

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
    """Decodes one frame: sought in a video of an even rate, else reached from the start.

    Args:
        path: The video's file.
        number: Of the frame, from 0.

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
                told = capture.get(cv2.CAP_PROP_POS_MSEC) * packets.mean_rate / 1000
                found = abs(told - number) < 0.5
                image = _retrieved(capture)
    if not found:
        image = next((frame.image for frame in read_frames(path) if frame.number == number), None)
    if image is None:
        raise UnreadableImage("video without that frame")
    return image


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    try:
        found = path.is_file()  # not a folder, or a pipe that would block for ever
    except OSError:  # such as a name too long to be one
        found = False
    if not found:
        raise UnreadableImage("no such video file")
    if is_text(read_start(path)):  # a playlist would open other files, or the network
        raise UnreadableImage("not a video that can be decoded")
    with open_capture(path) as capture:
        if not capture.isOpened():
            raise UnreadableImage("not a video that can be decoded")
        width, height = _size(capture)
        if not 0 < width * height <= MAX_PIXELS:
            raise UnreadableImage(
                f"video of {width} x {height} pixels, over the limit of {MAX_PIXELS:,}"
            )
        yield capture


def _facts(path: Path, capture: cv2.VideoCapture) -> VideoFacts:
    frames = packets_of(path).count
    if is_cut_short(path):
        told = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        # A frame takes at least a byte: a forged header must not promise billions.
        frames = max(frames, int(min(max(0, told), path.stat().st_size)))
    rate = believable_rate(capture.get(cv2.CAP_PROP_FPS)) or packets_of(path).mean_rate
    return VideoFacts(frames, rate, *_size(capture))


def _size(capture: cv2.VideoCapture) -> tuple[int, int]:
    width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    return int(width), int(height)


def _time(told: float, last: float, duration: float) -> float:
    """When a frame is shown, in seconds; a duration behind the last where it tells nothing true."""
    return told if told >= 0 and told - last > 0.5 / MAX_RATE else last + duration


def _retrieved(capture: cv2.VideoCapture) -> np.ndarray | None:
    decoded, image = capture.retrieve()
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if decoded else None
