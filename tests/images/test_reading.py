import builtins
import os
import struct
import sys
import types
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hyperface.images.reading import MAX_PIXELS, UnreadableImage, decode_image, read_size


def save(path, pixels, mode=None, **options):
    Image.fromarray(np.asarray(pixels, np.uint8), mode).save(path, **options)
    return path


def noise(height=40, width=60):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def reason(path):
    with pytest.raises(UnreadableImage) as caught:
        decode_image(path)
    assert caught.value.reason == str(caught.value)
    return caught.value.reason


def chunk(name, content):
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def hollow_png(width, height):
    """A PNG file that claims a size and holds next to nothing."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_rgb_is_unchanged(tmp_path):
    path = save(tmp_path / "a.png", noise())
    image = decode_image(path)
    assert (image == noise()).all()
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous and image.flags.writeable
    assert read_size(path) == (60, 40)


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("L", 100, (100, 100, 100)),
        ("1", 1, (255, 255, 255)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 0, 51), (204, 204, 204)),
        ("LA", (100, 255), (100, 100, 100)),
        ("I;16", 65535, (255, 255, 255)),
        ("I;16", 257 * 77, (77, 77, 77)),
    ],
)
def test_every_pixel_format_becomes_rgb(tmp_path, mode, color, expected):
    Image.new(mode, (3, 2), color).save(tmp_path / "a.png")
    image = decode_image(tmp_path / "a.png")
    assert image.shape == (2, 3, 3)
    assert (image == expected).all()


def test_transparent_palette_colors_become_white(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "a.png", transparency=1)
    assert decode_image(tmp_path / "a.png").tolist() == [[[255, 0, 0], [255, 255, 255]]]


def test_a_cmyk_jpeg_becomes_rgb(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=95)
    red, green, blue = decode_image(tmp_path / "a.jpg")[8, 8]
    assert red > 200 and green < 60 and blue < 60


def test_an_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (decode_image(tmp_path / "a.gif") == (255, 0, 0)).all()


@pytest.mark.parametrize(("mode", "value"), [("F", 0.5), ("I", 70000)])
def test_pixels_of_unknown_range_raise(tmp_path, mode, value):
    Image.new(mode, (4, 4), value).save(tmp_path / "a.tif")
    assert "range is unknown" in reason(tmp_path / "a.tif")


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (1, 5000)])
@pytest.mark.parametrize("max_side", [None, 7])
def test_extreme_shapes_are_read(tmp_path, size, max_side):
    Image.new("RGB", size).save(tmp_path / "a.png")
    height, width, _ = decode_image(tmp_path / "a.png", max_side).shape
    assert min(width, height) == 1
    assert max(width, height) == min(max(size), max_side or 5000)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_max_side_reduces_and_never_enlarges(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    ramp = np.linspace(0, 255, 400)[None, :, None] * np.ones((300, 1, 3))
    save(path, ramp)
    small = decode_image(path, max_side=100)
    assert small.shape == (75, 100, 3)
    assert np.abs(small[40, :, 0].astype(int) - np.linspace(0, 255, 100)).max() < 6
    assert decode_image(path, max_side=1000).shape == (300, 400, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied_only_on_request(tmp_path, orientation):
    path = tmp_path / "a.jpg"
    pixels = np.zeros((32, 64, 3), np.uint8)
    pixels[:16, :16] = 255  # the top-left corner
    exif = Image.Exif()
    exif[0x0112] = orientation
    save(path, pixels, exif=exif, quality=95)
    assert decode_image(path).shape == (32, 64, 3)
    assert read_size(path) == (64, 32)
    turned = decode_image(path, apply_orientation=True)
    white = np.argwhere(turned[..., 0] > 128).mean(0) > np.array(turned.shape[:2]) / 2
    # Where the stored top-left corner is seen, by the EXIF standard: (at the bottom, at the right).
    seen = {1: (0, 0), 2: (0, 1), 3: (1, 1), 4: (1, 0), 5: (0, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}
    assert tuple(white) == seen[orientation]


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "webp", "bmp", "tif"])
@pytest.mark.parametrize("max_side", [None, 20])
def test_a_truncated_image_raises(tmp_path, suffix, max_side):
    path = save(tmp_path / f"a.{suffix}", noise(200, 200))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnreadableImage, match=r"truncated|broken|not an image"):
        decode_image(path, max_side)


def test_files_that_are_not_images_raise(tmp_path):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    assert reason(tmp_path / "empty.jpg") == "an empty file"
    assert reason(tmp_path / "text.jpg") == "not an image or video of a known format"
    assert reason(tmp_path / "folder.jpg") == "is a folder"
    assert reason(tmp_path / "loop.jpg") == "no such image file"
    assert reason(tmp_path / "missing.jpg") == "no such image file"
    assert reason("nul\0byte.jpg") == "no such image file"


def test_a_named_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert reason(tmp_path / "pipe.jpg") == "no such image file"


def test_an_image_with_a_wrong_suffix_is_read_by_its_content(tmp_path):
    save(tmp_path / "a.png", noise())
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert (decode_image(tmp_path / "a.jpg") == noise()).all()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_raises(tmp_path):
    path = save(tmp_path / "a.png", noise())
    path.chmod(0)
    assert reason(path) == "no permission to read it"


@pytest.mark.parametrize("size", [(10_000, 9_000), (12_000, 9_000), (30_000, 30_000)])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_decompression_bomb_is_rejected_by_its_header(tmp_path, size):
    (tmp_path / "bomb.png").write_bytes(hollow_png(*size))
    assert f"{MAX_PIXELS:,}" in reason(tmp_path / "bomb.png")
    with pytest.raises(UnreadableImage):
        read_size(tmp_path / "bomb.png")


HEIC_START = b"\0\0\0\x18ftypheic" + bytes(50)


def test_heic_without_the_plugin_names_the_plugin(tmp_path, monkeypatch):
    real_import = builtins.__import__

    def without_plugin(name, *args, **kwargs):
        if name == "pillow_heif":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_plugin)
    (tmp_path / "a.heic").write_bytes(HEIC_START)
    assert "pip install pillow-heif" in reason(tmp_path / "a.heic")


def test_heic_with_the_plugin_is_read(tmp_path, monkeypatch):
    registered = []
    plugin = types.SimpleNamespace(register_heif_opener=lambda: registered.append(True))
    monkeypatch.setitem(sys.modules, "pillow_heif", plugin)
    (tmp_path / "a.heic").write_bytes(HEIC_START)
    assert reason(tmp_path / "a.heic") == "not an image or video of a known format"
    assert registered


STARTS = [
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"RIFF\0\0\0\0WEBP",
]


@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=200))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_any_bytes_give_an_image_or_a_reason(tmp_path, start, rest):
    path = tmp_path / "any.jpg"
    path.write_bytes(start + rest)
    try:
        assert decode_image(path).shape[2] == 3
    except UnreadableImage as error:
        assert error.reason


@given(position=st.integers(0, 10**6), value=st.integers(0, 255))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "gif", "webp"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_changed_byte_gives_an_image_or_a_reason(tmp_path, suffix, position, value):
    path = save(tmp_path / f"a.{suffix}", noise(12, 12))
    content = bytearray(path.read_bytes())
    content[position % len(content)] = value
    path.write_bytes(content)
    try:
        assert decode_image(path, apply_orientation=True).shape[2] == 3
    except UnreadableImage as error:
        assert error.reason
