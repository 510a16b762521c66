"""Repair of valid images that Pillow rejects: PNG with long texts, JPEG without end marker."""

import hashlib
import io
import random
import re
import zlib
from pathlib import Path

from PIL import Image

from hyperface.images.kinds import PNG_START

TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")  # none of them contains pixels
# In bytes; zlib expands one to at most 1,032, which stays below Pillow's limit of 1 MiB.
SHORT_TEXT = 1000
MAX_TEXT = 1 << 20  # bytes, uncompressed
ORIENTATION_KEYS = (b"XML:com.adobe.xmp", b"Raw profile type exif")

END = b"\xff\xd9"
ZEROS = 16  # at the end of a file: the missing rest of a download
FRAME_HEADERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
SCAN = 0xDA
COEFFICIENTS = 64  # of a block
SEGMENT = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")
RESTARTS = [bytes([0xFF, 0xD0 + number]) for number in range(8)]
NOISE = bytes(random.Random(0).choices(range(255), k=64))


def without_long_texts(path: Path) -> io.BytesIO | None:
    """The bytes of a PNG without long texts and color profiles, which Pillow limits to 1 MiB each.

    None if it is not a PNG, or if there is nothing to remove.

    Raises:
        OSError: It cannot be read.
    """
    kept = io.BytesIO()
    omitted = False
    with path.open("rb") as file:
        if file.read(len(PNG_START)) != PNG_START or not _has_long_text(file):
            return None
        file.seek(len(PNG_START))
        kept.write(PNG_START)
        while len(head := file.read(8)) == 8:
            body = file.read(int.from_bytes(head[:4], "big") + 4)
            if head[4:] in TEXTS and not _is_needed(head[4:], body[:-4]):
                omitted = True
            else:
                kept.write(head + body)
    kept.seek(0)
    return kept if omitted else None


def _has_long_text(file: io.BufferedReader) -> bool:
    while len(head := file.read(8)) == 8:
        length = int.from_bytes(head[:4], "big")
        if head[4:] in TEXTS and length > SHORT_TEXT:
            return True
        file.seek(length + 4, io.SEEK_CUR)
    return False


def _is_needed(kind: bytes, body: bytes) -> bool:
    """Whether a text chunk is short, or may contain the orientation of the image."""
    if len(body) <= SHORT_TEXT:
        return True
    key, _, rest = body.partition(b"\0")
    if key not in ORIENTATION_KEYS:
        return False
    if kind == b"tEXt" or (kind == b"iTXt" and rest[:1] == b"\0"):
        return len(rest) <= MAX_TEXT
    packed = rest[1:] if kind == b"zTXt" else rest[2:].split(b"\0", 2)[-1]
    unpacking = zlib.decompressobj()
    try:
        unpacking.decompress(packed, MAX_TEXT)
    except zlib.error:
        return False
    return not unpacking.unconsumed_tail


def with_end_marker(path: Path) -> Image.Image | None:
    """A JPEG that lacks only its end marker, opened as if it had one.

    Nothing else is missing if the file contains every scan and if no pixel depends on what might
    have followed: the file is decoded as if it ended here, and as if it continued with noise.

    Returns:
        The image, not yet loaded; None if a part of it is lost.

    Raises:
        OSError: It cannot be read or decoded.
    """
    content = path.read_bytes().rstrip(b"\xff")
    if content.endswith(bytes(ZEROS)):
        content = content.rstrip(b"\0\xff")
    if not _has_all_scans(content):
        return None
    if _digest(content + END) != _digest(content + _continuation(content) + END):
        return None
    return Image.open(io.BytesIO(content + END))


def _continuation(content: bytes) -> bytes:
    """Noise that a decoder takes for scan data, repeated after every restart marker."""
    last = max(range(8), key=lambda number: content.rfind(RESTARTS[number]))
    return b"".join(NOISE + RESTARTS[(last + 1 + turn) % 8] for turn in range(16)) + NOISE


def _digest(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        return hashlib.sha256(image.tobytes()).digest()


def _has_all_scans(content: bytes) -> bool:
    """Whether some scan contains the last bit of each coefficient of each component."""
    missing: dict[int, set[int]] = {}
    at = 0
    while found := SEGMENT.search(content, at):
        start = found.end()
        at = start + int.from_bytes(content[start : start + 2], "big")
        body = content[start + 2 : at]
        marker = found[1][0]
        if marker in FRAME_HEADERS:
            missing = {name: set(range(COEFFICIENTS)) for name in body[6::3]}
        elif marker == SCAN and body and len(body) >= 2 * body[0] + 4:
            first, last, bits = body[2 * body[0] + 1 :][:3]
            for name in body[1 : 2 * body[0] + 1 : 2]:
                if bits & 15 == 0:
                    missing.get(name, set()).difference_update(range(first, last + 1))
    return bool(missing) and not any(missing.values())
