"""Rotating an image in its plane around a region's face, for augmentation.

The project's box of a face is a square whose side depends on the face's size alone, so a
rotation around the center of the box changes neither the box nor any region's IoU with it. (A box
that a data set gives without landmarks need not be a square; it is kept all the same.)
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from hyperface.annotations.record import Face
from hyperface.geometry.pose import ANGLES, wrapped
from hyperface.regions.cropping import REGION_SIDE

_ROLL = ANGLES.index("roll")


@dataclass(frozen=True, eq=False)
class Rotation:
    """A rotation of the image's content."""

    angle: float  # radians, clockwise as seen, as roll is counted
    center: np.ndarray  # (2,) x, y in pixels, the fixed point

    def points(self, points: np.ndarray) -> np.ndarray:
        """(..., 2) pixels -> the rotated points."""
        sin, cos = np.sin(self.angle), np.cos(self.angle)
        # With y downwards this matrix rotates clockwise.
        return (np.asarray(points) - self.center) @ [[cos, sin], [-sin, cos]] + self.center

    def inverse(self) -> "Rotation":
        """The rotation that undoes this one."""
        return Rotation(-self.angle, self.center)

    def boxes(self, boxes_xyxy: np.ndarray) -> np.ndarray:
        """(N, 4) boxes of faces -> the same upright boxes around the rotated centers."""
        boxes = np.asarray(boxes_xyxy, np.float64)
        centers = (boxes[:, :2] + boxes[:, 2:]) / 2
        return boxes + np.tile(self.points(centers) - centers, 2)

    def face(self, face: Face) -> Face:
        """A face whose box has the same center, rotated: landmarks and roll."""
        pose = face.pose.copy()
        # Roll is the last of the three rotations, so a rotation of the image adds to it alone.
        pose[_ROLL] = wrapped(pose[_ROLL] + self.angle)
        landmarks = self.points(face.landmarks).astype(np.float32)
        return replace(face, landmarks=landmarks, pose=pose)


def crop_rotated_region(image: np.ndarray, box_xyxy: np.ndarray, rotation: Rotation) -> np.ndarray:
    """As `crop_region`, of an image after a rotation: the box is (4,) in the rotated one's pixels.

    What lies outside the image is filled with its nearest edge.
    """
    left, top, right, bottom = np.asarray(box_xyxy, np.float64)
    corners = np.array([[left, top], [right, top], [left, bottom], [right, bottom]])
    corners = rotation.inverse().points(corners)
    limit = np.array(image.shape[1::-1])
    first = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, limit - 1)
    last = np.clip(np.ceil(corners.max(axis=0)).astype(int), first + 1, limit)
    patch = image[first[1] : last[1], first[0] : last[0]]
    corners -= first
    # The warp takes single pixels; what shrinks is averaged over areas before.
    shrink = min(1.0, REGION_SIDE / min(right - left, bottom - top))
    size = np.maximum(np.rint(np.array(patch.shape[1::-1]) * shrink).astype(int), 1)
    corners *= size / patch.shape[1::-1]
    if tuple(size) != patch.shape[1::-1]:
        patch = cv2.resize(patch, tuple(size.tolist()), interpolation=cv2.INTER_AREA)
    # OpenCV counts pixels by their centers.
    edge = np.array([[-0.5, -0.5], [REGION_SIDE - 0.5, -0.5], [-0.5, REGION_SIDE - 0.5]])
    back = cv2.getAffineTransform(edge.astype(np.float32), (corners[:3] - 0.5).astype(np.float32))
    return cv2.warpAffine(
        patch,
        back,
        (REGION_SIDE, REGION_SIDE),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
