"""Places on MakeHuman's base mesh: the 21 landmarks, the head's frame, the neck.

The head's frame is that of `geometry/mean_face.py`: x to the image's right, y up, z to the
viewer, origin between the eyes, here in meters.
"""

import numpy as np

# Each landmark as the mean of vertices of the base mesh.
LANDMARK_VERTICES = (
    *((261,), (206,), (181,), (6957,), (6981,), (7030,)),
    *((25,), (14670,), (67,), (6851,), (14598,), (6809,)),
    (5732,),
    *((5051,), (5054,), (11669,)),
    (12329,),
    *((361,), (468, 493), (7122,)),
    (5171,),
)
# Other vertices at which the visibility of a landmark is tested: the corners of the mouth lie
# between the lips, which hide them too early.
_PROBES = {17: (379, 380), 19: (7139, 7140)}
_EYES = (7, 10)
# The joint about which the head turns, and the heights between which the neck follows it.
NECK_PIVOT = np.array([0.0, -0.115, -0.075])
NECK_TOP, NECK_BASE = -0.125, -0.245


def landmarks_of(body: np.ndarray) -> np.ndarray:
    """(19158, 3) vertices -> (21, 3) landmarks in AFLW's order."""
    return np.array([body[list(vertices)].mean(axis=0) for vertices in LANDMARK_VERTICES])


def probes_of(body: np.ndarray, normals: np.ndarray, lift: float) -> np.ndarray:
    """(21, 3) points `lift` meters above the skin; a landmark is visible if its point is.

    Args:
        body: (19158, 3) vertices.
        normals: (19158, 3) vertex normals.
        lift: Meters.
    """
    chosen = [_PROBES.get(n, vertices) for n, vertices in enumerate(LANDMARK_VERTICES)]
    return np.array([(body + lift * normals)[list(v)].mean(axis=0) for v in chosen])


def in_head_frame(body: np.ndarray) -> np.ndarray:
    """(19158, 3) vertices of a body -> the same in its head's frame."""
    return body - landmarks_of(body)[list(_EYES)].mean(axis=0)


def share_of_head(points: np.ndarray) -> np.ndarray:
    """(N, 3) in the head's frame at rest -> (N,) 0 moves with the body .. 1 with the head."""
    # The limit is lower at the throat than at the nape: the chin moves with the head, the collar
    # does not.
    height = points[:, 1] - 0.35 * (points[:, 2] - NECK_PIVOT[2])
    share = np.clip((height - NECK_BASE) / (NECK_TOP - NECK_BASE), 0, 1)
    return share * share * (3 - 2 * share)


def bend(points: np.ndarray, head: np.ndarray, body: np.ndarray) -> np.ndarray:
    """Rotates the head and the body, each by its own rotation; the neck blends the two.

    Args:
        points: (N, 3) in the head's frame at rest.
        head: (3, 3) rotation of the head.
        body: (3, 3) rotation of the body.

    Returns:
        (N, 3), the head's origin still at the origin.
    """
    turned = (points - NECK_PIVOT) @ body.T
    axis, angle = axis_angle(head @ body.T)
    angle = angle * share_of_head(points)
    turned = rotate_about(turned, axis, angle)
    return turned - head @ -NECK_PIVOT


def hairline(points: np.ndarray) -> np.ndarray:
    """(..., 3) in the head's frame -> meters above the hairline, negative on the face."""
    y, z = points[..., 1], points[..., 2]
    sides = np.maximum(np.abs(points[..., 0]) - 0.045, 0)
    return (y - (0.064 + 0.72 * np.minimum(z, 0.005) - 0.3 * sides)) / 1.23


def axis_angle(rotation: np.ndarray) -> tuple[np.ndarray, float]:
    """(3, 3) rotation -> (3,) axis and the angle in radians, 0..pi."""
    angle = float(np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1)))
    skew = rotation - rotation.T
    axis = np.array([skew[2, 1], skew[0, 2], skew[1, 0]])
    length = np.linalg.norm(axis)
    return (axis / length if length > 1e-12 else np.array([0.0, 1.0, 0.0])), angle


def rotate_about(points: np.ndarray, axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """(N, 3) points turned about a unit axis, each by its own (N,) angle (Rodrigues' formula)."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    along = (points @ axis)[:, None] * axis
    return points * cos + np.cross(axis, points) * sin + along * (1 - cos)
