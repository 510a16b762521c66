import numpy as np
import pytest

from hyperface.annotations.readers import cfp

# A face turned to the image's right: the edge of the face from the ear, at the left, to the chin;
# brow, eye, nose and lips at the right. In the order of the set's files.
ROWS = [
    *((40, 70), (41, 84), (44, 98), (52, 110), (62, 120), (74, 128), (88, 134), (104, 139)),
    (122, 142),
    *((98, 45), (110, 40), (121, 43)),
    *((98, 58), (103, 55), (109, 55), (114, 59), (103, 62), (109, 63)),
    *((124, 62), (129, 70), (134, 78), (138, 86), (130, 91), (122, 92), (116, 90)),
    *((114, 108), (130, 104), (128, 109), (128, 118), (128, 111)),
]
WIDTH = 160
PROFILE, FRONTAL = "001/profile/01", "001/frontal/01"
RIGHT_TURNED = {
    **{0: (98, 45), 1: (110, 40), 2: (121, 43), 6: (98, 58), 8: (114, 59), 13: (116, 90)},
    **{14: (138, 86), 17: (114, 108), 20: (122, 142)},
    7: (106, 176 / 3),  # the mean of the ring
    18: (128, 110),  # the middle between the lips
}
LEFT_TURNED = {
    **{5: (62, 45), 4: (50, 40), 3: (39, 43), 11: (62, 58), 9: (46, 59), 15: (44, 90)},
    **{14: (22, 86), 19: (46, 108), 20: (38, 142), 10: (54, 176 / 3), 18: (32, 110)},
}


def text(rows, end="\n"):
    return "".join(f"{x},{y}{end}" for x, y in rows)


@pytest.fixture
def add(tmp_path, make_image):
    """Adds an image and its points to the set."""

    def write(place, content):
        make_image(tmp_path / "Data" / "Images" / f"{place}.jpg", WIDTH, 160)
        path = tmp_path / "Data" / "Fiducials" / f"{place}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


def assert_landmarks(face, expected):
    known = np.flatnonzero(np.isfinite(face.landmarks).all(1))
    assert known.tolist() == sorted(expected)
    for number, point in expected.items():
        np.testing.assert_allclose(face.landmarks[number], point, atol=1e-4)
        assert face.visibility[number] == 1


def test_profile_turned_to_the_right(add, skipped):
    folder = add(PROFILE, text(ROWS))
    assert cfp.recognizes(folder)
    (image,) = cfp.read(folder, skipped)
    assert skipped.lines() == []
    assert (image.source, image.name) == ("cfp", "Data/Images/001/profile/01.jpg")
    assert not image.complete and image.split is None
    (face,) = image.faces
    assert_landmarks(face, RIGHT_TURNED)
    assert face.person == "cfp 001"
    assert np.isnan(face.gender)
    yaw = np.degrees(face.pose[2])
    assert -100 < yaw < -40
    # The far ear and the far corner of the eye, of which nobody knows where they are.
    for number in (11, 16):
        assert face.visibility[number] == 0
        assert np.isnan(face.landmarks[number]).all()
    assert np.isnan(face.visibility[12])  # the near ear shows, and is not annotated
    left, top, right, bottom = face.box_xyxy
    assert right - left == pytest.approx(bottom - top, rel=1e-4)
    assert left < 98 and top < 45 and right > 120 and 120 < bottom < 150


def test_profile_turned_to_the_left_is_its_mirror_image(add, skipped):
    folder = add("001/profile/01", text(ROWS))
    add("001/profile/02", text((WIDTH - x, y) for x, y in ROWS))
    right, left = (image.faces[0] for image in cfp.read(folder, skipped))
    assert_landmarks(left, LEFT_TURNED)
    np.testing.assert_allclose(left.pose, right.pose * (-1, 1, -1), atol=1e-5)
    assert left.pose[2] > 0
    assert left.visibility[6] == left.visibility[12] == 0
    mirrored = [WIDTH - right.box_xyxy[2], WIDTH - right.box_xyxy[0]]
    np.testing.assert_allclose(left.box_xyxy[[0, 2]], mirrored, atol=1e-3)


