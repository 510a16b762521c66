"""Drawing a face into a picture: box, landmarks, head pose and a line of text.

Everything is told apart also without colour: a visible landmark is a filled dot, a hidden one a
ring, and the pose axes carry their letters.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from hyperface.geometry.pose import ANGLES, rotation_matrix

Colour = tuple[int, int, int]

TRUTH_COLOUR: Colour = (70, 210, 110)
PREDICTION_COLOUR: Colour = (255, 180, 40)
AXES: dict[str, Colour] = {"x": (235, 50, 50), "y": (40, 200, 60), "z": (60, 120, 255)}
FONT = cv2.FONT_HERSHEY_SIMPLEX

_DARK: Colour = (20, 20, 20)
_LIGHT: Colour = (255, 255, 255)
_SHIFT = 4  # OpenCV takes fractions of a pixel as integers with this many extra bits
_AXIS_LENGTH = 0.37  # of the box's side
_LETTER_GAP = 1.2  # of the axis's length, where its letter stands
_SHORTEST_AXIS = 0.15  # of its length; an axis that points at the viewer is a dot
_RING = 1.7  # times a dot's radius
_WIDEST_LABEL = 2.3  # times the box's side; a wider one is cut to its first line
_FACE_SIDE = 0.5  # of the picture, for line widths where the face has no box


@dataclass(frozen=True, eq=False)
class DrawnFace:
    """What is to be drawn of one face; None or NaN is left out.

    Attributes:
        box_xyxy: (4,) left, top, right, bottom in pixels.
        landmarks: (21, 2) x and y in pixels, NaN where missing.
        visibility: (21,) 1 visible, 0 hidden; from 0.5 on a point counts as visible, and so does a
            point whose visibility is missing.
        pose: (3,) roll, pitch, yaw in radians.
        gender: The word to write.
        score: How sure the detection is, 0 to 1.
    """

    box_xyxy: np.ndarray | None = None
    landmarks: np.ndarray | None = None
    visibility: np.ndarray | None = None
    pose: np.ndarray | None = None
    gender: str | None = None
    score: float | None = None


def draw_face(
    image: np.ndarray, face: DrawnFace, colour: Colour = TRUTH_COLOUR, scale: float = 1
) -> np.ndarray:
    """Draws one face.

    Args:
        image: (H, W, 3) RGB uint8; not changed.
        face: In the pixels of `image`.
        colour: Of the box, the landmarks and the text.
        scale: The picture is resized by this first, so that a small one has room for the marks.

    Returns:
        (round(H * scale), round(W * scale), 3) RGB uint8.
    """
    canvas = resized(image, scale)
    stretch = np.array([canvas.shape[1] / image.shape[1], canvas.shape[0] / image.shape[0]])
    box = _finite(face.box_xyxy)
    box = None if box is None else box.reshape(2, 2) * stretch
    points = None if face.landmarks is None else np.asarray(face.landmarks, float) * stretch
    side = _FACE_SIDE * min(canvas.shape[:2]) if box is None else float((box[1] - box[0]).max())
    side = min(side, 2 * max(canvas.shape[:2]))  # a box may reach far over the edge
    width = max(1, round(side / 130))
    if box is not None:
        _outline(canvas, box, colour, width)
    pose = _finite(face.pose)
    if pose is not None:
        _draw_axes(canvas, pose, _centre(canvas, box, points), _AXIS_LENGTH * side)
    if points is not None:
        _draw_points(canvas, points, face.visibility, colour, radius=max(2.7, side / 55))
    _draw_label(canvas, label_lines(face), box, colour)
    return canvas


def moved(face: DrawnFace, offset: np.ndarray) -> DrawnFace:
    """The face with (2,) `offset` pixels added to its box and landmarks."""
    box = None if face.box_xyxy is None else np.asarray(face.box_xyxy) + np.tile(offset, 2)
    points = None if face.landmarks is None else np.asarray(face.landmarks) + offset
    return replace(face, box_xyxy=box, landmarks=points)


def scaled(face: DrawnFace, zoom: np.ndarray) -> DrawnFace:
    """The face in its picture resized by (2,) `zoom`, across and down."""
    box = None if face.box_xyxy is None else np.asarray(face.box_xyxy) * np.tile(zoom, 2)
    points = None if face.landmarks is None else np.asarray(face.landmarks) * zoom
    return replace(face, box_xyxy=box, landmarks=points)


def resized(image: np.ndarray, scale: float) -> np.ndarray:
    """A contiguous copy of (H, W, C) `image`, `scale` times as large and at least a pixel."""
    if scale == 1:
        return np.array(image, order="C")
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=method)


def pose_axes(pose: np.ndarray) -> np.ndarray:
    """The head's three axes as seen in the picture.

    Args:
        pose: (3,) roll, pitch, yaw in radians.

    Returns:
        (3, 3), a row for each of x (to the picture's right in a frontal face), y (up) and z (out of
        the nose): picture right, picture down, towards the viewer; rows of length 1.
    """
    return rotation_matrix(*pose).T * np.array([1, -1, 1])


def label_lines(face: DrawnFace) -> list[str]:
    """Gender and score on one line, the angles in degrees on the next."""
    first = [face.gender] if face.gender else []
    if face.score is not None and np.isfinite(face.score):
        first.append(f"{face.score:.2f}")
    pose = _finite(face.pose)
    degrees = [] if pose is None else np.rint(np.degrees(pose)).astype(int)
    angles = [f"{name} {angle:+d}" for name, angle in zip(ANGLES, degrees, strict=False)]
    return [" ".join(words) for words in (first, angles) if words]


def draw_dot(
    canvas: np.ndarray, point: np.ndarray, visible: bool, colour: Colour, radius: float
) -> None:
    """Marks one landmark on `canvas`: a dark-edged dot, or a ring that leaves its middle alone."""
    centre, inner = _subpixel(point), round(radius * 2**_SHIFT)
    edge = max(1, round(radius / 3))

    def circle(size: int, ink: Colour, width: int) -> None:
        cv2.circle(canvas, centre, size, ink, width, cv2.LINE_AA, _SHIFT)

    if visible:
        circle(inner + (edge << _SHIFT) // 2, _DARK, cv2.FILLED)
        circle(inner, colour, cv2.FILLED)
    else:
        ring = round(_RING * inner)
        circle(ring, _DARK, edge + 2)
        circle(ring, colour, edge)


def _finite(values: np.ndarray | None) -> np.ndarray | None:
    if values is None or not np.isfinite(values).all():
        return None
    return np.asarray(values, float)


def _subpixel(point: np.ndarray) -> tuple[int, int]:
    """Continuous coordinates -> OpenCV's, which count from the centre of the first pixel."""
    limit = 2**14  # far outside any picture; OpenCV's integers overflow beyond
    x, y = np.clip(np.asarray(point, float) - 0.5, -limit, limit) * 2**_SHIFT
    return round(x), round(y)


