"""Drawing a face into an image: box, landmarks, head pose and a line of text.

All marks can be distinguished without color: a visible landmark is a filled dot, an occluded one a
ring, and the pose axes have letters.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from hyperface.geometry.pose import rotation_matrix
from hyperface.visualization.drawn_face import DrawnFace
from hyperface.visualization.face_labels import FONT, Color, draw_labels, finite

TRUTH_COLOR: Color = (70, 210, 110)
PREDICTION_COLOR: Color = (255, 180, 40)
AXES: dict[str, Color] = {"x": (235, 50, 50), "y": (40, 200, 60), "z": (60, 120, 255)}

_DARK: Color = (20, 20, 20)
_SHIFT = 4  # bits for fractions of a pixel in OpenCV's integer coordinates
_AXIS_LENGTH = 0.37  # of the box's side
_LETTER_GAP = 1.2  # position of an axis's letter, in lengths of the axis
_MIN_AXIS = 0.15  # of its length; a shorter one, which points at the viewer, is drawn as a dot
_RING = 1.7  # radius of a ring, in radii of a dot
_FACE_SIDE = 0.5  # of the image, for line widths where the face has no box


def draw_face(
    image: np.ndarray, face: DrawnFace, color: Color = TRUTH_COLOR, scale: float = 1
) -> np.ndarray:
    """Draws one face as `draw_faces` does, after resizing the image by `scale` to make room."""
    canvas = resized(image, scale)
    stretch = np.array([canvas.shape[1] / image.shape[1], canvas.shape[0] / image.shape[0]])
    return draw_faces(canvas, [face.scaled(stretch)], color)


def draw_faces(
    image: np.ndarray, faces: Sequence[DrawnFace], color: Color = TRUTH_COLOR
) -> np.ndarray:
    """Draws all faces of an image; a label covers no other face where there is a place for it.

    The image, (H, W, 3) RGB uint8, is not changed. The first face is drawn on top. The color is
    that of the boxes, the landmarks and the text.
    """
    canvas = np.array(image, order="C")
    for face in reversed(faces):
        _draw_marks(canvas, face, color)
    draw_labels(canvas, faces, color)
    return canvas


def _draw_marks(canvas: np.ndarray, face: DrawnFace, color: Color) -> None:
    """Draws the box, the pose axes and the landmarks of a face on `canvas`."""
    box = None if (known := finite(face.box_xyxy)) is None else known.reshape(2, 2)
    points = None if face.landmarks is None else np.asarray(face.landmarks, float)
    side = _FACE_SIDE * min(canvas.shape[:2]) if box is None else float((box[1] - box[0]).max())
    side = min(side, 2 * max(canvas.shape[:2]))  # a box may extend far beyond the edge
    width = max(1, round(side / 130))
    if box is not None:
        _outline(canvas, box, color, width)
    if face.pose is not None and np.isfinite(face.pose[1:]).all():
        pose = np.nan_to_num(np.asarray(face.pose, float))  # without a roll, as of Pointing'04, 0
        _draw_axes(canvas, pose, _center(canvas, box, points), _AXIS_LENGTH * side)
    if points is not None:
        _draw_points(canvas, points, face.visibility, color, radius=max(2.7, side / 55))


def resized(image: np.ndarray, scale: float) -> np.ndarray:
    """A contiguous copy of (H, W, C) `image`, resized by `scale` to at least one pixel."""
    if scale == 1:
        return np.array(image, order="C")
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=method)


def pose_axes(pose: np.ndarray) -> np.ndarray:
    """(3,) roll, pitch, yaw in radians -> the head's three axes in the image.

    Returns:
        (3, 3) unit vectors, one row for each of x (to the image's right in a frontal face), y (up)
        and z (out of the nose); columns are image right, image down, towards the viewer.
    """
    return rotation_matrix(*pose).T * np.array([1, -1, 1])


def draw_dot(
    canvas: np.ndarray, point: np.ndarray, visible: bool, color: Color, radius: float
) -> None:
    """Marks one landmark on `canvas`: a dot with a dark edge, or a ring."""
    center, inner = _subpixel(point), round(radius * 2**_SHIFT)
    edge = max(1, round(radius / 3))

    def circle(size: int, ink: Color, width: int) -> None:
        cv2.circle(canvas, center, size, ink, width, cv2.LINE_AA, _SHIFT)

    if visible:
        circle(inner + (edge << _SHIFT) // 2, _DARK, cv2.FILLED)
        circle(inner, color, cv2.FILLED)
    else:
        ring = round(_RING * inner)
        circle(ring, _DARK, edge + 2)
        circle(ring, color, edge)


def _subpixel(point: np.ndarray) -> tuple[int, int]:
    """Continuous coordinates -> OpenCV's, which count from the center of the first pixel."""
    limit = 2**14  # far outside any image; OpenCV's integers overflow above
    x, y = np.clip(np.asarray(point, float) - 0.5, -limit, limit) * 2**_SHIFT
    return round(x), round(y)


def _outline(canvas: np.ndarray, corners: np.ndarray, color: Color, width: int) -> None:
    first, last = (_subpixel(corner) for corner in corners)
    for ink, extra in ((_DARK, 2), (color, 0)):
        cv2.rectangle(canvas, first, last, ink, width + extra, cv2.LINE_AA, _SHIFT)


def _draw_points(canvas, points, visibility, color: Color, radius: float) -> None:
    shown = np.ones(len(points), bool)
    if visibility is not None:
        shown = ~(np.asarray(visibility, float) < 0.5)  # a missing visibility counts as visible
    for point, visible in zip(points, shown, strict=True):
        if np.isfinite(point).all():
            draw_dot(canvas, point, bool(visible), color, radius)


def _center(canvas: np.ndarray, box: np.ndarray | None, points: np.ndarray | None) -> np.ndarray:
    """The origin of the pose axes: the center of the box, else of the landmarks, else the image."""
    if box is not None:
        return box.mean(axis=0)
    if points is not None and np.isfinite(points).any():
        return np.nanmean(points, axis=0)
    return np.array([canvas.shape[1], canvas.shape[0]]) / 2


def _draw_axes(canvas, pose, center: np.ndarray, length: float) -> None:
    axes = pose_axes(pose)
    width = max(2, round(length / 45))
    for index in np.argsort(axes[:, 2], kind="stable"):  # the nearest to the viewer is drawn last
        name, color = list(AXES.items())[index]
        arrow = axes[index, :2] * length
        visible = np.hypot(*arrow)
        if visible < _MIN_AXIS * length:
            draw_dot(canvas, center + arrow, True, color, 1.7 * width)
            continue
        start, end = _subpixel(center), _subpixel(center + arrow)
        tip = min(0.5, 0.2 * length / visible)
        for ink, extra in ((_DARK, 2), (color, 0)):
            cv2.arrowedLine(canvas, start, end, ink, width + extra, cv2.LINE_AA, _SHIFT, tip)
        _draw_letter(canvas, name, center + arrow * _LETTER_GAP, color, length / 150)


def _draw_letter(canvas, letter: str, middle: np.ndarray, color: Color, size: float) -> None:
    size = max(0.45, size)
    (width, height), _ = cv2.getTextSize(letter, FONT, size, 1)
    corner = round(middle[0] - width / 2), round(middle[1] + height / 2)
    for ink, weight in ((_DARK, 3), (color, 1)):
        cv2.putText(canvas, letter, corner, FONT, size, ink, weight, cv2.LINE_AA)
