import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import points_68
from hyperface.annotations.record import SkipReport
from hyperface.geometry.rectangle import face_rectangle_xyxy


def pts(points, header=True):
    lines = [f"{x:.4f} {y:.4f}" for x, y in points]
    return "\n".join(["version: 1", "n_points:  68", "{", *lines, "}"] if header else lines) + "\n"


@pytest.fixture
def helen(tmp_path, make_image, face_68):
    """A folder with one image of a face with yaw 20 degrees, in the published layout."""
    folder = tmp_path / "helen" / "trainset"
    make_image(folder / "1_1.jpg")
    (folder / "1_1.pts").write_text(pts(face_68(yaw=20) + 0.5))  # counted from 1
    return folder


def test_one_face(helen, skipped, face_landmarks):
    assert points_68.recognizes(helen)
    (image,) = points_68.read(helen, skipped)
    assert skipped.lines() == []
    assert (image.source, image.name) == ("helen", "trainset/1_1.jpg")
    assert (image.width, image.height) == (200, 150)
    assert image.path == helen / "1_1.jpg"
    assert not image.complete
    assert image.split is None
    (face,) = image.faces
    expected = face_landmarks(yaw=20)
    ears = [12, 16]
    labeled = np.setdiff1d(np.arange(21), ears)
    np.testing.assert_allclose(face.landmarks[labeled], expected[labeled], atol=1e-3)
    assert np.isnan(face.landmarks[ears]).all()
    assert np.isnan(face.visibility[ears]).all()  # missing, not invisible
    # All 68 are placed, but at yaw 20 the nose hides its own far wing.
    assert np.flatnonzero(face.visibility == 0).tolist() == [13]
    assert (face.visibility[np.setdiff1d(labeled, 13)] == 1).all()
    np.testing.assert_allclose(np.degrees(face.pose), [0, 0, 20], atol=0.05)
    use = np.isin(np.arange(21), labeled)
    np.testing.assert_allclose(face.box_xyxy, face_rectangle_xyxy(expected, use), atol=0.01)
    assert np.isnan(face.gender)
    assert np.isnan(face.published_box_xyxy).all()
    assert face.landmarks.dtype == face.box_xyxy.dtype == face.pose.dtype == np.float32


def test_copies_without_header(helen, skipped, face_68):
    with_header = next(points_68.read(helen, skipped))
    (helen / "1_1.pts").write_bytes(
        pts(face_68(yaw=20) + 0.5, header=False).replace("\n", "\r\n").encode()
    )
    without = next(points_68.read(helen, skipped))
    assert (with_header.faces[0].box_xyxy == without.faces[0].box_xyxy).all()


@pytest.mark.parametrize("form", ["{} {} 0.98", "{},{}", "{}, {}, 1", "{}\t{}"])
def test_copies_with_commas_comments_and_a_third_number(helen, skipped, face_68, form):
    expected = next(points_68.read(helen, skipped))
    lines = [form.format(x, y) for x, y in face_68(yaw=20) + 0.5]
    (helen / "1_1.pts").write_text("\n".join(["# 68 points", "{", *lines, "}"]))
    found = next(points_68.read(helen, skipped))
    np.testing.assert_allclose(
        found.faces[0].landmarks, expected.faces[0].landmarks, atol=1e-3, equal_nan=True
    )
    assert skipped.lines() == []


def test_several_faces_of_one_image(tmp_path, make_image, face_68, skipped):
    make_image(tmp_path / "afw" / "134212.jpg")
    for number, x in (1, 60), (2, 140):
        points = face_68(scale=15, x=x)
        (tmp_path / "afw" / f"134212_{number}.pts").write_text(pts(points))
    (image,) = points_68.read(tmp_path / "afw", skipped)
    assert [round(float(face.box_xyxy[[0, 2]].mean())) for face in image.faces] == [60, 140]
    assert image.source == "afw_68"  # not AFW, the test set


def test_published_test_set_is_held_out(helen, skipped):
    helen.rename(helen.parent / "testset")
    (image,) = points_68.read(helen.parent / "testset", skipped)
    assert image.split == "validation"
    assert image.source == "helen"


