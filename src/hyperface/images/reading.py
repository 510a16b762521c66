"""Reads any image file as RGB, or gives one clear reason why it cannot."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeGuard

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from hyperface.images.kinds import TIFF_STARTS, is_heic, read_start, starts_as_video
from hyperface.images.repair import with_end_marker, without_long_texts
from hyperface.images.tiff import CAMERA_RAW, is_camera_raw, why_not_read

MAX_PIXELS = 80_000_000  # decompression bombs are rejected before decoding
IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jif", ".jfif", ".mpo", ".png", ".apng", ".bmp", ".dib", ".webp"}
    | {".tif", ".tiff", ".gif", ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".jpf", ".jpx"}
    | {".tga", ".heic", ".heif", ".hif", ".avif"}
)
ORIENTATION_TAG = 0x0112
TRANSPOSE_OF_ORIENTATION = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# The exceptions that Pillow's decoders raise for broken files.
DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    ArithmeticError,
    LookupError,
    RuntimeError,
    struct.error,
    zlib.error,
)
BOMB_ERRORS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class UnreadableImage(ValueError):  # noqa: N818 - the name describes the image
    """A file that cannot be read as an image.

    Attributes:
        reason: The reason in a few words, without the file name, so that equal reasons can be
            counted.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_size(path: str | Path) -> tuple[int, int]:
    """Reads width and height of a stored image, in pixels, from its header without decoding it.

    They are as `decode_image` gives them without `apply_orientation`.

    Raises:
        UnreadableImage: It is missing, not an image, or larger than `MAX_PIXELS`.
    """
    with _opened(Path(path)) as image:
        return _decoded_size(image)


def read_image(path: str | Path, max_side: int | None = None) -> np.ndarray:
    """Reads an image upright, as a viewer shows it, for `FaceDetector.detect`.

    Args:
        path: The file.
        max_side: The longer side of the result is at most this many pixels.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        UnreadableImage: With the reason.
    """
    return decode_image(path, max_side, apply_orientation=True)


def decode_image(
    path: str | Path, max_side: int | None = None, apply_orientation: bool = False
) -> np.ndarray:
    """Decodes a whole image to RGB, which reveals truncated files.

    Gray, palette, 1-bit and CMYK images become RGB, 16-bit gray is scaled to 8 bits, transparency
    is put on white, and an animation gives its first frame.

    Args:
        path: The image file.
        max_side: Maximum longer side of the result in pixels; smaller images are not enlarged.
            A JPEG is then decoded at a fraction of its size, which is faster.
        apply_orientation: Apply the camera's EXIF rotation. Annotations refer to the stored image,
            without it. A TIFF is always upright because Pillow rotates it while decoding, so that
            annotations of a TIFF refer to the upright image.

    Returns:
        (height, width, 3) uint8, contiguous, RGB.

    Raises:
        UnreadableImage: With the reason.
    """
    with _opened(Path(path)) as image:
        size = size_within(_decoded_size(image), max_side)
        rotated = apply_orientation and not _is_tiff(image)
        transpose = TRANSPOSE_OF_ORIENTATION.get(_orientation(image) if rotated else 1)
        rgb = _to_rgb(_loaded(image, Path(path), size))
        if rgb.size != size:
            rgb = rgb.resize(size, Image.Resampling.BILINEAR)
        if transpose is not None:
            rgb = rgb.transpose(transpose)
        return np.array(rgb, np.uint8)


def size_within(size: Sequence[int], max_side: int | None) -> tuple[int, int]:
    """Width and height shrunk in proportion to a longer side of at most `max_side` pixels."""
    width, height = size
    scale = 1.0 if max_side is None else min(1.0, max_side / max(size))
    return max(1, round(width * scale)), max(1, round(height * scale))


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Opens an image file; any error inside the block becomes `UnreadableImage`."""
    try:
        _check_is_file(path)
        with _identified(path) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise UnreadableImage(
                    f"{width} x {height} pixels, over the limit of {MAX_PIXELS:,}"
                )
            if _is_tiff(image) and (why := why_not_read(image, path)):
                raise UnreadableImage(why)
            yield image
    except UnreadableImage:
        raise
    except BOMB_ERRORS as error:
        raise UnreadableImage(f"over the limit of {MAX_PIXELS:,} pixels") from error
    except PermissionError as error:
        raise UnreadableImage("no permission to read it") from error
    except Image.UnidentifiedImageError as error:
        raise UnreadableImage(_why_unidentified(path)) from error
    except DECODER_ERRORS as error:
        broken = "truncated" if "truncated" in str(error).lower() else "broken"
        raise UnreadableImage(f"{broken} image") from error


def _check_is_file(path: Path) -> None:
    """Raises unless the path is a file; opening a named pipe would block forever."""
    try:
        found = "file" if path.is_file() else "folder" if path.is_dir() else None
    except PermissionError:
        raise
    except OSError:  # for instance, the name is too long
        found = None
    if found != "file":
        raise UnreadableImage("is a folder" if found else "no such image file")


def _identified(path: Path) -> Image.Image:
    try:
        return Image.open(without_long_texts(path) or path)
    except Image.UnidentifiedImageError:
        if not is_heic(read_start(path)):
            raise
    try:
        import pillow_heif
    except ImportError as error:
        raise UnreadableImage(
            "a HEIC image; install its plugin with `pip install pillow-heif`"
        ) from error
    pillow_heif.register_heif_opener()
    return Image.open(path)


def _why_unidentified(path: Path) -> str:
    start = read_start(path)
    if not start:
        return "an empty file"
    if is_camera_raw(path):
        return CAMERA_RAW
    if start.startswith(TIFF_STARTS):
        return "a TIFF of a kind that cannot be read; save it as 8-bit RGB"
    if starts_as_video(start):
        return "a video, not an image"
    return "not an image or video of a known format"


def _is_tiff(image: Image.Image) -> TypeGuard[TiffImageFile]:
    return image.format == "TIFF"


def _decoded_size(image: Image.Image) -> tuple[int, int]:
    """Width and height after decoding; for a TIFF, Pillow's header ignores rotation by XMP."""
    width, height = image.size
    if _is_tiff(image) and ORIENTATION_TAG not in image.tag_v2 and _orientation(image) >= 5:
        return height, width
    return width, height


def _loaded(image: Image.Image, path: Path, size: tuple[int, int]) -> Image.Image:
    """Decodes the image; a JPEG is decoded at a fraction of its size, but not below `size`."""
    image.draft(image.mode, size)  # affects only JPEG
    try:
        image.load()
    except OSError:
        if image.format not in ("JPEG", "MPO") or not (repaired := with_end_marker(path)):
            raise
        repaired.draft(repaired.mode, size)
        repaired.load()
        return repaired
    return image


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    except DECODER_ERRORS:
        return 1  # images with broken EXIF data are usable


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise UnreadableImage("floating-point pixels, whose range is unknown; save it as 8-bit")
    if image.mode.startswith("I"):
        return Image.fromarray(_scaled_to_8_bits(np.asarray(image))).convert("RGB")
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        # The colors of transparent pixels are arbitrary; use white, like browsers.
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _scaled_to_8_bits(gray: np.ndarray) -> np.ndarray:
    """Scales 16-bit gray by 255 / 65535; Pillow's own conversion would saturate at 255."""
    if gray.min() < 0 or gray.max() > 65535:
        raise UnreadableImage("32-bit integer pixels, whose range is unknown; save it as 8-bit")
    return ((gray.astype(np.uint32) + 128) // 257).astype(np.uint8)
