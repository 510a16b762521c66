"""Any picture file as RGB, or one clear reason why not."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

MAX_PIXELS = 80_000_000  # a decompression bomb is refused before it is decoded
PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jif", ".jfif", ".mpo", ".png", ".apng", ".bmp", ".dib", ".webp"}
    | {".tif", ".tiff", ".gif", ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".jpf", ".jpx"}
    | {".tga", ".heic", ".heif", ".hif", ".avif"}
)
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
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
# What Pillow's decoders are known to raise on broken bytes.
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


class UnreadablePicture(ValueError):  # noqa: N818 - it says what the picture is
    """A file that cannot be had as a picture.

    Attributes:
        reason: Why, in a few words without the file's name, so that equal reasons can be counted.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_size(path: str | Path, apply_orientation: bool = False) -> tuple[int, int]:
    """Reads a picture's size from its header, without decoding it.

    Args:
        path: The picture's file.
        apply_orientation: Give the size after the camera's EXIF rotation.

    Returns:
        Width and height in pixels.

    Raises:
        UnreadablePicture: It is missing, not a picture, or larger than `MAX_PIXELS`.
    """
    with _opened(Path(path)) as image:
        width, height = image.size
        swapped = apply_orientation and _orientation(image) >= 5
        return (height, width) if swapped else (width, height)


def read_picture(
    path: str | Path, max_side: int | None = None, apply_orientation: bool = False
) -> np.ndarray:
    """Decodes a picture to RGB: the whole of it, so that a truncated file is noticed.

    Grey, palette, 1-bit and CMYK pictures become RGB, 16-bit grey is scaled to 8 bits,
    transparency lies on white, and of an animation the first frame is taken.

    Args:
        path: The picture's file.
        max_side: The longer side of the result is at most this many pixels (a smaller picture
            stays as it is); a JPEG is then decoded at a fraction of its size, which is faster.
        apply_orientation: Apply the camera's EXIF rotation. Annotated pictures keep the stored
            frame, in which their annotations are.

    Returns:
        (height, width, 3) uint8, contiguous, RGB.

    Raises:
        UnreadablePicture: With the reason.
    """
    with _opened(Path(path)) as image:
        size = _reduced(image.size, max_side)
        transpose = TRANSPOSE_OF_ORIENTATION.get(_orientation(image) if apply_orientation else 1)
        image.draft(image.mode, size)  # only JPEG does anything here; never below `size`
        rgb = _to_rgb(image)
        if rgb.size != size:
            rgb = rgb.resize(size, Image.Resampling.BILINEAR)
        if transpose is not None:
            rgb = rgb.transpose(transpose)
        return np.array(rgb, np.uint8)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Opens a picture file, turning whatever goes wrong inside the block into one reason."""
    try:
        _check_is_file(path)
        with _identified(path) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise UnreadablePicture(
                    f"{width} x {height} pixels, over the limit of {MAX_PIXELS:,}"
                )
            yield image
    except UnreadablePicture:
        raise
    except BOMB_ERRORS as error:
        raise UnreadablePicture(f"{error} (limit here: {MAX_PIXELS:,})") from error
    except PermissionError as error:
        raise UnreadablePicture("no permission to read it") from error
    except Image.UnidentifiedImageError as error:
        raise UnreadablePicture(_why_unidentified(path)) from error
    except DECODER_ERRORS as error:
        broken = "truncated" if "truncated" in str(error).lower() else "broken"
        raise UnreadablePicture(f"{broken} picture") from error


def _check_is_file(path: Path) -> None:
    """Before opening, because a named pipe would block for ever."""
    try:
        found = "file" if path.is_file() else "folder" if path.is_dir() else None
    except PermissionError:
        raise
    except OSError:  # such as a name too long to be one
        found = None
    if found != "file":
        raise UnreadablePicture("is a folder" if found else "no such picture file")


def _identified(path: Path) -> Image.Image:
    try:
        return Image.open(path)
    except Image.UnidentifiedImageError:
        if not _is_heic(path):
            raise
    try:
        import pillow_heif
    except ImportError as error:
        raise UnreadablePicture(
            "a HEIC picture; install its plugin with `pip install pillow-heif`"
        ) from error
    pillow_heif.register_heif_opener()
    return Image.open(path)


def _is_heic(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(12)
    return start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS


def _why_unidentified(path: Path) -> str:
    return "not a picture of a known format" if path.stat().st_size else "an empty file"


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    except (*DECODER_ERRORS,):
        return 1  # broken EXIF does not make the picture unusable


def _reduced(size: tuple[int, int], max_side: int | None) -> tuple[int, int]:
    if max_side is None or max(size) <= max_side:
        return size
    scale = max_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise UnreadablePicture("floating-point pixels, whose range is unknown; save it as 8-bit")
    if image.mode.startswith("I"):
        return Image.fromarray(_scaled_to_8_bits(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        # The colours under transparent pixels are arbitrary; show what a browser would.
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _scaled_to_8_bits(grey: np.ndarray) -> np.ndarray:
    """Scales 16-bit grey by 255 / 65535; Pillow's own conversion would saturate at 255."""
    if grey.min() < 0 or grey.max() > 65535:
        raise UnreadablePicture("32-bit integer pixels, whose range is unknown; save it as 8-bit")
    return ((grey.astype(np.uint32) + 128) // 257).astype(np.uint8)
