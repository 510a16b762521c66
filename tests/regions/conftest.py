"""Annotated faces and images without files, for whatever does not look at pixels."""

from pathlib import Path

import numpy as np
import pytest

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import rotation_matrix


@pytest.fixture(scope="session")
def make_face():
    """A face of the given box with all labels; keywords replace them."""

    def make(left, top, right, bottom, **labels):
        pose = np.array([0.1, -0.2, 0.3], np.float32)
        view = WeakPerspective(
            scale=(right - left) / 2.5,
            rotation=rotation_matrix(*pose),
            shift=np.array([(left + right) / 2, top + 0.25 * (bottom - top)]),
        )
        labels = {
            "landmarks": np.float32(view.project(MEAN_FACE)),
            "visibility": np.ones(21, np.float32),
            "pose": pose,
            "gender": 1.0,
            **labels,
        }
        return Face(np.array([left, top, right, bottom], np.float32), **labels)

    return make


@pytest.fixture(scope="session")
def make_image():
    """An image of the given faces, of which no file need exist."""

    def make(
        *faces,
        width=300,
        height=200,
        complete=False,
        source="set",
        path=Path("none"),
        ignored=(),
    ):
        boxes = np.array(ignored, np.float32).reshape(-1, 4)
        return AnnotatedImage(
            path, str(path), source, width, height, faces, complete, ignored_xyxy=boxes
        )

    return make
