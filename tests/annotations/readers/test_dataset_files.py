import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hyperface.annotations.readers.dataset_files import (
    ImageFolder,
    as_on_disk,
    file_named,
    folders_below,
    images_in,
    relative_name,
)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a.jpg", "a.jpg"),
        (r"net_7876\0_0_0.jpg", "net_7876/0_0_0.jpg"),
        (" ./a//b.jpg ", "a/b.jpg"),
        ("ä ö.jpg", "ä ö.jpg"),
        ("a..b.jpg", "a..b.jpg"),
        ("../a.jpg", None),
        ("a/../../b.jpg", None),
        ("a\\..\\..\\b.jpg", None),
        ("/etc/passwd", None),
        (r"\\server\a.jpg", None),
        ("C:\\a.jpg", None),
        ("C:a.jpg", None),
        ("2026-01-02 12:30:00.png", "2026-01-02 12:30:00.png"),
        ("a\0.jpg", None),
        ("", None),
        (".", None),
    ],
)
def test_relative_name(written, name):
    assert relative_name(written) == name


@given(st.text())
def test_a_relative_name_stays_inside(written):
    name = relative_name(written)
    assert name is None or not (name.startswith("/") or ".." in name.split("/"))


def test_find_an_image(tmp_path, make_image, skipped):
    path = make_image(tmp_path / "in" / "a.jpg", 30, 20)
    images = ImageFolder(tmp_path, "set", skipped)
    image = images.find(r"in\a.jpg")
    assert (image.path, image.name, image.source) == (path, "in/a.jpg", "set")
    assert (image.width, image.height, image.faces, image.complete) == (30, 20, (), False)
    assert images.find("in") is None
    assert images.find("../x") is None
    assert images.find("b" * 300) is None
    assert images.find("odd\udcff.jpg") is None
    assert sum(skipped.counts.values()) == 4


def test_find_an_image_in_one_of_several_places_and_only_once(tmp_path, make_image, skipped):
    make_image(tmp_path / "second" / "a.jpg", 30, 20)
    images = ImageFolder(tmp_path, "set", skipped)
    assert images.find("a.jpg", ("first", "second", "")).name == "second/a.jpg"
    assert images.find("b.jpg", ("first", "second", "")) is None
    assert images.find("second/a.jpg") is None
    assert skipped.names == {
        "no such image file": ["first/b.jpg"],
        "image listed twice, the first one is used": ["second/a.jpg"],
    }


def test_images_in(tmp_path, make_image):
    for name in ("b.JPG", "a.png", "c.txt", ".hidden.jpg"):
        (tmp_path / name).touch()
    assert [path.name for path in images_in(tmp_path)] == ["a.png", "b.JPG"]


COMPOSED, APART = "Zo\u00eb.jpg", "Zoe\u0308.jpg"


@pytest.mark.parametrize(("written", "there"), [(COMPOSED, APART), (APART, COMPOSED)])
@pytest.mark.parametrize("folder", ["in", "f\u00eates", "fe\u0302tes"])
def test_composed_and_decomposed_accents_match(
    tmp_path, make_image, skipped, written, there, folder
):
    make_image(tmp_path / folder / there, 30, 20)
    for way in ("in", "f\u00eates", "fe\u0302tes"):
        found = ImageFolder(tmp_path, "set", skipped).find(f"{way}\\{written}")
        same = (way == "in") == (folder == "in")
        assert (found and found.name) == (f"{folder}/{there}" if same else None)
    image = ImageFolder(tmp_path, "set", skipped).find(written, ["", folder])
    assert image.name == f"{folder}/{there}"


def test_an_exact_name_is_preferred(tmp_path, make_image):
    for name in (COMPOSED, APART):
        make_image(tmp_path / name)
        assert as_on_disk(tmp_path, name) == name
    assert as_on_disk(tmp_path, "gone\u00eb/a.jpg") == "gone\u00eb/a.jpg"


