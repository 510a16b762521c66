"""Where things are on MakeHuman's base mesh: the 21 landmarks, the head's frame, its neck.

The head's frame is the mean face's (`face/mean_face.py`): x to the image's right, y up, z to the
viewer, origin between the eyes, here in metres.
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
# Where to look whether a landmark can be seen, if not there: the mouth's corners lie between the
# lips, which hide them too early.
_PROBES = {17: (379, 380), 19: (7139, 7140)}
_EYES = (7, 10)
# The joint on which the head turns, and the heights between which the neck follows it.
NECK_PIVOT = np.array([0.0, -0.115, -0.075])
NECK_TOP, NECK_BASE = -0.125, -0.245


def landmarks_of(body: np.ndarray) -> np.ndarray:
    """(19158, 3) vertices -> (21, 3) landmarks in AFLW's order."""
    return np.array([body[list(vertices)].mean(axis=0) for vertices in LANDMARK_VERTICES])


def probes_of(body: np.ndarray, normals: np.ndarray, lift: float) -> np.ndarray:
    """(21, 3) points `lift` metres over the skin at which a landmark is seen if they are.

    Args:
        body: (19158, 3) vertices.
        normals: (19158, 3) of the same.
        lift: Metres.
    """
    chosen = [_PROBES.get(n, vertices) for n, vertices in enumerate(LANDMARK_VERTICES)]
    return np.array([(body + lift * normals)[list(v)].mean(axis=0) for v in chosen])


def in_head_frame(body: np.ndarray) -> np.ndarray:
    """(19158, 3) vertices of a body -> the same in its head's frame."""
    return body - landmarks_of(body)[list(_EYES)].mean(axis=0)


def share_of_head(points: np.ndarray) -> np.ndarray:
    """(N, 3) in the head's frame at rest -> (N,) how far each follows the head: 0 body, 1 head."""
    # The throat is lower than the nape, so that the chin moves with the head and the collar not.
    height = points[:, 1] - 0.35 * (points[:, 2] - NECK_PIVOT[2])
    share = np.clip((height - NECK_BASE) / (NECK_TOP - NECK_BASE), 0, 1)
    return share * share * (3 - 2 * share)


def bend(points: np.ndarray, head: np.ndarray, body: np.ndarray) -> np.ndarray:
    """Turns the head and the body, each its own way; the neck goes over from one to the other.

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
    """(..., 3) in the head's frame -> metres above the hairline, negative on the face."""
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
