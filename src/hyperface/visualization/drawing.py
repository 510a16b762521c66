"""Drawing a face into an image: box, landmarks, head pose and a line of text.

All marks can be distinguished without color: a visible landmark is a filled dot, an occluded one a
ring, and the pose axes have letters.
"""

import cv2
import numpy as np

from hyperface.geometry.pose import ANGLES, rotation_matrix
from hyperface.visualization.drawn_face import DrawnFace

Color = tuple[int, int, int]

TRUTH_COLOR: Color = (70, 210, 110)
PREDICTION_COLOR: Color = (255, 180, 40)
AXES: dict[str, Color] = {"x": (235, 50, 50), "y": (40, 200, 60), "z": (60, 120, 255)}
FONT = cv2.FONT_HERSHEY_SIMPLEX

_DARK: Color = (20, 20, 20)
_LIGHT: Color = (255, 255, 255)
_SHIFT = 4  # bits for fractions of a pixel in OpenCV's integer coordinates
_AXIS_LENGTH = 0.37  # of the box's side
_LETTER_GAP = 1.2  # position of an axis's letter, in lengths of the axis
_MIN_AXIS = 0.15  # of its length; a shorter one, which points at the viewer, is drawn as a dot
_RING = 1.7  # radius of a ring, in radii of a dot
_MAX_LABEL = 2.3  # sides of the box; a wider label is broken or shortened
_FACE_SIDE = 0.5  # of the image, for line widths where the face has no box


def draw_face(
    image: np.ndarray, face: DrawnFace, color: Color = TRUTH_COLOR, scale: float = 1
) -> np.ndarray:
    """Draws one face.

    Args:
        image: (H, W, 3) RGB uint8; not changed.
        face: The face, in pixels of `image`.
        color: Color of the box, the landmarks and the text.
        scale: Factor by which the image is resized first, to make room for the marks.

    Returns:
        (round(H * scale), round(W * scale), 3) RGB uint8.
    """
    canvas = resized(image, scale)
    stretch = np.array([canvas.shape[1] / image.shape[1], canvas.shape[0] / image.shape[0]])
    box = _finite(face.box_xyxy)
    box = None if box is None else box.reshape(2, 2) * stretch
    points = None if face.landmarks is None else np.asarray(face.landmarks, float) * stretch
    side = _FACE_SIDE * min(canvas.shape[:2]) if box is None else float((box[1] - box[0]).max())
    side = min(side, 2 * max(canvas.shape[:2]))  # a box may extend far beyond the edge
    width = max(1, round(side / 130))
    if box is not None:
        _outline(canvas, box, color, width)
    pose = _drawable_pose(face.pose)
    if pose is not None:
        _draw_axes(canvas, pose, _center(canvas, box, points), _AXIS_LENGTH * side)
    if points is not None:
        _draw_points(canvas, points, face.visibility, color, radius=max(2.7, side / 55))
    _draw_label(canvas, label_lines(face), box, color)
    return canvas


def resized(image: np.ndarray, scale: float) -> np.ndarray:
    """A contiguous copy of (H, W, C) `image`, resized by `scale` to at least one pixel."""
    if scale == 1:
        return np.array(image, order="C")
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=method)


def pose_axes(pose: np.ndarray) -> np.ndarray:
    """The head's three axes in the image.

    Args:
        pose: (3,) roll, pitch, yaw in radians.

    Returns:
        (3, 3) unit vectors, one row for each of x (to the image's right in a frontal face), y (up)
        and z (out of the nose); columns are image right, image down, towards the viewer.
    """
    return rotation_matrix(*pose).T * np.array([1, -1, 1])


def _drawable_pose(pose: np.ndarray | None) -> np.ndarray | None:
    """(3,) roll, pitch, yaw; an unknown roll, as of Pointing'04, is drawn as none."""
    if pose is None or not np.isfinite(pose[1:]).all():
        return None
    return np.nan_to_num(np.asarray(pose, float))


def label_lines(face: DrawnFace) -> list[str]:
    """One line with the label and one with the angles that are known, in degrees."""
    degrees = [] if face.pose is None else np.degrees(face.pose)
    angles = [
        f"{name} {round(float(angle)):+d}"
        for name, angle in zip(ANGLES, degrees, strict=False)
        if np.isfinite(angle)
    ]
    return [line for line in (face.label, " ".join(angles)) if line]


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


def _finite(values: np.ndarray | None) -> np.ndarray | None:
    if values is None or not np.isfinite(values).all():
        return None
    return np.asarray(values, float)


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


def _draw_label(canvas, lines: list[str], box: np.ndarray | None, color: Color) -> None:
    """Writes the lines on a dark background above the box, shifted into the image if needed."""
    if not lines:
        return
    image_height, image_width = canvas.shape[:2]
    max_size = image_width / 700
    if box is not None:  # small faces are close together
        max_size = min(max_size, (box[1] - box[0]).max() / 220)
    size = float(np.clip(max_size, 0.36, 0.9))
    angles = lines[1:]
    if box is not None:
        lines = _narrowed(lines, size, _MAX_LABEL * (box[1] - box[0]).max())
    sizes = [cv2.getTextSize(line, FONT, size, 1) for line in lines]
    plate_width = max(width for (width, _), _ in sizes) + 8
    size *= min(1, image_width / plate_width)
    line_height = max(height + below for (_, height), below in sizes) + 3
    plate_height = line_height * len(lines) + 3
    left, bottom = (0, image_height) if box is None else (box[0, 0], box[0, 1] - 2)
    left = int(np.clip(left, 0, max(0, image_width - plate_width)))
    top = int(np.clip(bottom - plate_height, 0, max(0, image_height - plate_height)))
    plate = canvas[top : top + plate_height, left : left + plate_width]
    plate[:] = plate // 4  # darkened
    for row, line in enumerate(lines, 1):
        corner = left + 4, top + row * line_height - 3
        ink = _LIGHT if line in angles else color
        cv2.putText(canvas, line, corner, FONT, size, ink, 1, cv2.LINE_AA)


def _narrowed(lines: list[str], size: float, room: float) -> list[str]:
    """Breaks a label that is too wide into its parts, and drops angles that are too wide."""

    def fits(line: str) -> bool:
        return cv2.getTextSize(line, FONT, size, 1)[0][0] <= room

    if not fits(lines[-1]):
        lines = lines[:1]
    return lines if fits(lines[0]) else [*lines[0].split(", "), *lines[1:]]
