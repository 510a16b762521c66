import json

import h5py
import numpy as np
import pytest

from hyperface.annotations.finding import read_all
from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.readers import samples
from hyperface.errors import UserError
from hyperface.images.decoding import read_region
from hyperface.images.fingerprints import fingerprint_all
from hyperface.images.reading import UnreadableImage

FACE = {"box": [40, 20, 60, 50], "gender": "female", "person": "Ana"}


def record(*faces, **more):
    made = {"name": "x/a.jpg", "source": "set", "split": "train", "width": 200, "height": 150}
    return made | {"complete": True, "faces": list(faces)} | more


@pytest.fixture
def write(tmp_path):
    """Writes a sample file of regions of 10 x 10 pixels; gives its folder."""

    def write(boxes, images, numbers=None, name="samples-00003.h5"):
        pixel_arrays = np.arange(len(boxes), dtype=np.uint8).reshape(-1, 1, 1, 1)
        with h5py.File(tmp_path / name, "w") as file:
            file["images"] = np.tile(pixel_arrays, (1, 10, 10, 3))
            file["boxes_xyxy"] = np.int32(boxes)
            file["picture"] = np.int32(numbers if numbers else [0] * len(boxes))
            file["pictures"] = json.dumps(images)
        return tmp_path

    return write


def test_a_region_is_an_image_with_its_faces_moved(write, skipped):
    far = {"box": [150, 100, 170, 120]}
    folder = write([[30, 10, 70, 60], [100, 0, 120, 20]], [record(FACE, far)])
    assert samples.recognizes(folder)
    first, second = samples.read(folder, skipped)
    assert skipped.lines() == []
    assert (first.source, first.name, first.frame) == ("set", "x/a.jpg/samples-00003-0", 0)
    assert (first.width, first.height, first.split, first.complete) == (10, 10, "train", True)
    (face,) = first.faces  # of 40 x 50 pixels made 10 x 10: a quarter, and a fifth
    np.testing.assert_allclose(face.box_xyxy, [2.5, 2, 7.5, 8], rtol=1e-6)
    np.testing.assert_allclose(face.published_box_xyxy, [2.5, 2, 7.5, 8], rtol=1e-6)
    assert (face.gender, face.person) == (1.0, "Ana")
    assert (second.faces, second.frame, second.complete) == ((), 1, True)
    assert read_pixels(second).tolist() == np.ones((10, 10, 3)).tolist()


def test_ignored_faces_move_too(write, skipped):
    folder = write([[30, 10, 70, 60], [100, 0, 120, 20]], [record(ignored=[[40, 20, 60, 50]])])
    first, second = samples.read(folder, skipped)
    np.testing.assert_allclose(first.ignored_xyxy, [[2.5, 2, 7.5, 8]], rtol=1e-6)
    assert second.ignored_xyxy.shape == (0, 4)
    assert first.complete and second.complete


def test_landmarks_move_and_what_is_hidden_stays_so(write, skipped, face_landmarks):
    points = face_landmarks(yaw=20)
    visibility = [0 if number == 3 else 1 for number in range(21)]
    face = {"landmarks": points.tolist(), "visibility": visibility}
    (image,) = samples.read(write([[50, 0, 150, 100]], [record(face)]), skipped)
    (moved,) = image.faces
    np.testing.assert_allclose(moved.landmarks, (points - [50, 0]) / 10, atol=1e-4)
    assert moved.visibility.tolist() == visibility
    np.testing.assert_allclose(np.degrees(moved.pose), [0, 0, 20], atol=0.1)


def test_what_cannot_be_trained_on_is_counted(write, skipped):
    images = [
        record(FACE, name="a"),
        record(name="b", complete=False),
        record(FACE, name="c", split=None),
        record({"box": [40, 20, 30, 50]}, FACE, name="d"),
    ]
    folder = write([[0, 0, 9, 9]] * 4, images, [0, 1, 2, 3])
    (folder / "samples-00004.h5").write_bytes(b"broken")
    write([[0, 0, 9, 9]], [{"name": "a", "source": "set", "split": None}], name="samples-00005.h5")
    first, last = samples.read(folder, skipped)
    assert (first.name, first.complete) == ("a/samples-00003-0", True)
    assert (last.name, last.complete) == ("d/samples-00003-3", False)
    assert skipped.names == {
        "box of negative size": ["d"],
        "region of an image without annotation": ["b"],
        "region of an image that is neither for training nor held out": ["c"],
        "sample file that is damaged, or of an older version: make it again": [
            "samples-00004.h5",
            "samples-00005.h5",
        ],
    }


def test_it_is_read_only_where_it_is_named(write, tmp_path):
    write([[30, 10, 70, 60]], [record(FACE)])
    images, _ = read_all(f"samples:{tmp_path}", tmp_path)
    assert [image.source for image in images] == ["set"]
    with pytest.raises(UserError, match="`samples:` before the path"):
        read_all(str(tmp_path), tmp_path)


def test_pixels_that_are_not_there(write, tmp_path):
    folder = write([[30, 10, 70, 60]], [record(FACE)])
    path = folder / "samples-00003.h5"
    for file, number in ((path, 7), (folder / "samples-00009.h5", 0)):
        with pytest.raises(UnreadableImage, match="damaged sample file"):
            read_region(file, number)
    _, broken = fingerprint_all([(path, 0), (path, 7)], tmp_path / "cache.npy")
    assert broken == {1: "a damaged sample file"}
