"""Encodes the labels of a region as targets, and decodes the network's landmarks to pixels.

The last column of every target says whether it is labeled (1) or missing (0); a missing label is
filled with 0, never NaN, and adds nothing to the loss. The shapes of one row are:

| target | shape | columns |
|---|---|---|
| detection | (2,) | is a face, labeled |
| landmarks | (N, 4) | x, y in region units, visible, labeled |
| visibility | (N, 2) | visible, labeled |
| pose | (3, 2) | roll, pitch, yaw in radians, labeled |
| gender | (2,) | is female, labeled |

N is 21, or the number of another landmark scheme (`hyperface.geometry.schemes`).
"""

from collections.abc import Sequence

import numpy as np

from hyperface.annotations.record import AnnotatedImage
from hyperface.geometry.pose import mirror_pose
from hyperface.geometry.schemes import scheme_of
from hyperface.regions.overlap import OverlapRules, is_background
from hyperface.regions.region import Region
from hyperface.regions.rotation import Rotation
from hyperface.tasks import NUM_LANDMARKS, TASKS


def target_shapes(num_landmarks: int) -> dict[str, tuple[int, ...]]:
    """The shape of each task's target for one region."""
    return {
        "detection": (2,),
        "landmarks": (num_landmarks, 4),
        "visibility": (num_landmarks, 2),
        "pose": (3, 2),
        "gender": (2,),
    }


TARGET_SHAPES = target_shapes(NUM_LANDMARKS)
assert tuple(TARGET_SHAPES) == tuple(TASKS)


def encode_landmarks(points: np.ndarray, box_xyxy: np.ndarray) -> np.ndarray:
    """(..., 2) pixels -> (..., 2) region units: (a, b) = ((x - center x) / w, (y - center y) / h).

    Paper, section 2.2, landmark localization: a point in the region lies between -0.5 and 0.5.
    """
    box = np.asarray(box_xyxy, np.float64)
    return (np.asarray(points) - (box[:2] + box[2:]) / 2) / (box[2:] - box[:2])


def decode_landmarks(encoded: np.ndarray, box_xyxy: np.ndarray) -> np.ndarray:
    """(..., N, 2) region units -> pixels; `box_xyxy` is (4,) or (..., 4)."""
    box = np.asarray(box_xyxy, np.float64)[..., None, :]
    return np.asarray(encoded) * (box[..., 2:] - box[..., :2]) + (box[..., :2] + box[..., 2:]) / 2


def region_targets(
    region: Region,
    images: Sequence[AnnotatedImage],
    rules: OverlapRules,
    rotation: Rotation | None = None,
) -> dict[str, np.ndarray]:
    """The five targets of a region of one of the images: float32, as in the module's table.

    A rotation of the image, if any, is around the center of the region's face.
    """
    shapes = target_shapes(rules.num_landmarks)
    targets = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    image, overlap = images[region.image], region.overlap
    face = image.faces[region.face] if region.face >= 0 else None
    if face is not None and rotation is not None:
        face = rotation.face(face)
    if face is not None and overlap > rules.face:
        targets["detection"][:] = 1, 1
    elif is_background(region.box_xyxy[None], [overlap], image, rules).all():
        targets["detection"][:] = 0, 1
    if face is None:
        return targets

    if overlap > rules.landmarks:
        encoded = encode_landmarks(face.landmarks, region.box_xyxy)
        placed = np.isfinite(encoded).all(axis=1)
        labeled = (face.visibility == 0) | ((face.visibility == 1) & placed)
        # A landmark outside the region counts as invisible, and stays at (0, 0).
        visible = labeled & (face.visibility == 1) & (np.abs(encoded) <= 0.5).all(axis=1)
        targets["landmarks"][visible, :2] = encoded[visible]
        targets["landmarks"][:, 2] = targets["visibility"][:, 0] = visible
        targets["landmarks"][:, 3] = targets["visibility"][:, 1] = labeled
    if overlap > rules.pose_gender:
        labeled = np.isfinite(face.pose)
        targets["pose"][labeled, 0] = face.pose[labeled]
        targets["pose"][:, 1] = labeled
        if np.isfinite(face.gender):
            targets["gender"][:] = face.gender, 1
    return targets


def mirror_targets(targets: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The targets of one row, or of a batch, in the region's left-right mirror image."""
    mirror = scheme_of(targets["landmarks"].shape[-2]).mirror
    landmarks = targets["landmarks"][..., mirror, :].copy()
    landmarks[..., 0] *= -1
    pose = targets["pose"].copy()
    pose[..., 0] = mirror_pose(pose[..., 0])
    visibility = targets["visibility"][..., mirror, :].copy()
    return {**targets, "landmarks": landmarks, "visibility": visibility, "pose": pose}