def _outline(canvas: np.ndarray, corners: np.ndarray, colour: Colour, width: int) -> None:
    first, last = (_subpixel(corner) for corner in corners)
    for ink, extra in ((_DARK, 2), (colour, 0)):
        cv2.rectangle(canvas, first, last, ink, width + extra, cv2.LINE_AA, _SHIFT)


def _draw_points(canvas, points, visibility, colour: Colour, radius: float) -> None:
    shown = np.ones(len(points), bool)
    if visibility is not None:
        shown = ~(np.asarray(visibility, float) < 0.5)  # a missing visibility counts as visible
    for point, visible in zip(points, shown, strict=True):
        if np.isfinite(point).all():
            draw_dot(canvas, point, bool(visible), colour, radius)


def _centre(canvas: np.ndarray, box: np.ndarray | None, points: np.ndarray | None) -> np.ndarray:
    """Where the pose axes start: the middle of the box, else of the points, else the picture."""
    if box is not None:
        return box.mean(axis=0)
    if points is not None and np.isfinite(points).any():
        return np.nanmean(points, axis=0)
    return np.array([canvas.shape[1], canvas.shape[0]]) / 2


def _draw_axes(canvas, pose, centre: np.ndarray, length: float) -> None:
    axes = pose_axes(pose)
    width = max(2, round(length / 45))
    for index in np.argsort(axes[:, 2], kind="stable"):  # what is nearer the viewer comes last
        name, colour = list(AXES.items())[index]
        arrow = axes[index, :2] * length
        seen = np.hypot(*arrow)
        if seen < _SHORTEST_AXIS * length:
            draw_dot(canvas, centre + arrow, True, colour, 1.7 * width)
            continue
        start, end = _subpixel(centre), _subpixel(centre + arrow)
        tip = min(0.5, 0.2 * length / seen)
        for ink, extra in ((_DARK, 2), (colour, 0)):
            cv2.arrowedLine(canvas, start, end, ink, width + extra, cv2.LINE_AA, _SHIFT, tip)
        _draw_letter(canvas, name, centre + arrow * _LETTER_GAP, colour, length / 150)


def _draw_letter(canvas, letter: str, middle: np.ndarray, colour: Colour, size: float) -> None:
    size = max(0.45, size)
    (width, height), _ = cv2.getTextSize(letter, FONT, size, 1)
    corner = round(middle[0] - width / 2), round(middle[1] + height / 2)
    for ink, weight in ((_DARK, 3), (colour, 1)):
        cv2.putText(canvas, letter, corner, FONT, size, ink, weight, cv2.LINE_AA)


def _draw_label(canvas, lines: list[str], box: np.ndarray | None, colour: Colour) -> None:
    """Writes the lines on a dark plate above the box, moved into the picture where needed."""
    if not lines:
        return
    picture_height, picture_width = canvas.shape[:2]
    largest = picture_width / 700
    if box is not None:  # small faces stand close together
        largest = min(largest, (box[1] - box[0]).max() / 220)
    size = float(np.clip(largest, 0.36, 0.9))
    sizes = [cv2.getTextSize(line, FONT, size, 1) for line in lines]
    if box is not None and sizes[-1][0][0] > _WIDEST_LABEL * (box[1] - box[0]).max():
        lines, sizes = lines[:1], sizes[:1]  # the angles would cover a neighbour
    plate_width = max(width for (width, _), _ in sizes) + 8
    size *= min(1, picture_width / plate_width)
    line_height = max(height + below for (_, height), below in sizes) + 3
    plate_height = line_height * len(lines) + 3
    left, bottom = (0, picture_height) if box is None else (box[0, 0], box[0, 1] - 2)
    left = int(np.clip(left, 0, max(0, picture_width - plate_width)))
    top = int(np.clip(bottom - plate_height, 0, max(0, picture_height - plate_height)))
    plate = canvas[top : top + plate_height, left : left + plate_width]
    plate[:] = plate // 4  # dark, yet the picture shines through
    for row, line in enumerate(lines, 1):
        corner = left + 4, top + row * line_height - 3
        ink = colour if row == 1 else _LIGHT
        cv2.putText(canvas, line, corner, FONT, size, ink, 1, cv2.LINE_AA)
