import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.geometry.landmarks import MIRROR
from hyperface.geometry.pose import mirror_pose
from hyperface.geometry.self_occlusion import LIMIT, SEEN_FROM, turned_away

LEFT = [0, 6, 7, 8, 12, 13, 17]  # in the image of a frontal face


def hidden(roll, pitch, yaw):
    return set(np.flatnonzero(turned_away(np.radians([roll, pitch, yaw]))))


def test_a_frontal_face_shows_everything():
    assert hidden(0, 0, 0) == set()


def test_a_profile_hides_its_far_side():
    # yaw > 0: the nose points to the image's left, so the left side turns away.
    assert set(LEFT) <= hidden(0, 0, 80)
    assert set(MIRROR[LEFT]) <= hidden(0, 0, -80)
    assert not {5, 11, 15, 16, 19, 14} & hidden(0, 0, 80)


def test_ear_and_nostril_of_the_far_side_go_first():
    assert hidden(0, 0, 25) == {12, 13}


def test_a_bowed_head_hides_its_chin():
    assert 20 in hidden(0, -40, 0)
    assert 20 not in hidden(0, 30, 0)


def test_a_head_seen_from_behind_shows_nothing_but_a_little():
    assert len(hidden(0, 0, 180)) >= 18


def test_by_hand():
    # Turned by yaw 90, the nose points to the image's left and the head's own +x to the viewer.
    expected = np.flatnonzero(SEEN_FROM[:, 0] <= LIMIT)
    assert hidden(0, 0, 90) == set(expected)


@given(st.floats(-3, 3), st.floats(-1.5, 1.5), st.floats(-3, 3))
def test_the_mirror_image_hides_the_mirrored_points(roll, pitch, yaw):
    pose = np.array([roll, pitch, yaw])
    assert (turned_away(mirror_pose(pose)) == turned_away(pose)[MIRROR]).all()


@given(st.floats(-3, 3))
def test_roll_hides_nothing(roll):
    pose = np.array([roll, 0.2, 0.5])
    assert (turned_away(pose) == turned_away(np.array([0, 0.2, 0.5]))).all()


def test_directions_have_length_one():
    np.testing.assert_allclose(np.linalg.norm(SEEN_FROM, axis=1), 1, atol=2e-3)
    assert LIMIT.min() == pytest.approx(-1)  # the tip of the nose is always seen
