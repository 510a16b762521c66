"""A pinhole camera, and the pose in which a head appears as its recipe demands.

The camera stands at the origin and looks along -z, x to the right and y up, in meters; pixels count
from the image's top left corner. A pose is relative to the line of sight to the head, as
a crop of the image shows it.
"""

import numpy as np

from hyperface.geometry.mean_face import BOX_CENTER, BOX_SIDE
from hyperface.geometry.pose import rotation_matrix


def project(points: np.ndarray, focal: float, width: int, height: int) -> np.ndarray:
    """(N, 3) meters -> (N, 2) pixels."""
    depth = -points[:, 2:]
    return points[:, :2] * (1, -1) * focal / depth + (width / 2, height / 2)


def line_of_sight(pixel: np.ndarray, focal: float, width: int, height: int) -> np.ndarray:
    """(2,) pixel -> (3,) unit vector from the camera through it."""
    direction = np.array([pixel[0] - width / 2, height / 2 - pixel[1], -focal])
    return direction / np.linalg.norm(direction)


def facing(direction: np.ndarray) -> np.ndarray:
    """(3,) line of sight -> (3, 3) the smallest rotation that turns -z into it."""
    axis = np.cross([0, 0, -1.0], direction)
    sine, cosine = np.linalg.norm(axis), -direction[2]
    if sine < 1e-12:
        return np.eye(3)
    x, y, z = axis / sine
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + sine * skew + (1 - cosine) * skew @ skew


def head_rotation(pose: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """(3,) roll, pitch, yaw about a line of sight -> (3, 3) rotation of the head in the scene."""
    return facing(direction) @ rotation_matrix(*pose)


def head_position(
    rotation: np.ndarray,
    eye_distance: float,
    side: float,
    center: np.ndarray,
    focal: float,
    width: int,
    height: int,
) -> np.ndarray:
    """The position of the head's origin, which lies between the eyes.

    Args:
        rotation: (3, 3) of the head.
        eye_distance: Meters.
        side: Side of the face's box in pixels.
        center: (2,) center of the face's box in pixels.
        focal: Focal length in pixels.
        width: Width of the image in pixels.
        height: Height of the image in pixels.

    Returns:
        (3,) meters: the center of the box (`geometry/mean_face.py`) falls on `center`, at the
        distance at which the box has that side.
    """
    depth = focal * BOX_SIDE * eye_distance / side
    direction = line_of_sight(center, focal, width, height)
    middle = direction * depth / -direction[2]
    return middle - rotation @ (BOX_CENTER * eye_distance)
