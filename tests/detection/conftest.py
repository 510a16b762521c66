"""RegionPredictions as a perfect network would give them: of known faces, for any region."""

import numpy as np
import pytest

from hyperface.detection.region_predictions import RegionPredictions, join
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import rotation_matrix
from hyperface.geometry.rectangle import rectangle_of_view_xyxy


@pytest.fixture(scope="session")
def view():
    """A view of the mean face, pose in degrees; its box has 2.5 times the scale as its side."""

    def make(x=100.0, y=80.0, scale=20.0, roll=0.0, pitch=0.0, yaw=0.0):
        rotation = rotation_matrix(*np.radians([roll, pitch, yaw]))
        return WeakPerspective(scale, rotation, np.array([x, y]))

    return make


@pytest.fixture(scope="session")
def answer(view):
    """The answer of one region: the landmarks of a view, or as they are given."""

    def make(
        region,
        score=0.9,
        landmarks=None,
        visibility=None,
        pose=(0, 0, 0),
        female_probability=0.0,
        **at,
    ):
        points = view(**at).project(MEAN_FACE) if landmarks is None else landmarks
        seen = np.ones(21) if visibility is None else visibility
        return RegionPredictions(
            np.array([region]),
            np.array([score]),
            np.array([points], float),
            np.array([seen], float),
            np.array([pose], float),
            np.array([female_probability], float),
        )

    return make


@pytest.fixture(scope="session")
def oracle(answer):
    """A network that knows the faces: a region's score is its IoU with the nearest face's box."""

    def make(*views, asked=None):
        boxes = np.array([rectangle_of_view_xyxy(each) for each in views])

        def score(regions):
            if asked is not None:
                asked.append(regions.tolist())
            overlaps = iou_matrix_xyxy(regions, boxes)
            return join(
                [
                    answer(region, row.max(), views[row.argmax()].project(MEAN_FACE))
                    for region, row in zip(regions, overlaps, strict=True)
                ]
            )

        return score

    return make
