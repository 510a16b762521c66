"""The fits of many faces, for one face."""

import numpy as np

from hyperface.geometry.fitting import fit_many
from hyperface.geometry.rectangle import face_rectangles_xyxy


def fit_weak_perspective(points, use):
    """The view of a face with (21, 2) points, fitted to (21,) bool of them; None without a fit."""
    return fit_many(np.asarray(points)[None], np.asarray(use)[None])[0]


def face_rectangle_xyxy(points, use):
    """The (4,) box of such a face; NaN without a fit."""
    return face_rectangles_xyxy(np.asarray(points)[None], np.asarray(use)[None])[0]
