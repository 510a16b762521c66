import numpy as np
import pytest

from hyperface.evaluation.detection_metrics import faces_found
from hyperface.evaluation.whole_images import image_samples


@pytest.fixture
def shares_of(make_image, found_as_annotated):
    """By group, the result over (face, whether it is found) pairs, each in its own image."""

    def evaluate(*pairs):
        images = [make_image(face) for face, _ in pairs]
        found = [[found_as_annotated(face)] if is_found else [] for face, is_found in pairs]
        return {result.group: result for result in faces_found(image_samples("set", images, found))}

    return evaluate


def test_share_found_in_each_group_has_the_value_worked_out_by_hand(make_face, shares_of):
    def face(side, yaw, gender):
        pose = np.float32([0, 0, np.radians(yaw)])
        return make_face(0, 0, side, side, pose=pose, gender=gender)

    shares = shares_of(
        (face(40, 0, 0.0), True),
        (face(40, 70, 0.0), False),
        (face(100, -70, 1.0), False),
        (face(150, 40, np.nan), True),
    )
    values = {group: (each.with_misses.value, each.count) for group, each in shares.items()}
    assert values == {
        "all": (50, 4),
        "faces under 64 pixels": (50, 2),
        "faces of 64 to 128 pixels": (0, 1),
        "faces from 128 pixels": (100, 1),
        "yaw 0 to 30 degrees": (100, 1),
        "yaw 30 to 60 degrees": (100, 1),
        "yaw 60 to 90 degrees": (0, 2),
        "male": (50, 2),
        "female": (0, 1),
    }
    assert [shares["all"].missed, shares["female"].missed] == [2, 1]
    assert np.isnan(shares["all"].without_misses.value)
    assert np.isnan(shares["all"].baseline)


def test_a_group_without_faces_has_no_row(make_face, shares_of):
    shown = make_face(0, 0, 50, 50, pose=np.full(3, np.nan, np.float32), gender=np.nan)
    assert list(shares_of((shown, True))) == ["all", "faces under 64 pixels"]
