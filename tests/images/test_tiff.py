"""TIFF files written by hand after the TIFF 6.0 specification."""

import struct

import numpy as np
import pytest
from PIL import Image

from hyperface.images.reading import UnreadableImage, decode_image, read_size

WIDTH, HEIGHT = 48, 32
SHORT, LONG = 3, 4
# Where the stored top-left corner is seen, by the specification: (at the bottom, at the right).
SEEN = {1: (0, 0), 2: (0, 1), 3: (1, 1), 4: (1, 0), 5: (0, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>'


def tiff(planes, bits, tags=(), order="<", photometric=2, planar=1):
    """A TIFF with the given bytes of its planes, of one strip each, uncompressed."""
    samples = len(bits)
    content = {
        256: (LONG, [WIDTH]),
        257: (LONG, [HEIGHT]),
        258: (SHORT, list(bits)),
        259: (SHORT, [1]),
        262: (SHORT, [photometric]),
        273: (LONG, [0] * len(planes)),
        277: (SHORT, [samples]),
        278: (LONG, [HEIGHT]),
        279: (LONG, [len(plane) for plane in planes]),
        284: (SHORT, [planar]),
        **dict(tags),
    }
    at = 8 + 2 + 12 * len(content) + 4
    offsets = []
    extra = b""
    for plane in planes:
        offsets.append(at + len(extra))
        extra += plane
    content[273] = (LONG, offsets)
    entries = b""
    for tag, (kind, values) in sorted(content.items()):
        packed = struct.pack(order + {SHORT: "H", LONG: "I"}[kind] * len(values), *values)
        if len(packed) > 4:
            place = struct.pack(order + "I", at + len(extra))
            extra += packed
        else:
            place = packed.ljust(4, b"\0")
        entries += struct.pack(order + "HHI", tag, kind, len(values)) + place
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    return head + struct.pack(order + "H", len(content)) + entries + bytes(4) + extra


def colors():
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([5 * x, 7 * y, 3 * (x + y)], axis=-1).astype(np.uint8)


def reason(path):
    with pytest.raises(UnreadableImage) as caught:
        decode_image(path)
    return caught.value.reason


def corner(image):
    """Whether the bright corner of an image is at the bottom, and at the right."""
    bright = np.argwhere(image[..., 0] > 128).mean(axis=0)
    return tuple(bright > np.array(image.shape[:2]) / 2)


@pytest.mark.parametrize("apply", [False, True])
@pytest.mark.parametrize("max_side", [None, 16])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("told_by", ["tag", "xmp"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_a_rotated_tiff_is_rotated_once(
    tmp_path, apply, max_side, orientation, told_by, compression
):
    pixels = np.zeros((32, 64, 3), np.uint8)
    pixels[:16, :16] = 255
    tags = {274: orientation} if told_by == "tag" else {700: XMP % orientation}
    path = tmp_path / "a.tif"
    Image.fromarray(pixels).save(path, tiffinfo=tags, compression=compression)
    upright = (64, 32) if orientation < 5 else (32, 64)
    assert read_size(path) == upright
    image = decode_image(path, max_side, apply_orientation=apply)
    scale = 4 if max_side else 1
    assert image.shape == (upright[1] // scale, upright[0] // scale, 3)
    assert corner(image) == SEEN[orientation]


def test_a_tiff_with_orientation_6_is_upright(tmp_path):
    upright = Image.fromarray(colors())
    path = tmp_path / "o6.tif"
    upright.transpose(Image.Transpose.ROTATE_90).save(path, tiffinfo={274: 6})
    assert (decode_image(path, apply_orientation=True) == colors()).all()


@pytest.mark.parametrize("suffix", ["png", "webp", "avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_other_formats_are_rotated_once_and_only_on_request(tmp_path, suffix, orientation):
    if suffix == "avif" and ".avif" not in Image.registered_extensions():
        pytest.skip("this Pillow has no AVIF")
    pixels = np.zeros((32, 64, 3), np.uint8)
    pixels[:16, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(pixels).save(path, exif=exif, quality=95)
    assert (read_size(path), corner(decode_image(path))) == ((64, 32), (0, 0))
    turned = decode_image(path, apply_orientation=True)
    assert turned.shape[:2] == ((32, 64) if orientation < 5 else (64, 32))
    assert corner(turned) == SEEN[orientation]


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits_in_one_plane_are_read(tmp_path, order):
    path = tmp_path / "a.tif"
    pixels = (colors().astype(np.uint16) * 257).astype(order + "u2")
    path.write_bytes(tiff([pixels.tobytes()], (16, 16, 16), order=order))
    assert (decode_image(path) == colors()).all()


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits_in_separate_planes_raise(tmp_path, order):
    path = tmp_path / "a.tif"
    pixels = (colors().astype(np.uint16) * 257).astype(order + "u2")
    planes = [pixels[..., channel].tobytes() for channel in range(3)]
    path.write_bytes(tiff(planes, (16, 16, 16), order=order, planar=2))
    assert reason(path) == "16-bit TIFF in separate planes; save it as 8-bit or as PNG"


def test_eight_bits_in_separate_planes_are_read(tmp_path):
    path = tmp_path / "a.tif"
    planes = [colors()[..., channel].tobytes() for channel in range(3)]
    path.write_bytes(tiff(planes, (8, 8, 8), planar=2))
    assert (decode_image(path) == colors()).all()


GRAY = colors()[..., 0]


@pytest.mark.parametrize(
    ("pixels", "tags", "photometric", "why"),
    [
        (GRAY.astype("<u4"), {}, 1, "range is unknown"),
        (GRAY.astype("<i2"), {339: (SHORT, [2])}, 1, "range is unknown"),
        (GRAY.astype("<i4"), {339: (SHORT, [2])}, 1, "range is unknown"),
        (GRAY.astype("i1"), {339: (SHORT, [2])}, 1, "range is unknown"),
        (GRAY.astype("<f4"), {339: (SHORT, [3])}, 1, "floating-point"),
        (GRAY.astype("<f8"), {339: (SHORT, [3])}, 1, "TIFF of a kind that cannot be read"),
        (GRAY.astype("<u2"), {}, 0, "white as 0"),
        (colors().astype("<u4"), {}, 2, "TIFF of a kind that cannot be read"),
        (colors().astype("<f4"), {339: (SHORT, [3] * 3)}, 2, "TIFF of a kind that cannot be read"),
        (colors(), {}, 6, "reduced colors"),
        (colors(), {}, 8, r"L\*a\*b\*"),
    ],
)
def test_pixels_that_would_be_decoded_wrongly_raise(tmp_path, pixels, tags, photometric, why):
    bits = [8 * pixels.dtype.itemsize] * (pixels.size // GRAY.size)
    path = tmp_path / "a.tif"
    path.write_bytes(tiff([pixels.tobytes()], bits, tags, photometric=photometric))
    with pytest.raises(UnreadableImage, match=why):
        decode_image(path)


def test_a_palette_of_sixteen_bits_is_read_and_one_of_eight_raises(tmp_path):
    path = tmp_path / "a.tif"
    palette = [value for channel in range(3) for value in np.roll(np.arange(256), channel).tolist()]
    for scale in (257, 1):
        tags = {320: (SHORT, [scale * value for value in palette])}
        path.write_bytes(tiff([GRAY.tobytes()], (8,), tags, photometric=3))
        if scale == 257:
            expected = np.stack([GRAY, GRAY - np.uint8(1), GRAY - np.uint8(2)], axis=-1)
            assert (decode_image(path) == expected).all()
        else:
            assert reason(path) == "TIFF palette of 8 bits instead of 16; save it as RGB"


def test_twelve_bits_raise(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(tiff([bytes(WIDTH * HEIGHT * 3 // 2)], (12,), photometric=1))
    assert "12 bits" in reason(path)


THUMBNAIL, SUB_IMAGES, DNG = {254: (LONG, [1])}, {330: (LONG, [8])}, {50706: (LONG, [0x0401])}


@pytest.mark.parametrize("name", ["a.dng", "a.NEF", "a.cr2", "a.arw", "a.orf"])
@pytest.mark.parametrize("tags", [{}, THUMBNAIL | SUB_IMAGES])
def test_camera_raw_raises_instead_of_giving_its_thumbnail(tmp_path, name, tags):
    (tmp_path / name).write_bytes(tiff([colors().tobytes()], (8, 8, 8), tags))
    assert reason(tmp_path / name) == "camera raw; export it as JPEG"
    with pytest.raises(UnreadableImage, match="camera raw"):
        read_size(tmp_path / name)


def test_camera_raw_with_another_suffix_raises(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(tiff([colors().tobytes()], (8, 8, 8), DNG))
    assert reason(path) == "camera raw; export it as JPEG"
    path.write_bytes(tiff([colors().tobytes()], (8, 8, 8), THUMBNAIL | SUB_IMAGES))
    assert reason(path) == "TIFF whose first image is a thumbnail; export it as JPEG"
    path.write_bytes(tiff([colors().tobytes()], (8, 8, 8), THUMBNAIL))  # the only image there is
    assert (decode_image(path) == colors()).all()


def test_camera_raw_that_is_not_a_tiff_raises(tmp_path):
    (tmp_path / "a.raf").write_bytes(b"FUJIFILMCCD-RAW 0201" + bytes(100))
    assert reason(tmp_path / "a.raf") == "camera raw; export it as JPEG"
    Image.new("RGB", (4, 4), "red").save(tmp_path / "b.jpg")
    (tmp_path / "b.jpg").rename(tmp_path / "b.raw")  # what a file is, its content says
    assert decode_image(tmp_path / "b.raw").shape == (4, 4, 3)


def test_premultiplied_gray_is_read(tmp_path):
    path = tmp_path / "a.tif"
    pixels = np.stack([np.full_like(GRAY, 51), np.full_like(GRAY, 102)], axis=-1)
    path.write_bytes(tiff([pixels.tobytes()], (8, 8), {338: (SHORT, [1])}, photometric=1))
    # 51 of 102 is 127.5 of 255, of which 102 / 255 lies on white.
    assert np.abs(decode_image(path).astype(int) - (51 + 153)).max() <= 1
