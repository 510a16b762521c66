"""The mean face fitted to a face's landmarks by weak perspective.

The fit gives the pose and the face's box (`rectangle.py`), which many data sets do not annotate.
"""

from dataclasses import dataclass

import numpy as np

from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.pose import euler_angles

MIN_POINTS = 4
_STEPS = 15
_DAMPING = 1e-3  # of the normal equations; keeps flat sets of few points solvable
_AFFINE_DAMPING = 0.05
_LONGEST_STEP = 0.5  # radians, and share of the scale
TO_IMAGE = np.array([1.0, -1.0])  # the image's y points down


@dataclass(frozen=True, eq=False)
class WeakPerspective:
    """A scaled orthographic view of the mean face."""

    scale: float  # pixels per eye distance
    rotation: np.ndarray  # (3, 3), of the mean face
    shift: np.ndarray  # (2,) pixels, where the mean face's origin falls

    @property
    def pose(self) -> np.ndarray:
        """(3,) roll, pitch, yaw in radians."""
        return euler_angles(self.rotation)

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points in the mean face's axes -> (N, 2) pixels."""
        return self.scale * (points @ self.rotation[:2].T) * TO_IMAGE + self.shift


def fit_weak_perspective(points: np.ndarray, use: np.ndarray) -> WeakPerspective:
    """Fits the mean face to those of a face's (21, 2) landmarks in pixels that (21,) bool marks.

    Raises:
        ValueError: Under 4 points, or points that coincide or are not finite.
    """
    use = np.asarray(use, bool)
    view = fit_many(np.asarray(points)[None], use[None])[0]
    if view is None:
        raise ValueError(
            f"a fit needs at least {MIN_POINTS} finite landmarks that do not coincide, "
            f"got {int(use.sum())}: {np.asarray(points)[use].tolist()}"
        )
    return view


def fit_many(points: np.ndarray, use: np.ndarray) -> list[WeakPerspective | None]:
    """Fits the mean face to many faces' landmarks, each on its own.

    Starts from the nearest affine view and refines scale and rotation by Gauss-Newton steps. These
    use only the 3 x 3 moments of the model, so that a step costs the same for any number of points,
    and thousands of faces can be fitted at once.

    Args:
        points: (B, 21, 2) landmarks in pixels.
        use: (B, 21) bool, which of them to fit to.

    Returns:
        B views; None where there are under 4 points, or they coincide or are not finite.
    """
    use = np.asarray(use, bool)
    points = np.where(use[..., None], np.asarray(points, np.float64), 0.0)
    fits = (use.sum(1) >= MIN_POINTS) & np.isfinite(points).all((1, 2))
    share = use / np.maximum(use.sum(1, keepdims=True), 1)  # (B, 21)
    points = np.where(fits[:, None, None], points, 0.0)
    model_center, center = share @ MEAN_FACE, np.einsum("bn,bnd->bd", share, points)
    model = (MEAN_FACE - model_center[:, None]) * use[..., None]  # (B, 21, 3)
    target = (points - center[:, None]) * TO_IMAGE * use[..., None]  # (B, 21, 2), y up
    fits &= np.abs(target).max((1, 2)) >= 1e-6
    moments = model[fits].mT @ model[fits]  # (F, 3, 3)
    scale, rotation = _refined(moments, model[fits].mT @ target[fits])
    offset = scale[:, None] * np.einsum("bij,bj->bi", rotation[:, :2], model_center[fits])
    shift = center[fits] - offset * TO_IMAGE
    views = iter(map(WeakPerspective, scale.tolist(), rotation, shift))
    return [next(views) if fit else None for fit in fits]


def _refined(moments: np.ndarray, cross: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(F, 3, 3) model-model and (F, 3, 2) model-target sums -> (F,) scales, (F, 3, 3) rotations."""
    scale, rotation = _nearest_affine_views(moments, cross)
    for _ in range(_STEPS):
        turned = rotation @ moments @ rotation.mT  # (F, 3, 3) sums of x x, x y, ... of the model
        toward = rotation @ cross  # (F, 3, 2) sums of model times target
        (xx, _, xz), (_, yy, yz), (_, _, zz) = np.moveaxis(turned, 0, -1)
        flat, none = xx + yy, np.zeros_like(xx)
        # Normal equations of turns around x, y, z and of log scale, divided by scale squared.
        normal = np.array(
            [
                [zz, none, -xz, -yz],
                [none, zz, -yz, xz],
                [-xz, -yz, flat, none],
                [-yz, xz, none, flat],
            ]
        )
        normal = np.moveaxis(normal, -1, 0) + _DAMPING * np.eye(4)
        (x_x, x_y), (y_x, y_y), (z_x, z_y) = np.moveaxis(toward, 0, -1) / scale
        gradient = np.stack([yz - z_y, z_x - xz, x_y - y_x, x_x + y_y - flat], axis=-1)
        step = np.linalg.solve(normal, gradient[..., None])[..., 0]
        step = np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        rotation = _turns(step[:, :3]) @ rotation
        scale = scale * np.exp(step[:, 3])
    return scale, rotation


def _nearest_affine_views(moments: np.ndarray, cross: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scales and rotations nearest to the affine maps from model to target."""
    damping = _AFFINE_DAMPING * np.trace(moments, axis1=1, axis2=2) / 3
    affine = np.linalg.solve(moments + damping[:, None, None] * np.eye(3), cross).mT  # (F, 2, 3)
    left, sizes, right = np.linalg.svd(affine, full_matrices=False)
    rows = left @ right
    last = np.cross(rows[:, 0], rows[:, 1])
    return np.maximum(sizes.mean(1), 1e-6), np.concatenate([rows, last[:, None]], axis=1)


def _turns(vectors: np.ndarray) -> np.ndarray:
    """(F, 3) rotation vectors in radians -> (F, 3, 3) rotations (Rodrigues' formula)."""
    angle = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)[:, None, None]
    x, y, z = (vectors / angle[:, :, 0]).T
    none = np.zeros_like(x)
    cross = np.moveaxis(np.array([[none, -z, y], [z, none, -x], [-y, x, none]]), -1, 0)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
