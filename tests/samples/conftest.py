"""Images of noise with a face in them, to be searched and cut."""

import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.rectangle import rectangle_of_view_xyxy


@pytest.fixture
def make_image(tmp_path):
    """Writes an image of 120 x 90 with blocks of color, and gives its record."""

    def make(name, faces=1, **more):
        rng = np.random.default_rng(len(name))
        pixels = rng.integers(0, 255, (9, 12, 3), np.uint8)
        Image.fromarray(pixels.repeat(10, 0).repeat(10, 1)).save(tmp_path / name)
        view = WeakPerspective(16, np.eye(3), np.array([60.0, 35.0]))
        points = view.project(MEAN_FACE).astype(np.float32)
        face = Face(
            rectangle_of_view_xyxy(view).astype(np.float32),
            points,
            np.ones(21, np.float32),
            np.zeros(3, np.float32),
            1.0,
        )
        return AnnotatedImage(tmp_path / name, name, "set", 120, 90, (face,) * faces, **more)

    return make
