"""What a video holds, counted without decoding it: headers are often wrong, or say nothing."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np

from hyperface.images.kinds import read_start

MAX_RATE = 1000.0  # frames a second; more is a clock's rate or a forgery
EVEN = 0.25  # of a frame's duration by which an evenly timed frame may be early or late
RAW = (cv2.CAP_PROP_FORMAT, -1)  # OpenCV then reads packets as they are
UNKNOWN_LENGTH = 0xFFFFFFFF  # of a RIFF file that was recorded as a stream
BOXES = (b"ftyp", b"moov", b"wide", b"mdat", b"free", b"skip")  # the first of an MP4 or QuickTime
EBML, SEGMENT = 0x1A45DFA3, 0x18538067


@dataclass(frozen=True)
class Packets:
    """The packets of a video, about one a frame.

    Attributes:
        count: How many there are.
        mean_rate: Frames a second by the times of the first and the last; 0.0 where they tell none.
        is_even: Whether frame n is shown n durations of a frame behind the first.
    """

    count: int
    mean_rate: float
    is_even: bool


@contextmanager
def open_capture(path: Path, parameters: Sequence[int] = ()) -> Iterator[cv2.VideoCapture]:
    """Opens a video; whether that worked, `isOpened` says.

    FFmpeg takes `zoom:1.mp4` for a protocol unless the path is absolute, and OpenCV ends the
    process at a name that is no Unicode unless it is given as bytes.
    """
    name = name_for_opencv(path)
    # OpenCV takes bytes, of which its stub does not know.
    capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, list(parameters))  # type: ignore[call-overload]
    try:
        yield capture
    finally:
        capture.release()


def name_for_opencv(path: Path) -> bytes:
    """A path as OpenCV and FFmpeg take it, whatever characters are in it."""
    return os.fsencode(path.absolute())


def believable_rate(rate: float) -> float:
    """Frames a second; 0.0 for one that cannot be true: nothing, negative, NaN, or absurd."""
    return rate if 0 < rate < MAX_RATE else 0.0


def packets_of(path: Path) -> Packets:
    """Reads a video's packets, once a process as long as the file stays the same.

    Raises:
        OSError: The file is gone.
    """
    status = path.stat()
    return _read_packets(path.absolute(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4096)
def _read_packets(path: Path, size: int, changed: int) -> Packets:
    with open_capture(path, RAW) as capture:
        told = []
        while capture.grab():
            told.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
    count, times = len(told), np.sort(told)
    span = times[-1] - times[0] if count > 1 else 0.0
    rate = believable_rate(float((count - 1) / span)) if span > 0 else 0.0
    late = times - (times[0] if count else 0) - np.arange(count) / (rate or 1)
    return Packets(count, rate, bool(rate and np.abs(late).max() * rate < EVEN))


def has_a_packet_a_frame(path: Path) -> bool:
    """Whether each packet is a frame that is shown, as in AVI and MP4; others may hide some."""
    start = read_start(path)
    return start[:4] == b"RIFF" or start[4:8] in BOXES


def is_cut_short(path: Path) -> bool:
    """Whether an AVI, MP4 or Matroska file is shorter than it says: its end was lost."""
    size = path.stat().st_size
    with path.open("rb") as file:
        return (_promised_size(file, size) or 0) > size


def _promised_size(file: BinaryIO, size: int) -> int | None:
    head = file.read(12)
    if head[:4] == b"RIFF":
        length = int.from_bytes(head[4:8], "little")
        return 8 + length if length < UNKNOWN_LENGTH else None
    file.seek(0)
    if int.from_bytes(head[:4], "big") == EBML:
        return _end_of_segment(file)
    if head[4:8] in BOXES:
        return _end_of_boxes(file, size)
    return None


def _end_of_segment(file: BinaryIO) -> int | None:
    for expected in (EBML, SEGMENT):
        if int.from_bytes(file.read(4), "big") != expected or not (first := file.read(1)):
            return None
        more = 8 - first[0].bit_length()  # bytes of the size that follow; their number is in 0-bits
        length = int.from_bytes(first + file.read(more), "big") & ((1 << 7 * (more + 1)) - 1)
        if length == (1 << 7 * (more + 1)) - 1:
            return None  # unknown, as in a stream
        file.seek(length, os.SEEK_CUR)
    return file.tell()


def _end_of_boxes(file: BinaryIO, size: int) -> int:
    end = 0
    while end + 8 <= size:
        file.seek(end)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            break  # 0: up to the end of the file
        end += length
    return end