def test_possibly_visible_points_of_a_three_quarter_view_are_missing(add, skipped, face_landmarks):
    """Turned by 30 degrees the head hides its far ear; the far eye shows."""
    landmarks = face_landmarks(yaw=-30)
    rows = np.array(ROWS, float)
    rows[12:18] = landmarks[7]
    for number, (point, *_) in cfp.SOURCES.items():
        if number not in (7, 18):
            rows[point] = landmarks[number]
    rows[[27, 29]] = landmarks[18]
    rows[18:23] = landmarks[14]
    rows[0:4] = landmarks[12]
    rows[12], rows[15] = landmarks[6], landmarks[8]
    rows[[13, 14, 16, 17]] = (6 * landmarks[7] - landmarks[6] - landmarks[8]) / 4
    (image,) = cfp.read(add(PROFILE, text(rows)), skipped)
    (face,) = image.faces
    assert -50 < np.degrees(face.pose[2]) < -25
    assert np.isnan(face.visibility[9:12]).all()
    assert face.visibility[16] == 0


def test_other_half_of_a_frontal_is_missing(add, skipped):
    (image,) = cfp.read(add(FRONTAL, text(ROWS)), skipped)
    (face,) = image.faces
    assert_landmarks(face, RIGHT_TURNED)
    assert np.isfinite(face.visibility).sum() == len(RIGHT_TURNED)
    assert np.isfinite(face.pose).all()


def test_copies_with_windows_line_ends_are_read(add, skipped):
    content = b"\xef\xbb\xbf" + text(ROWS, "\r\n").encode()
    (image,) = cfp.read(add(PROFILE, content), skipped)
    assert_landmarks(image.faces[0], RIGHT_TURNED)
    assert skipped.lines() == []


FAULTS = {
    "points that are not 30 lines of x and y": [text(ROWS[:29]), "", text([*ROWS, (1, 2)])],
    "points with a value that is not a number": [text(ROWS).replace("138,86", "138,x")],
    "points that may be on either half of the face": ["nan,nan\n" * 30],
}


@pytest.mark.parametrize(
    ("reason", "content"), [(reason, one) for reason, many in FAULTS.items() for one in many]
)
def test_bad_points_are_counted(add, skipped, reason, content):
    add(FRONTAL, text(ROWS))
    folder = add(PROFILE, content)
    assert [image.name for image in cfp.read(folder, skipped)] == ["Data/Images/001/frontal/01.jpg"]
    assert skipped.counts == {reason: 1}


def test_files_without_their_counterpart_are_counted(add, skipped, tmp_path, make_image):
    folder = add(PROFILE, text(ROWS))
    make_image(tmp_path / "Data/Images/001/profile/02.jpg")
    (tmp_path / "Data/Fiducials/001/profile/03.txt").write_text(text(ROWS))
    assert len(list(cfp.read(folder, skipped))) == 1
    assert skipped.counts == {"image without points": 1, "no such image file": 1}


def test_missing_point_costs_that_landmark_alone(add, skipped):
    rows = [*ROWS[:9], (-1, -1), *ROWS[10:]]
    (image,) = cfp.read(add(PROFILE, text(rows)), skipped)
    (face,) = image.faces
    assert np.isnan(face.landmarks[0]).all() and np.isnan(face.visibility[0])
    assert np.isfinite(face.landmarks[1]).all()


def test_other_folders_are_not_recognized(tmp_path, make_image):
    assert not cfp.recognizes(tmp_path)
    make_image(tmp_path / "Images" / "a.jpg")
    (tmp_path / "Fiducials").mkdir()
    assert not cfp.recognizes(tmp_path)
