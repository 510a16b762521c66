from dataclasses import replace
from pathlib import Path

import numpy as np
from mean_face_68 import MEAN_FACE_68

from hyperface.annotations.landmarks_68 import NEAREST_OF_21, with_68_landmarks
from hyperface.annotations.readers.labeling import annotated_face_68, with_fits
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.landmarks import MIRROR
from hyperface.geometry.pose import rotation_matrix
from hyperface.geometry.schemes import LANDMARK_NAMES_68, MIRROR_68


def read_face(yaw=0.0, hide=()):
    """A face as a reader of 68 points gives it, seen from the side by `yaw` degrees."""
    view = WeakPerspective(40.0, rotation_matrix(0, 0, np.radians(yaw)), np.array([150.0, 100.0]))
    points = view.project(MEAN_FACE_68)
    points[list(hide)] = np.nan
    skipped = SkipReport()
    image = AnnotatedImage(Path("a.png"), "a", "helen", 300, 260)
    face = annotated_face_68(points, image, skipped)
    image = replace(image, faces=(face,))
    (image,) = with_fits([image], skipped, places_hidden_points=True)
    return image, points


def test_readers_keep_the_68_beside_the_21():
    image, points = read_face(hide=[5])
    (face,) = image.faces
    np.testing.assert_allclose(face.landmarks_68, points, rtol=1e-6)
    assert face.landmarks.shape == (21, 2)
    np.testing.assert_allclose(face.landmarks[20], points[8], rtol=1e-6)  # the chin


def test_the_68_take_the_place_of_the_21_and_box_and_pose_stay():
    image, points = read_face(hide=[5])
    (before,), (after,) = image.faces, with_68_landmarks([image])[0].faces
    np.testing.assert_allclose(after.landmarks, points, rtol=1e-6)
    assert after.visibility.shape == (68,)
    assert np.isnan(after.visibility[5])
    assert np.nansum(after.visibility) == 67
    np.testing.assert_array_equal(after.box_xyxy, before.box_xyxy)
    np.testing.assert_array_equal(after.pose, before.pose)


def test_a_turned_head_hides_its_far_side():
    image, _ = read_face(yaw=50)  # the nose points to the left, so the left side is far
    (face,) = with_68_landmarks([image])[0].faces
    hidden = {LANDMARK_NAMES_68[i] for i in np.flatnonzero(face.visibility == 0)}
    assert {"jaw 1", "left brow 1", "left eye 1", "outer lip 1"} <= hidden
    assert not {name for name in hidden if name.startswith("right")}
    assert "nose bridge 4" not in hidden


def test_faces_without_the_68_have_none_labeled():
    face = Face(np.array([0, 0, 9, 9], np.float32), np.ones((21, 2), np.float32))
    (image,) = with_68_landmarks([AnnotatedImage(Path("a.png"), "a", "aflw", 20, 20, (face,))])
    assert np.isnan(image.faces[0].landmarks).all()
    assert image.faces[0].landmarks.shape == (68, 2)
    assert np.isnan(image.faces[0].visibility).all()


def test_what_hides_a_point_hides_its_mirror_image_on_the_other_side():
    np.testing.assert_array_equal(MIRROR[NEAREST_OF_21[MIRROR_68]], NEAREST_OF_21)
