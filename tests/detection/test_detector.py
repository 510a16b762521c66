"""The algorithm of section 3 with a network that knows the faces."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.detection.region_predictions import join
from hyperface.geometry.boxes import scale_xyxy
from hyperface.geometry.rectangle import rectangle_of_view_xyxy
from hyperface.models.calibration import Calibration, VisibilityCalibration
from hyperface.regions.region import whole_pixels_xyxy

IMAGE = np.zeros((200, 300, 3), np.uint8)
PROPOSALS = np.array(
    [[55.2, 50, 160, 160], [60, 40, 170, 150], [190, 60, 300, 170], [0, 0, 30, 30], [0, 0, 30, 30]],
    np.float32,
)


@pytest.fixture
def views(view):
    return view(x=105, y=85, roll=20), view(x=240, y=100, scale=24)


def detect(score, proposals=PROPOSALS, **settings):
    detector = FaceDetector(None, DetectionSettings(**settings), lambda image: proposals)
    return detector.detect(IMAGE, score=score)


def find(oracle, views, **settings):
    return detect(oracle(*views), **{"threshold": 0.2, "irp_scale": 1.0, **settings})


def test_two_faces_of_loose_proposals(oracle, views):
    faces = find(oracle, views)
    assert len(faces) == 2
    for face in faces:
        view = min(views, key=lambda each: abs(each.shift[0] - face.landmarks[[7, 10], 0].mean()))
        np.testing.assert_allclose(face.box_xyxy, rectangle_of_view_xyxy(view), atol=0.05)
        assert face.score > 0.9  # of the region that IRP brought


def test_without_irp_the_score_stays_that_of_the_proposal(oracle, views):
    faces = find(oracle, views, irp_iterations=0)
    assert len(faces) == 2
    assert max(face.score for face in faces) < 0.5


def test_irp_asks_for_enlarged_boxes(oracle, views):
    asked = []
    detect(oracle(*views, asked=asked), threshold=0.2, irp_scale=1.5)
    exact = scale_xyxy([rectangle_of_view_xyxy(views[0])], 1.5)
    assert whole_pixels_xyxy(exact, 300, 200)[0].tolist() in asked[1]
    faces = find(oracle, views, irp_scale=1.2)  # the face's box is not enlarged
    assert len(faces) == 2
    for face in faces:
        view = min(views, key=lambda each: abs(each.shift[0] - face.landmarks[[7, 10], 0].mean()))
        np.testing.assert_allclose(face.box_xyxy, rectangle_of_view_xyxy(view), atol=0.05)


def test_the_threshold_decides_what_is_kept(oracle, views):
    best, second = (face.score for face in find(oracle, views, irp_iterations=0))
    assert len(find(oracle, views, threshold=(best + second) / 2)) == 1
    assert find(oracle, views, threshold=best + 0.01) == []


def test_a_region_below_the_threshold_counts_if_irp_raises_it(oracle, views):
    faces = find(oracle, views, irp_iterations=0)
    assert max(face.score for face in faces) < 0.5  # of the loose proposals
    assert len(find(oracle, views, threshold=0.9, region_threshold=0.2)) == 2
    assert find(oracle, views, threshold=0.9, region_threshold=0.2, irp_iterations=0) == []
    assert find(oracle, views, threshold=0.9, region_threshold=1.0) == []  # as in the paper


def test_plain_suppression_can_be_chosen(oracle, views):
    plain = find(oracle, views, suppression="regions", iou_threshold=0.9, max_containment=1.0)
    assert len(plain) > 2  # the loose proposals stay beside the better regions


def test_a_nested_face_is_removed_unless_max_containment_is_1(oracle, view):
    views = view(x=150, y=100, scale=30), view(x=150, y=112, scale=14)
    proposals = np.array([rectangle_of_view_xyxy(each) for each in views])
    assert len(detect(oracle(*views), proposals)) == 1
    assert len(detect(oracle(*views), proposals, max_containment=1.0)) == 2


def test_equal_proposals_are_scored_once(oracle, views):
    asked = []
    detect(oracle(*views, asked=asked), threshold=0.99)
    assert len(asked[0]) == 4
    assert asked[0] == np.unique(np.rint(PROPOSALS).astype(int), axis=0).tolist()


def test_no_proposals():
    assert detect(lambda regions: join([]), PROPOSALS[:0]) == []


@pytest.mark.parametrize(
    "wrong",
    [{"suppression": "region"}, {"combine": "max"}, {"top_k": 0}, {"irp_iterations": -1},
     {"threshold": 1.5}, {"region_threshold": -1}, {"iou_threshold": -0.1},
     {"max_containment": 80}],
)  # fmt: skip
def test_invalid_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        DetectionSettings(**wrong)


def test_settings_are_plain_numbers():
    settings = DetectionSettings(threshold=np.float64(0.25), top_k=np.int64(3), iou_threshold=1)
    assert json.dumps(asdict(settings)).startswith('{"threshold": 0.25, "irp_iterations": 1,')
    assert (settings.top_k, repr(settings.iou_threshold)) == (3, "1.0")


def test_calibrated_scores_are_probabilities_and_the_threshold_means_them(oracle, views):
    # Halves the log odds: 0.9 becomes 0.75.
    calibration = Calibration(slope=0.5, intercept=0.0)
    plain = find(oracle, views, irp_iterations=0)
    detector = FaceDetector(
        None, DetectionSettings(irp_iterations=0), lambda image: PROPOSALS, calibration=calibration
    )

    def scores(**settings):
        chosen = replace(detector.settings, **settings)
        return [face.score for face in detector.detect(IMAGE, chosen, score=oracle(*views))]

    expected = calibration.probabilities([face.score for face in plain])
    assert scores(threshold=0.2) == pytest.approx(expected)
    assert scores(threshold=expected[0] - 1e-6) == pytest.approx(expected[:1])
    assert scores(threshold=expected[0] + 1e-6) == []


def test_the_visibility_of_faces_is_calibrated_but_not_their_boxes(oracle, views):
    moved = VisibilityCalibration(slope=8.0, intercepts=(*[0.0] * 20, -40.0))
    detector = FaceDetector(
        None, DetectionSettings(threshold=0.2), lambda image: PROPOSALS,
        calibration=Calibration(visibility=moved),
    )  # fmt: skip
    for face, plain in zip(
        detector.detect(IMAGE, score=oracle(*views)),
        detect(oracle(*views), threshold=0.2),
        strict=True,
    ):
        np.testing.assert_allclose(face.visibility, moved.probabilities(plain.visibility))
        assert face.visibility[20] < 1e-10 < 0.9 < plain.visibility[20]
        np.testing.assert_array_equal(face.box_xyxy, plain.box_xyxy)
        assert face.score == plain.score
