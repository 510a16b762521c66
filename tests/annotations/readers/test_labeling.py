from dataclasses import replace

import numpy as np
import pytest

from hyperface.annotations.readers.labeling import (
    annotated_face,
    box_fault,
    mark_missing,
    with_fits,
)
from hyperface.annotations.record import AnnotatedImage

IMAGE = AnnotatedImage(None, "a.jpg", "set", 200, 150)


def test_mark_missing():
    points = [[0, 0], [-1, -1], [0, 5], [np.nan, 3], [np.inf, 3], [-1, 0], [3, 4]]
    assert np.isnan(mark_missing(points)[:, 0]).tolist() == [
        True,
        True,
        False,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("box", "fault"),
    [
        ([0, 0, 10, 10], None),
        ([-5, -5, 300, 300], None),  # a face may be cut by the image's edge
        ([10, 10, 10, 20], "empty box"),
        ([10, 20, 20, 10], "box of negative size"),
        ([-10, 0, 0, 10], "box outside the image"),
        ([0, 150, 10, 160], "box outside the image"),
        ([0, 0, np.inf, 10], "box with a number that is not finite"),
        ([0, np.nan, 5, 10], "box with a number that is not finite"),
    ],
)
def test_box_fault(box, fault):
    assert box_fault(np.array(box), 200, 150) == fault


def test_far_landmark_is_missing_also_where_said_to_be_visible(skipped, face_landmarks):
    landmarks = face_landmarks()
    landmarks[3] = 401, 50
    landmarks[4] = -100, 50  # outside, but a face at the edge may be
    face = annotated_face(landmarks, IMAGE, skipped, visibility=np.ones(21))
    assert np.isnan(face.landmarks[3]).all()
    assert np.isnan(face.visibility[3])
    assert face.visibility[4] == 1
    assert skipped.counts == {"landmark far outside the image, treated as missing": 1}


def test_with_fits_keeps_the_order_over_many_images(skipped, face_landmarks):
    def images():
        for number in range(1100):
            shown = face_landmarks(yaw=number % 50, x=80 + number % 7)
            face = annotated_face(shown, IMAGE, skipped, gender=float(number % 2))
            lost = annotated_face(np.full((21, 2), np.nan), IMAGE, skipped)
            faces = {0: (face,), 1: (face, lost), 2: (lost,), 3: ()}[number % 4]
            yield AnnotatedImage(None, str(number), "set", 200, 150, faces, complete=True)

    fitted = list(with_fits(images(), skipped))
    assert [int(image.name) for image in fitted] == [n for n in range(1100) if n % 4 != 2]
    for image in fitted:
        number = int(image.name)
        assert image.complete == (number % 4 != 1)
        for face in image.faces:
            assert np.degrees(face.pose[2]) == pytest.approx(number % 50, abs=0.1)
            assert face.gender == number % 2
    assert skipped.counts == {"fewer than 4 usable landmarks and no box": 550}


@pytest.mark.parametrize(("placed", "hidden"), [(False, set()), (True, {12, 0, 6, 7, 8, 13, 17})])
def test_points_that_the_head_hides_are_invisible_where_a_set_places_them(
    skipped, face_landmarks, placed, hidden
):
    shown = face_landmarks(yaw=70)
    shown[16] = np.nan  # not annotated: missing, not invisible
    face = annotated_face(shown, IMAGE, skipped)
    image = replace(IMAGE, faces=(face,))
    (fitted,) = with_fits([image], skipped, places_hidden_points=placed)
    visibility = fitted.faces[0].visibility
    assert np.isnan(visibility[16])
    found = set(np.flatnonzero(visibility == 0).tolist())
    assert found >= hidden
    assert placed or not found
    assert visibility[14] == visibility[5] == 1
