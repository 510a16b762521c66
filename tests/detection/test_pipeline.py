import numpy as np
import pytest

from hyperface.detection.pipeline import DetectionSettings, faces_of
from hyperface.detection.region_predictions import join
from hyperface.geometry.rectangle import rectangle_of_view_xyxy

SIZE = 300, 200
PROPOSALS = np.array(
    [[55.2, 50, 160, 160], [60, 40, 170, 150], [190, 60, 300, 170], [0, 0, 30, 30], [0, 0, 30, 30]],
    np.float32,
)


@pytest.fixture
def views(view):
    return view(x=105, y=85, roll=20), view(x=240, y=100, scale=24)


def find(oracle, views, **settings):
    settings = DetectionSettings(**{"threshold": 0.2, **settings})
    return faces_of(PROPOSALS, oracle(*views), *SIZE, settings)


def test_two_faces_of_loose_proposals(oracle, views):
    faces = find(oracle, views)
    assert len(faces) == 2
    for face in faces:
        view = min(views, key=lambda each: abs(each.shift[0] - face.landmarks[[7, 10], 0].mean()))
        np.testing.assert_allclose(face.box_xyxy, rectangle_of_view_xyxy(view), atol=0.05)
        assert face.score > 0.9  # of the region that IRP brought


def test_without_irp_the_score_stays_that_of_the_proposal(oracle, views):
    faces = find(oracle, views, rounds=0)
    assert len(faces) == 2
    assert max(face.score for face in faces) < 0.5


def test_the_threshold_decides_what_is_kept(oracle, views):
    best, second = (face.score for face in find(oracle, views, rounds=0))
    assert len(find(oracle, views, threshold=(best + second) / 2)) == 1
    assert find(oracle, views, threshold=best + 0.01) == []


def test_plain_suppression_is_a_switch(oracle, views):
    plain = find(oracle, views, suppression="regions", overlap=0.9, nested=1.0)
    assert len(plain) > 2  # the loose proposals stay beside the better regions


def test_a_face_inside_another_is_left_out_unless_it_is_asked_for(oracle, view):
    views = view(x=150, y=100, scale=30), view(x=150, y=112, scale=14)
    proposals = np.array([rectangle_of_view_xyxy(each) for each in views])
    for nested, number in ((DetectionSettings().nested, 1), (1.0, 2)):
        settings = DetectionSettings(nested=nested)
        assert len(faces_of(proposals, oracle(*views), *SIZE, settings)) == number


def test_equal_proposals_are_asked_about_once(oracle, views):
    asked = []
    faces_of(PROPOSALS, oracle(*views, asked=asked), *SIZE, DetectionSettings(threshold=0.99))
    assert len(asked[0]) == 4
    assert asked[0] == np.unique(np.rint(PROPOSALS).astype(int), axis=0).tolist()


def test_no_proposals(views):
    nothing = faces_of(PROPOSALS[:0], lambda regions: join([]), *SIZE, DetectionSettings())
    assert nothing == []


@pytest.mark.parametrize(
    "wrong",
    [{"suppression": "region"}, {"combine": "max"}, {"members": 0}, {"rounds": -1},
     {"threshold": 1.5}, {"overlap": -0.1}, {"nested": 80}],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        DetectionSettings(**wrong)
