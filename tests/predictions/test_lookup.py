from pathlib import Path

import pytest

from hyperface.annotations.record import AnnotatedImage
from hyperface.errors import UserError
from hyperface.predictions.lookup import Predictions


def image(path, frame=None):
    return AnnotatedImage(Path(path), Path(path).name, "set", 200, 100, frame=frame)


def row_of(path, *images, frame=None, **fields):
    rows = [{"image": pixels, "faces": [], **fields} for pixels in images]
    asked = image(path, frame)
    row = Predictions(rows, Path("theirs.jsonl"), [asked]).row(asked)
    return row and row["image"]


@pytest.mark.parametrize(
    "image", ["/data/afw/b/1.jpg", "b/1.jpg", "1.jpg", "elsewhere/1.jpg", "./b/1.jpg"]
)
def test_rows_are_matched_by_the_end_of_the_path(image):
    assert row_of("/data/afw/b/1.jpg", "other.jpg", image) == image


def test_the_longest_common_end_wins():
    assert row_of("/data/b/1.jpg", "a/1.jpg", "b/1.jpg", "1.jpg") == "b/1.jpg"


def test_an_image_without_a_row_has_none():
    assert row_of("/data/1.jpg", "2.jpg", "1.png", "1.jpg/2.jpg") is None
    assert row_of("/data/1.jpg") is None


def test_a_row_belongs_to_the_image_that_it_fits_best():
    images = [image(f"/data/{day}/big/1.jpg") for day in ("07", "08", "09")]
    for names in (["07/big/1.jpg"], ["07/big/1.jpg", "08/big/1.jpg"]):
        rows = [{"image": name, "faces": []} for name in names]
        found = Predictions(rows, Path("theirs.jsonl"), images)
        assert [found.row(each) for each in images] == rows + [None] * (3 - len(rows))


def test_several_rows_that_fit_are_refused():
    with pytest.raises(UserError, match="several rows"):
        row_of("/data/c/1.jpg", "a/1.jpg", "b/1.jpg")
    with pytest.raises(UserError, match="several rows"):
        row_of("/data/1.jpg", "1.jpg", "1.jpg")


def test_frames_of_a_video():
    assert row_of("/data/001/vid.avi", "001/vid.avi", frame=7) is None
    rows = [{"image": "001/vid.avi", "frame": n, "faces": [n]} for n in range(9)]
    asked = image("/data/001/vid.avi", 7)
    found = Predictions(rows, Path("theirs.jsonl"), [asked]).row(asked)
    assert found["faces"] == [7]


def test_another_size_is_refused():
    assert row_of("/data/1.jpg", "1.jpg", width=200, height=100) == "1.jpg"
    assert row_of("/data/1.jpg", "1.jpg", width=0, height=0) == "1.jpg"  # not looked at
    with pytest.raises(UserError, match="100 x 200 there and 200 x 100 as it is stored"):
        row_of("/data/1.jpg", "1.jpg", width=100, height=200)


@pytest.mark.parametrize(
    "image", [r"C:\data\afw\b\1.jpg", r"b\1.jpg", r".\b\1.jpg", r"D:\1.jpg", r"afw\b/1.jpg"]
)
def test_paths_from_windows(image):
    assert row_of("/data/afw/b/1.jpg", r"b\2.jpg", image) == image
    assert row_of("/data/b/1.jpg", r"a\1.jpg", r"b\1.jpg", "1.jpg") == r"b\1.jpg"


@pytest.mark.parametrize(("own", "theirs"), [("Zo\u00eb", "Zoe\u0308"), ("Zoe\u0308", "Zo\u00eb")])
def test_composed_and_decomposed_accents_match(own, theirs):
    name = f"{theirs}/{theirs}.jpg"
    assert row_of(f"/data/{own}/{own}.jpg", "x.jpg", f"b/{theirs}.jpg", name) == name


@pytest.mark.parametrize("image", ["", ".", "/", 7, None])
def test_invalid_names_match_nothing(image):
    assert row_of("/data/1.jpg", image) is None
    assert row_of("/data/1.jpg", image, "1.jpg", frame=None) == "1.jpg"