@pytest.mark.parametrize("suffix", [".jfif", ".JPE", ".ppm", ".PGM", ".jp2", ".mpo", ".tga"])
def test_images_of_rarer_suffixes(tmp_path, make_image, skipped, suffix):
    make_image(tmp_path / "a.jpg", 30, 20)
    path = tmp_path / f"b{suffix}"
    known = {".jfif": "JPEG", ".jpe": "JPEG", ".mpo": "JPEG", ".jp2": "JPEG2000", ".tga": "TGA"}
    Image.new("RGB", (30, 20), "gray").save(path, known.get(suffix.lower(), "PPM"))
    assert images_in(tmp_path, skipped) == [tmp_path / "a.jpg", path]
    image = ImageFolder(tmp_path, "set", skipped).find(path.name)
    assert (image.name, image.width, image.height) == (path.name, 30, 20)
    assert skipped.lines() == []


def test_images_skipped_are_reported(tmp_path, make_image, skipped):
    image = make_image(tmp_path / "a.jpg")
    for name in ("b", "c.jpg_large", "d.bak"):
        (tmp_path / name).write_bytes(image.read_bytes())
    (tmp_path / "e.nef").write_bytes(b"MM\0*" + bytes(99))
    (tmp_path / "f.MP4").touch()
    (tmp_path / "g.psd").write_bytes(b"8BPS\0\1" + bytes(99))
    (tmp_path / "h.download").write_bytes(b"RIFF\x40\0\0\0WEBPVP8 " + bytes(99))
    (tmp_path / "i.bigtiff").write_bytes(b"II+\0\x08\0\0\0" + bytes(99))
    (tmp_path / "notes.txt").write_text("a note")
    (tmp_path / "sub.x").mkdir()
    assert images_in(tmp_path, skipped) == [image]
    assert skipped.names == {
        "image with the suffix '', not read; give it the suffix of its format": ["b"],
        "image with the suffix '.jpg_large', not read; give it the suffix of its format": [
            "c.jpg_large"
        ],
        "image with the suffix '.bak', not read; give it the suffix of its format": ["d.bak"],
        "image with the suffix '.nef', not read; give it the suffix of its format": ["e.nef"],
        "image with the suffix '.psd', not read; give it the suffix of its format": ["g.psd"],
        "image with the suffix '.download', not read; give it the suffix of its format": [
            "h.download"
        ],
        "image with the suffix '.bigtiff', not read; give it the suffix of its format": [
            "i.bigtiff"
        ],
        "video among images, not read": ["f.MP4"],
    }


def test_folders_below_with_links_last(tmp_path, closed, skipped):
    for name in ("b/deep", "c", "closed/inner"):
        (tmp_path / "set" / name).mkdir(parents=True)
    (tmp_path / "far" / "in").mkdir(parents=True)
    (tmp_path / "set" / "a_link").symlink_to(tmp_path / "set" / "b")
    (tmp_path / "set" / "b_link").symlink_to(tmp_path / "far")
    (tmp_path / "far" / "loop").symlink_to(tmp_path)
    (tmp_path / "set" / "nowhere").symlink_to(tmp_path / "gone")
    closed(tmp_path / "set" / "closed")
    found = [
        path.relative_to(tmp_path).as_posix() for path in folders_below(tmp_path / "set", skipped)
    ]
    expected = ["set", "set/b", "set/b/deep", "set/c", "set/b_link", "set/b_link/in"]
    assert found[:6] == expected
    assert found[6:] == ["set/b_link/loop"]  # the folder above, of which the rest is known
    assert skipped.names == {"no permission to read the folder": [str(tmp_path / "set" / "closed")]}


def test_images_in_a_unreadable_folder(tmp_path, make_image, closed, skipped):
    make_image(tmp_path / "closed" / "a.jpg")
    closed(tmp_path / "closed")
    assert images_in(tmp_path / "closed", skipped) == []
    assert skipped.counts == {"no permission to read the folder": 1}
    with pytest.raises(PermissionError):
        images_in(tmp_path / "closed")


def test_file_named(tmp_path):
    assert file_named(tmp_path, "anno.mat") is None
    for name in ("ANNO.MAT", "anno.MAT", "anno.mat"):
        (tmp_path / name).touch()
        assert file_named(tmp_path, "anno.mat") == tmp_path / name
