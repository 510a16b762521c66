"""Head pose: the one place for its signs, its units and the order of its angles.

A pose is (roll, pitch, yaw), in radians inside the program and in degrees in everything a person
reads. Seen in the image (images/pose_signs.png):

- yaw > 0: the nose points to the image's left,
- pitch > 0: the nose points up,
- roll > 0: the head turns clockwise.

In the mean face's axes (x right, y up, z to the viewer) the head's rotation is
R = Rz(-roll) Rx(-pitch) Ry(-yaw), right-handed: yaw first, roll last.
"""

import numpy as np

ANGLES = ("roll", "pitch", "yaw")


def wrapped(angles: np.ndarray, turn: float = 2 * np.pi) -> np.ndarray:
    """The same angles within half a turn either way; a turn of 360 is for angles in degrees."""
    return (angles + turn / 2) % turn - turn / 2


def angle_difference(first: np.ndarray, second: np.ndarray, turn: float = 2 * np.pi) -> np.ndarray:
    """The angle between two directions, at most half a turn; NaN if one is missing."""
    return np.abs(wrapped(first - second, turn))


def rotation_matrix(roll: float, pitch: float, yaw: float) -> np.ndarray:
    """Angles in radians -> (3, 3) rotation of the mean face."""
    sin_a, cos_a = np.sin(-roll), np.cos(-roll)
    sin_b, cos_b = np.sin(-pitch), np.cos(-pitch)
    sin_c, cos_c = np.sin(-yaw), np.cos(-yaw)
    around_z = np.array([[cos_a, -sin_a, 0], [sin_a, cos_a, 0], [0, 0, 1]])
    around_x = np.array([[1, 0, 0], [0, cos_b, -sin_b], [0, sin_b, cos_b]])
    around_y = np.array([[cos_c, 0, sin_c], [0, 1, 0], [-sin_c, 0, cos_c]])
    return around_z @ around_x @ around_y


def euler_angles(rotation: np.ndarray) -> np.ndarray:
    """(3, 3) rotation of the mean face -> (3,) roll, pitch, yaw in radians.

    Pitch lies within a quarter turn, roll and yaw within half a turn either way.
    """
    pitch = -np.arcsin(np.clip(rotation[2, 1], -1, 1))
    yaw = -np.arctan2(-rotation[2, 0], rotation[2, 2])
    roll = -np.arctan2(-rotation[0, 1], rotation[1, 1])
    return np.array([roll, pitch, yaw])


def mirror_pose(pose: np.ndarray) -> np.ndarray:
    """(..., 3) pose -> the pose in the mirror image: roll and yaw change sign, pitch does not."""
    return np.asarray(pose) * np.array([-1, 1, -1], np.asarray(pose).dtype)