@pytest.mark.parametrize("missing", ["-1 -1", "0 0", "nan nan"])
def test_missing_point(helen, skipped, missing, face_68):
    lines = pts(face_68() + 0.5).splitlines()
    lines[3 + 8] = missing  # the chin
    (helen / "1_1.pts").write_text("\n".join(lines))
    (image,) = points_68.read(helen, skipped)
    assert np.isnan(image.faces[0].landmarks[20]).all()
    assert np.isnan(image.faces[0].visibility[20])
    assert skipped.lines() == []


FAULTS = {
    "too few points": (lambda text: "\n".join(text.splitlines()[:40]), "68 lines"),
    "too many points": (lambda text: text.replace("}", "1 2\n}"), "68 lines"),
    "three numbers": (lambda text: text.replace("{\n", "{\n1 2 3\n"), "68 lines"),
    "a word": (lambda text: text.replace("{\n", "{\nx y\n"), "not a number"),
    "empty": (lambda text: "", "68 lines"),
    "all missing": (lambda text: pts([(-1, -1)] * 68), "fewer than 4 usable landmarks"),
    "all in one place": (lambda text: pts([(50, 50)] * 68), "fewer than 4 usable landmarks"),
    "far away": (lambda text: pts([(1e30, 50)] * 68), "far outside"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_counted_with_the_file(helen, skipped, fault):
    change, reason = FAULTS[fault]
    (helen / "1_1.pts").write_text(change((helen / "1_1.pts").read_text()))
    assert list(points_68.read(helen, skipped)) == []
    assert any(reason in line and "1_1" in line for line in skipped.lines()), skipped.lines()


def test_face_beside_the_image(helen, skipped, face_68):
    (helen / "1_1.pts").write_text(pts(face_68(x=320)))
    assert list(points_68.read(helen, skipped)) == []
    assert skipped.counts == {"box outside the image": 1}


def test_image_missing_or_broken(helen, skipped):
    (helen / "2_1.pts").write_text((helen / "1_1.pts").read_text())
    (helen / "1_1.jpg").write_bytes(b"")
    assert list(points_68.read(helen, skipped)) == []
    assert skipped.counts == {"no such image file": 1, "an empty file": 1}


@given(
    content=st.binary(max_size=400)
    | st.text("0123456789.-+naif {}\n:e", max_size=400).map(str.encode)
)
def test_any_bytes_give_a_face_or_a_reason(helen, content):
    (helen / "1_1.pts").write_bytes(content)
    skipped = SkipReport()
    images = list(points_68.read(helen, skipped))
    assert len(images) + sum(skipped.counts.values()) >= 1


@pytest.mark.parametrize("suffix", [".PTS", ".Pts"])
def test_suffix_in_capitals(helen, skipped, suffix):
    (helen / "1_1.pts").rename(helen / f"1_1{suffix}")
    (helen / "1_1.jpg").rename(helen / "1_1.JPG")
    assert points_68.recognizes(helen)
    (image,) = points_68.read(helen, skipped)
    assert image.name == "trainset/1_1.JPG"
    assert skipped.lines() == []


@pytest.mark.parametrize(
    ("image", "points"), [("Zo\u00eb", "Zoe\u0308"), ("Zoe\u0308", "Zo\u00eb")]
)
def test_composed_and_decomposed_accents_match(helen, skipped, image, points):
    (helen / "1_1.jpg").rename(helen / f"{image}.jpg")
    (helen / "1_1.pts").rename(helen / f"{points}_1.pts")
    assert [each.name for each in points_68.read(helen, skipped)] == [f"trainset/{image}.jpg"]
    assert skipped.lines() == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("mark", [".", ","])
def test_edited_text(helen, skipped, encoding, end, mark):
    (expected,) = points_68.read(helen, skipped)
    text = (helen / "1_1.pts").read_text().replace("\n", end).replace(".", mark)
    (helen / "1_1.pts").write_bytes(text.encode(encoding))
    (image,) = points_68.read(helen, skipped)
    np.testing.assert_array_equal(image.faces[0].landmarks, expected.faces[0].landmarks)
    assert skipped.lines() == []


def test_an_image_without_points_is_counted(helen, make_image, skipped):
    make_image(helen / "2_1.jpg")
    (helen / "._1_1.pts").write_bytes(b"\0\5\x16\7")  # macOS leaves these on other disks
    assert len(list(points_68.read(helen, skipped))) == 1
    assert skipped.names == {"image without a .pts file": ["2_1.jpg"]}
