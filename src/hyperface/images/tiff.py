"""Detection of TIFF files that Pillow opens, but would decode to a wrong image."""

from pathlib import Path

from PIL import TiffImagePlugin

from hyperface.images.kinds import RAW_SUFFIXES, read_start

NEW_SUBFILE_TYPE, OLD_SUBFILE_TYPE, SUB_IMAGES = 254, 255, 330
SUBSAMPLING, DNG_VERSION = 530, 50706
WHITE_IS_ZERO, YCBCR = 0, 6
UNSIGNED, SIGNED = 1, 2
SEPARATE_PLANES = 2
CAMERA_RAW = "camera raw; export it as JPEG"


def is_camera_raw(path: Path) -> bool:
    """Whether a file has the suffix of a camera raw format."""
    return path.suffix.lower() in RAW_SUFFIXES


def why_not_read(image: TiffImagePlugin.TiffImageFile, path: Path) -> str | None:
    """The reason why an opened TIFF cannot be decoded correctly; None if it can."""
    tags = image.tag_v2
    if is_camera_raw(path) or DNG_VERSION in tags or read_start(path)[8:10] == b"CR":
        return CAMERA_RAW  # its first image is a thumbnail
    reduced = _number(tags.get(NEW_SUBFILE_TYPE)) & 1 or _number(tags.get(OLD_SUBFILE_TYPE)) == 2
    if reduced and (tags.next or SUB_IMAGES in tags):
        return "TIFF whose first image is a thumbnail; export it as JPEG"
    if image.mode == "I" or SIGNED in _all(tags.get(TiffImagePlugin.SAMPLEFORMAT, UNSIGNED)):
        return "signed or 32-bit integer pixels, whose range is unknown; save it as 8-bit"
    bits = _all(tags.get(TiffImagePlugin.BITSPERSAMPLE, 1))
    photometric = tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION)
    if image.mode.startswith("I;16") and (photometric == WHITE_IS_ZERO or set(bits) != {16}):
        return "gray TIFF of 12 bits or with white as 0; save it as 8-bit"
    if 0 < max(tags.get(TiffImagePlugin.COLORMAP, (0,))) < 256:
        return "TIFF palette of 8 bits instead of 16; save it as RGB"
    if image.mode == "LAB":
        return "L*a*b* colors; save it as RGB"
    raw = image.info.get("compression") == "raw"
    if raw and photometric == YCBCR and _all(tags.get(SUBSAMPLING, (2, 2))) != (1, 1):
        return "uncompressed TIFF with reduced colors; save it as RGB"
    planes = tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == SEPARATE_PLANES and len(bits) > 1
    sixteen = raw and set(bits) != {8}
    if planes and (sixteen or image.mode not in ("RGB", "RGBA", "CMYK")):
        return f"{max(bits)}-bit TIFF in separate planes; save it as 8-bit or as PNG"
    return None


def _all(value: object) -> tuple:
    return value if isinstance(value, tuple) else (value,)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
