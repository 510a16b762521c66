"""The smallest Matroska video there is: JPEG images, each with a time of its own."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image


def save_matroska(
    path: Path,
    times_ms: Sequence[int],
    images: Sequence[np.ndarray],
    frame_ns: int | None = None,
    duration_ms: float | None = None,
) -> Path:
    """Writes (H, W, 3) uint8 RGB images, after the Matroska specification (RFC 9559).

    Args:
        path: The file.
        times_ms: For each image when it is shown, up to 32,767.
        images: The images.
        frame_ns: What the header says of a frame's duration; None: nothing.
        duration_ms: What the header says of the video's; None: nothing.
    """
    height, width = images[0].shape[:2]
    head = element(
        0x1A45DFA3, element(0x4282, b"matroska") + element(0x4287, b"\4") + element(0x4285, b"\2")
    )
    duration = b"" if duration_ms is None else element(0x4489, struct.pack(">d", duration_ms))
    info = element(0x1549A966, element(0x2AD7B1, number(1_000_000)) + duration)
    rate = b"" if frame_ns is None else element(0x23E383, number(frame_ns))
    size = element(0xE0, element(0xB0, number(width)) + element(0xBA, number(height)))
    track = element(
        0xAE,
        b"".join(element(key, number(1)) for key in (0xD7, 0x73C5, 0x83))
        + element(0x86, b"V_MJPEG")
        + rate
        + size,
    )
    blocks = b"".join(
        element(0xA3, b"\x81" + struct.pack(">h", time) + b"\x80" + jpeg(image))
        for time, image in zip(times_ms, images, strict=True)
    )
    cluster = element(0x1F43B675, element(0xE7, number(0)) + blocks)
    path.write_bytes(head + element(0x18538067, info + element(0x1654AE6B, track) + cluster))
    return path


def element(key: int, content: bytes) -> bytes:
    """An EBML element, its size in eight bytes."""
    name = key.to_bytes((key.bit_length() + 7) // 8, "big")
    return name + (len(content) | 1 << 56).to_bytes(8, "big") + content


def number(value: int) -> bytes:
    """An unsigned integer in as few bytes as it needs."""
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def jpeg(image: np.ndarray) -> bytes:
    """An image as a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=95)
    return file.getvalue()
