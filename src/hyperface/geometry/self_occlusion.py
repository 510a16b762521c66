"""Which landmarks a head hides by itself when it turns.

Each landmark of the mean face has a direction out of which it is seen: it shows while that
direction points to the viewer by more than its own limit. The directions start from the mean face's
vertex normals; but nose, brow and cheek hide a neighbor long before its own skin turns away, so
directions and limits were fitted to rays cast at rendered bald heads (eight people, 65 poses, yaw
to 90 and pitch to 40 degrees, both sides together). They agree with 95 % of those rays, from 81 %
for the middle of the lips to 98 % for the corners of the mouth; the normals alone, with zero as the
limit, agree with 87 %.
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
    to_viewer = SEEN_FROM @ rotation_matrix(*pose)[2]
    return to_viewer <= LIMIT
