"""The type of a file by its first bytes, since file names can be wrong."""

from pathlib import Path

START_BYTES = 4096
# fmt: off
RAW_SUFFIXES = frozenset(
    {
        ".dng", ".nef", ".nrw", ".cr2", ".cr3", ".crw", ".arw", ".srf", ".sr2", ".orf", ".rw2",
        ".raf", ".pef", ".srw", ".x3f", ".3fr", ".fff", ".iiq", ".mos", ".mrw", ".erf", ".kdc",
        ".dcr", ".mef", ".gpr", ".raw", ".rwl"
    }
)
# fmt: on
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# Brands of the ISO base media format that are not videos: images, camera raw and audio.
STILL_BRANDS = (*HEIC_BRANDS, b"avif", b"avis", b"crx ", b"M4A ", b"M4B ", b"M4P ")
BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")  # a QuickTime file without "ftyp"
VIDEO_STARTS = (
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"FLV\x01",
    b"\0\0\x01\xba",  # MPEG program stream, .vob
    b"\0\0\x01\xb3",  # MPEG-1 and -2
    b".RMF",
    b"YUV4MPEG2 ",
    b"DKIF",
    b"nut/multimedia container",
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01",  # MXF
)
ASF_START = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")  # the type of a video stream
OGG_VIDEO = (b"\x80theora", b"OVP80", b"BBCD")
JPEG_START, PNG_START = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # also of most camera raw files
IMAGE_STARTS = (JPEG_START, PNG_START, *TIFF_STARTS, b"GIF8", b"8BPS")  # the last: Photoshop
PACKET, BLURAY_PACKET = 188, 192  # bytes between the sync bytes of an MPEG transport stream


def read_start(path: Path) -> bytes:
    """The first bytes of a file; empty if it is missing, not a file, or unreadable."""
    try:
        if not path.is_file():  # a named pipe would block forever
            return b""
        with path.open("rb") as file:
            return file.read(START_BYTES)
    except (OSError, ValueError):
        return b""


def starts_as_video(start: bytes) -> bool:
    """Whether a file with this start is certainly a video."""
    if start[:4] == b"RIFF":
        return start[8:12] in (b"AVI ", b"AVIX")
    if start[4:8] == b"ftyp":
        return start[8:12] not in STILL_BRANDS
    if start[:4] == b"OggS":
        return any(codec in start for codec in OGG_VIDEO)
    if start.startswith(ASF_START):
        return ASF_VIDEO in start
    return start[4:8] in BOXES or start.startswith(VIDEO_STARTS) or _is_transport_stream(start)


def starts_as_image(start: bytes) -> bool:
    """Whether a file with this start is certainly an image, or a sequence of JPEG images."""
    webp = start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    still = start[4:8] == b"ftyp" and start[8:12] in (*HEIC_BRANDS, b"avif", b"avis")
    return webp or still or start.startswith(IMAGE_STARTS)


def is_heic(start: bytes) -> bool:
    """Whether a file with this start is a HEIC image."""
    return start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS


def is_text(start: bytes) -> bool:
    """Whether a file with this start is text, such as a program or a playlist."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True  # UTF-16
    try:
        text = start.decode()
    except UnicodeDecodeError as error:
        if len(start) < START_BYTES or error.start < START_BYTES - 3:  # else: cut mid-character
            return False
        text = start[: error.start].decode()
    return bool(text) and all(letter.isprintable() or letter.isspace() for letter in text)


def _is_transport_stream(start: bytes) -> bool:
    return any(
        len(start) > first + 2 * size and set(start[first : first + 3 * size : size]) == {0x47}
        for first, size in ((0, PACKET), (4, BLURAY_PACKET))
    )
