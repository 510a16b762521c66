"""Miniature data sets: images of any size, and the points of a known face in them."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import SkipReport
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import rotation_matrix


@pytest.fixture
def skipped():
    return SkipReport()


@pytest.fixture(autouse=True)
def matlab_here(monkeypatch):
    """MATLAB files are read in this process: one of their own each would take a second."""
    monkeypatch.setattr("hyperface.annotations.readers.matlab.PROCESSES", 0)


@pytest.fixture
def make_image():
    """Writes a small image file, with its folders."""

    def make(path, width=200, height=150):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (width, height), "gray").save(path)
        return path

    return make


@pytest.fixture(scope="session")
def face_landmarks():
    """The 21 landmarks of the mean face in an image: (21, 2), pose in degrees."""

    def make(roll=0.0, pitch=0.0, yaw=0.0, scale=30.0, x=100.0, y=60.0):
        rotation = rotation_matrix(*np.radians([roll, pitch, yaw]))
        return WeakPerspective(scale, rotation, np.array([x, y])).project(MEAN_FACE)

    return make


@pytest.fixture(scope="session")
def face_68(face_landmarks):
    """68 points, of which those that the 21 landmarks come from are the mean face's."""
    single = {17: 0, 19: 1, 21: 2, 22: 3, 24: 4, 26: 5, 36: 6, 39: 8, 42: 9, 45: 11}
    single |= {31: 13, 30: 14, 35: 15, 48: 17, 54: 19, 8: 20, 62: 18, 66: 18}

    def make(**where):
        landmarks = face_landmarks(**where)
        points = np.tile(landmarks[14], (68, 1))
        for source, landmark in single.items():
            points[source] = landmarks[landmark]
        for first, corners, center in ((36, (6, 8), 7), (42, (9, 11), 10)):
            # Six points whose mean is the eye's center.
            rest = (6 * landmarks[center] - landmarks[list(corners)].sum(0)) / 4
            points[[first + 1, first + 2, first + 4, first + 5]] = rest
        return points

    return make


@pytest.fixture
def closed(monkeypatch):
    """Closes a folder, also to the superuser, to whom permissions mean nothing."""

    def close(folder):
        for name in ("scandir", "listdir"):
            original = getattr(os, name)

            def refusing(path=".", original=original):
                if Path(path) == folder:
                    raise PermissionError(13, "Permission denied", str(path))
                return original(path)

            monkeypatch.setattr(os, name, refusing)

    return close
