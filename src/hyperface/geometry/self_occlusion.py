"""Predicts which landmarks are hidden by the head itself (self-occlusion).

Each landmark of the mean face has a direction and a limit: it is visible if the cosine of the angle
between this direction and the line of sight is above the limit. The directions started from the
vertex normals of the mean face. Since nose, brow and cheek hide their neighbors long before the
skin there turns away, directions and limits were fitted to rays cast at rendered bald heads (eight
people, 65 poses, yaw up to 90 and pitch up to 40 degrees, both sides combined). They agree with
95 % of those rays, from 81 % for the middle of the lips to 98 % for the corners of the mouth; the
normals alone, with a limit of zero, agree with 87 %.
"""

import numpy as np

from hyperface.geometry.pose import rotation_matrix

# x, y, z in the mean face's axes, and the limit: cosine of the angle to the line of sight.
_SEEN = np.array(
    [
        (-0.927, -0.066, 0.368, -0.111),
        (-0.378, -0.092, 0.921, -0.040),
        (-0.185, -0.377, 0.908, 0.013),
        (0.185, -0.377, 0.908, 0.013),
        (0.378, -0.092, 0.921, -0.040),
        (0.927, -0.066, 0.368, -0.111),
        (-0.554, -0.240, 0.797, 0.149),
        (-0.259, -0.206, 0.944, 0.188),
        (-0.285, -0.184, 0.941, 0.429),
        (0.285, -0.184, 0.941, 0.429),
        (0.259, -0.206, 0.944, 0.188),
        (0.554, -0.240, 0.797, 0.149),
        (-0.750, -0.328, 0.574, 0.370),
        (-0.999, -0.036, -0.020, -0.305),
        (0.000, 0.000, 1.000, -1.000),
        (0.999, -0.036, -0.020, -0.305),
        (0.750, -0.328, 0.574, 0.370),
        (-0.640, -0.185, 0.746, 0.005),
        (0.000, -0.423, 0.906, 0.286),
        (0.640, -0.185, 0.746, 0.005),
        (0.000, -0.819, 0.574, -0.078),
    ]
)
SEEN_FROM, LIMIT = _SEEN[:, :3], _SEEN[:, 3]
SEEN_FROM.setflags(write=False)
LIMIT.setflags(write=False)


def turned_away(pose: np.ndarray) -> np.ndarray:
    """(3,) roll, pitch, yaw in radians -> (21,) bool, landmarks that the head itself hides."""
    return SEEN_FROM @ rotation_matrix(*pose)[2] <= LIMIT
