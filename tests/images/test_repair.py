"""Sound files that Pillow alone refuses."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile, PngImagePlugin
from PIL.PngImagePlugin import PngInfo

from hyperface.images.reading import UnreadableImage, decode_image, read_size


def scene(height=120, width=200):
    """Something like a photograph: a ramp, noise and an edge."""
    ramp = np.add.outer(np.arange(height), np.arange(width))[..., None] % 200
    noise = np.random.default_rng(0).integers(0, 50, (height, width, 3))
    pixels = (ramp + noise).astype(np.uint8)
    pixels[height // 3 :, width // 2 :] //= 2
    return pixels


def jpeg(pixels=None, **options):
    file = io.BytesIO()
    Image.fromarray(scene() if pixels is None else pixels).save(file, "JPEG", **options)
    return file.getvalue()


def read(tmp_path, content, name="a.jpg", **options):
    (tmp_path / name).write_bytes(content)
    return decode_image(tmp_path / name, **options)


KINDS = [
    {"quality": 90},
    {"quality": 30, "optimize": True},
    {"progressive": True},
    {"quality": 100, "subsampling": 0},
    {"restart_marker_rows": 1},
    {"progressive": True, "restart_marker_blocks": 5},
]


@pytest.mark.parametrize("options", KINDS)
@pytest.mark.parametrize("end", [b"", b"\xff", b"\xff\xff\xff"])
@pytest.mark.parametrize("max_side", [None, 50])
def test_a_jpeg_that_lacks_only_its_end_marker_is_read(tmp_path, options, end, max_side):
    whole = jpeg(**options)
    assert whole.endswith(b"\xff\xd9")
    expected = read(tmp_path, whole, max_side=max_side)
    assert (read(tmp_path, whole[:-2] + end, max_side=max_side) == expected).all()
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"mode": "L"}, {"optimize": True}])
def test_a_flat_jpeg_that_lacks_only_its_end_marker_is_read(tmp_path, options):
    flat = np.full((64, 96, 3), (200, 40, 90), np.uint8)
    whole = jpeg(flat, **options)
    assert (read(tmp_path, whole[:-2]) == read(tmp_path, whole)).all()


@pytest.mark.parametrize("options", KINDS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.98])
@pytest.mark.parametrize("zeros", [0, 20])
def test_a_truncated_jpeg_raises(tmp_path, options, part, zeros):
    whole = jpeg(**options)
    content = whole[: int(len(whole) * part)]
    with pytest.raises(UnreadableImage, match=r"truncated|broken|not an image"):
        read(tmp_path, content + bytes(zeros))


def test_a_jpeg_cut_at_any_byte_never_gives_another_image(tmp_path):
    whole = jpeg(scene(40, 56), quality=80)
    expected = read(tmp_path, whole).astype(int)
    for lost in range(2, 40):
        try:
            got = read(tmp_path, whole[:-lost])
        except UnreadableImage:
            continue
        assert np.abs(got - expected).max() <= 2


@pytest.mark.parametrize("options", [{"restart_marker_rows": 1}, {"restart_marker_blocks": 3}])
def test_a_jpeg_cut_at_a_restart_marker_raises(tmp_path, options):
    whole = jpeg(**options)
    for number in range(6):
        at = whole.rindex(bytes([0xFF, 0xD0 + number]))
        for cut in (at, at + 1, at + 2):
            with pytest.raises(UnreadableImage, match="truncated"):
                read(tmp_path, whole[:cut])


def test_a_progressive_jpeg_cut_between_scans_raises(tmp_path):
    whole = jpeg(progressive=True)
    scans = [at for at in range(len(whole)) if whole[at : at + 2] == b"\xff\xda"]
    tables = [whole.rindex(b"\xff\xc4", 0, at) for at in scans[1:]]
    assert len(tables) >= 5
    for cut in (*tables, *scans[1:]):
        with pytest.raises(UnreadableImage, match=r"truncated|broken"):
            read(tmp_path, whole[:cut])


def test_gray_and_cmyk_jpegs_without_end_markers_are_read(tmp_path):
    for mode in ("L", "CMYK"):
        file = io.BytesIO()
        Image.fromarray(scene()).convert(mode).save(file, "JPEG")
        whole = file.getvalue()
        assert (read(tmp_path, whole[:-2]) == read(tmp_path, whole)).all()
        with pytest.raises(UnreadableImage, match="truncated"):
            read(tmp_path, whole[: len(whole) * 2 // 3])


def test_a_jpeg_without_end_marker_keeps_its_exif_rotation(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = jpeg(exif=exif)
    turned = read(tmp_path, whole[:-2], apply_orientation=True)
    assert turned.shape == (200, 120, 3)
    assert (turned == read(tmp_path, whole, apply_orientation=True)).all()


@pytest.mark.parametrize("behind", [b"\0" * 500, b"\r\n", b"garbage", b"\xff\xd8\xff\xe0"])
def test_bytes_after_the_end_marker_are_ignored(tmp_path, behind):
    assert (read(tmp_path, jpeg() + behind) == read(tmp_path, jpeg())).all()


def test_the_first_of_two_images_in_a_file_is_read(tmp_path):
    path = tmp_path / "a.mpo"
    second = Image.new("RGB", (200, 120), "blue")
    Image.fromarray(scene()).save(path, "MPO", save_all=True, append_images=[second])
    whole = path.read_bytes()
    expected = read(tmp_path, whole, "b.jpg")
    assert np.abs(expected.astype(int) - scene()).mean() < 20
    assert (read(tmp_path, whole[:-200], "b.jpg") == expected).all()  # the second is cut
    with pytest.raises(UnreadableImage, match="truncated"):
        read(tmp_path, whole[: whole.index(b"\xff\xd8", 2) // 2], "b.jpg")


LONG = "x" * 3_000_000


def png(texts=(), pixels=None, **options):
    info = PngInfo()
    for key, text, kind in texts:
        if kind == "iTXt":
            info.add_itxt(key, text, zip=True)
        else:
            info.add_text(key, text, zip=kind == "zTXt")
    file = io.BytesIO()
    image = Image.fromarray(scene() if pixels is None else pixels)
    image.save(file, "PNG", pnginfo=info, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["zTXt", "iTXt", "tEXt"])
@pytest.mark.parametrize("copies", [1, 30])
def test_a_png_with_a_long_text_is_read(tmp_path, kind, copies):
    content = png([(f"prompt {number}", LONG, kind) for number in range(copies)])
    limits = PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY
    assert (read(tmp_path, content, "a.png") == scene()).all()
    assert read_size(tmp_path / "a.png") == (200, 120)
    assert limits == (PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY)


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (b"zTXt", b"prompt\0\0" + zlib.compress(LONG.encode())),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(LONG.encode())),
        (b"iCCP", b"profile\0\0" + zlib.compress(LONG.encode())),
    ],
)
@pytest.mark.parametrize("behind", [False, True])
def test_a_long_text_may_be_before_or_after_the_pixels(tmp_path, name, body, behind):
    content = png()
    at = content.index(b"IEND" if behind else b"IDAT") - 4
    content = content[:at] + chunk(name, body) + content[at:]
    assert (read(tmp_path, content, "a.png") == scene()).all()
    assert read_size(tmp_path / "a.png") == (200, 120)


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt"])
def test_a_png_with_a_long_text_keeps_its_rotation(tmp_path, kind):
    filler = "".join(chr(33 + number * 7 % 90) for number in range(4000))
    xmp = f'<rdf:Description tiff:Orientation="6" filler="{filler}"/>'.replace(">", "").strip()
    texts = [("prompt", LONG, "zTXt"), ("XML:com.adobe.xmp", xmp, kind)]
    content = png(texts)
    assert read(tmp_path, content, "a.png", apply_orientation=True).shape == (200, 120, 3)
    exif = Image.Exif()
    exif[0x0112] = 6
    content = png(texts[:1], exif=exif)
    assert read(tmp_path, content, "a.png", apply_orientation=True).shape == (200, 120, 3)


def test_a_truncated_png_with_a_long_text_raises(tmp_path):
    content = png([("prompt", LONG, "zTXt")])
    with pytest.raises(UnreadableImage, match=r"truncated|broken"):
        read(tmp_path, content[: len(content) * 2 // 3], "a.png")
