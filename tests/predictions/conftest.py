"""Faces as a detector finds them."""

import numpy as np
import pytest

from hyperface.detection.region_predictions import DetectedFace
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import rotation_matrix
from hyperface.geometry.rectangle import rectangle_of_view_xyxy


@pytest.fixture(scope="session")
def found():
    """A frontal face of 50 pixels around (x, y), turned by a roll in degrees."""

    def make(x=60.0, y=50.0, roll=0.0, female_probability=0.25):
        rotation = rotation_matrix(np.radians(roll), 0, 0)
        view = WeakPerspective(20, rotation, np.array([x, y]))
        return DetectedFace(
            rectangle_of_view_xyxy(view),
            0.98765,
            view.project(MEAN_FACE),
            np.linspace(0, 1, 21),
            np.radians([roll, 0, -12.3456]),
            female_probability,
        )

    return make
