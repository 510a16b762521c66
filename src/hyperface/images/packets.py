"""The number and times of a video's packets, without decoding; headers are often wrong."""

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

MAX_RATE = 1000.0  # frames a second; higher values are clock rates or forged
MAX_UNEVENNESS = 0.25  # maximum deviation of evenly timed frames, in durations of a frame
RAW_PACKETS = (cv2.CAP_PROP_FORMAT, -1)  # makes OpenCV return raw packets
UNKNOWN_LENGTH = 0xFFFFFFFF  # of a RIFF file that was recorded as a stream
BOXES = (b"ftyp", b"moov", b"wide", b"mdat", b"free", b"skip")  # first in MP4 and QuickTime files
EBML, SEGMENT = 0x1A45DFA3, 0x18538067


@dataclass(frozen=True)
class Packets:
    """The packets of a video, about one for each frame."""

    count: int
    mean_rate: float  # frames a second from the times of the first and the last; 0.0 if unknown
    is_even: bool  # whether frame n is shown n durations of a frame after the first


@contextmanager
def open_capture(path: Path, parameters: Sequence[int] = ()) -> Iterator[cv2.VideoCapture]:
    """Opens a video; `isOpened` is true if that succeeded.

    The path is absolute because FFmpeg takes `zoom:1.mp4` for a protocol, and bytes because OpenCV
    ends the process at a name that is not Unicode.
    """
    name = name_for_opencv(path)
    # OpenCV accepts bytes, which its stub does not declare.
    capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, list(parameters))  # type: ignore[call-overload]
    try:
        yield capture
    finally:
        capture.release()


def name_for_opencv(path: Path) -> bytes:
    """A path with any characters, in the form that OpenCV and FFmpeg accept."""
    return os.fsencode(path.absolute())


def believable_rate(rate: float) -> float:
    """The rate in frames a second; 0.0 if it is missing, negative, NaN, or too high."""
    return rate if 0 < rate < MAX_RATE else 0.0


def packets_of(path: Path) -> Packets:
    """Reads the packets of a video, once for each process unless the file changes.

    Raises:
        OSError: The file does not exist.
    """
    status = path.stat()
    return _read_packets(path.absolute(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4096)
def _read_packets(path: Path, size: int, changed: int) -> Packets:
    with open_capture(path, RAW_PACKETS) as capture:
        seconds = []
        while capture.grab():
            seconds.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
    count, times = len(seconds), np.sort(seconds)
    span = times[-1] - times[0] if count > 1 else 0.0
    rate = believable_rate(float((count - 1) / span)) if span > 0 else 0.0
    late = times - (times[0] if count else 0) - np.arange(count) / (rate or 1)
    return Packets(count, rate, bool(rate and np.abs(late).max() * rate < MAX_UNEVENNESS))


def has_a_packet_a_frame(path: Path) -> bool:
    """Whether each packet is a displayed frame, as in AVI and MP4; other formats may hide some."""
    start = read_start(path)
    return start[:4] == b"RIFF" or start[4:8] in BOXES


def is_cut_short(path: Path) -> bool:
    """Whether an AVI, MP4 or Matroska file is shorter than its header states."""
    size = path.stat().st_size
    with path.open("rb") as file:
        return (_stated_size(file, size) or 0) > size


def _stated_size(file: BinaryIO, size: int) -> int | None:
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
        more = 8 - first[0].bit_length()  # further bytes of the size, encoded by leading zeros
        length = int.from_bytes(first + file.read(more), "big") & ((1 << 7 * (more + 1)) - 1)
        if length == (1 << 7 * (more + 1)) - 1:
            return None  # unknown, as in a stream
        try:
            file.seek(length, os.SEEK_CUR)
        except (OSError, OverflowError):  # a damaged size, which no file can have
            return None
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
