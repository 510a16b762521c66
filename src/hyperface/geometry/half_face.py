"""The mean face fitted to one half of a face, where it is known which way the head is turned.

Eleven points of one half lie nearly in a plane: a head turned far aside and one turned less but
nodding more show them almost alike, and a fit in least squares (`fitting.py`) may take the one for
the other. Here every angle of a grid is tried. How well each explains the points is weighed with
how often profiles are turned so far, and the view is the mean over all of them. On the
rendered sample, half of each head turned by 40 to 90 degrees with points off by 0.08 eye
distances, the yaw is off by 7 degrees on average.
"""

from functools import cache

import numpy as np

from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import rotation_matrix

_SIDE = np.sign(np.round(MEAN_FACE[:, 0], 2))  # (21,) -1 left, 0 middle, 1 right
_YAWS = np.radians(np.arange(20, 111, 5))  # of a head turned to the image's left
_PITCHES = np.radians(np.arange(-50, 51, 5))
# How profiles are turned: mean and standard deviation.
_YAW, _YAW_SPREAD = np.radians([70, 20])
_PITCH, _PITCH_SPREAD = np.radians([0, 15])
# How far points lie from where the mean face has them, in eye distances: people differ, and
# annotators err.
_POINT_SPREAD = 0.1
_TO_IMAGE = np.array([1.0, -1.0])  # the image's y points down


def is_half(use: np.ndarray) -> bool:
    """Whether (21,) bool landmarks are all of one half of the face, the middle line aside."""
    return not ((_SIDE[use] < 0).any() and (_SIDE[use] > 0).any())


def profile_views(
    points: np.ndarray, use: np.ndarray, turned_left: np.ndarray
) -> list[WeakPerspective]:
    """Fits the mean face to profiles and three-quarter views.

    Args:
        points: (B, 21, 2) landmarks in pixels.
        use: (B, 21) bool, which of them to fit to; at least 2 of each face, at different places.
        turned_left: (B,) bool, whether the nose points to the image's left (yaw > 0).

    Returns:
        B views.
    """
    views = []
    for face, used, left in zip(np.asarray(points, np.float64), use, turned_left, strict=True):
        angles, model, penalty = _grid(bool(left))
        target = _as_complex(face[used] * _TO_IMAGE)
        off = _misfit(model[:, used], target) / _POINT_SPREAD**2 + penalty
        odds = np.exp(-(off - off.min()) / 2)
        pitch, yaw = odds @ angles / odds.sum()
        views.append(view_at(face, used, float(pitch), float(yaw)))
    return views


@cache
def _grid(turned_left: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(G, 2) pitch and yaw; (G, 21) complex, the mean face so turned; (G,) how unusual it is."""
    angles = np.array([(pitch, yaw) for yaw in _YAWS for pitch in _PITCHES])
    penalty = ((angles[:, 1] - _YAW) / _YAW_SPREAD) ** 2
    penalty += ((angles[:, 0] - _PITCH) / _PITCH_SPREAD) ** 2
    angles *= (1, 1 if turned_left else -1)
    rotations = np.array([rotation_matrix(0, *pose)[:2] for pose in angles])
    return angles, _as_complex(MEAN_FACE @ rotations.mT), penalty


def view_at(points: np.ndarray, use: np.ndarray, pitch: float, yaw: float) -> WeakPerspective:
    """The view of a face with known angles: scale, roll and shift are those that fit best.

    Args:
        points: (21, 2) landmarks in pixels.
        use: (21,) bool, which of them to fit to; at least 2, at different places.
        pitch: In radians.
        yaw: In radians.
    """
    target = _as_complex(np.asarray(points, np.float64)[use] * _TO_IMAGE)
    model = _as_complex(MEAN_FACE[use] @ rotation_matrix(0, pitch, yaw)[:2].T)
    centered = model - model.mean()
    factor = (centered.conj() @ (target - target.mean())) / (np.abs(centered) ** 2).sum()
    origin = target.mean() - factor * model.mean()
    rotation = rotation_matrix(-float(np.angle(factor)), pitch, yaw)
    shift = np.array([origin.real, origin.imag]) * _TO_IMAGE
    return WeakPerspective(float(np.abs(factor)), rotation, shift)


def _as_complex(points: np.ndarray) -> np.ndarray:
    """(..., 2) -> (...) complex: turning and scaling in the image is one multiplication."""
    return points[..., 0] + 1j * points[..., 1]


def _misfit(model: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(G, n) and (n,) -> (G,) least sum of squares over shift, scale and roll of the target.

    In the model's unit, eye distances, so that small faces do not fit better.
    """
    model = model - model.mean(-1, keepdims=True)
    target = target - target.mean()
    common = np.abs(model.conj() @ target) ** 2 / (np.abs(target) ** 2).sum()
    return (np.abs(model) ** 2).sum(-1) - common
