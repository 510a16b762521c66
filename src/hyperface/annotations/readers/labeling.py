"""Makes records of faces from the annotations of a data set: the steps that all readers share.

A reader makes each face with `annotated_face`, and its `read` has the decorator `fitted`. This
passes the images through `with_fits`, which computes box and pose of many faces at once, because
fitting one face at a time would take a minute.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Unpack

import numpy as np

from hyperface.annotations.record import AnnotatedImage, Face, Labels, SkipReport
from hyperface.geometry.boxes import area_xyxy, clip_xyxy
from hyperface.geometry.fitting import MIN_POINTS, WeakPerspective, fit_many
from hyperface.geometry.half_face import is_half, view_at
from hyperface.geometry.landmarks import from_68
from hyperface.geometry.pose import ANGLES
from hyperface.geometry.rectangle import BoxRule, rectangle_of_view_xyxy
from hyperface.geometry.self_occlusion import turned_away
from hyperface.tasks import NUM_LANDMARKS

IMAGES_AT_ONCE = 512
# From eyes, nose and mouth alone the pitch is uncertain: on MTFL its mean is -12 degrees and its
# standard deviation 20.
MIN_POINTS_FOR_PITCH = 10
SAME_ANGLE = np.radians(0.01)  # an angle this close to the fitted one was not annotated
NO_BOX = np.full(4, np.nan, np.float32)
NO_BOX.setflags(write=False)
Read = Callable[[Path, SkipReport], Iterator[AnnotatedImage]]  # the type of a reader's `read`


def mark_missing(points: np.ndarray) -> np.ndarray:
    """A copy of (N, 2) points as written in a file, with NaN for missing points.

    Data sets write a missing point as (0, 0) or (-1, -1) in their own coordinates, or as NaN.
    """
    points = np.array(points, np.float64)
    missing = ~np.isfinite(points).all(1) | (points == 0).all(1) | (points == -1).all(1)
    points[missing] = np.nan
    return points


def box_fault(box_xyxy: np.ndarray, width: int, height: int) -> str | None:
    """A description of what is wrong with a (4,) face box in an image; None if it is valid.

    A box may extend beyond the image, but must have some area inside.
    """
    left, top, right, bottom = box_xyxy
    if not np.isfinite(box_xyxy).all():
        return "box with a number that is not finite"
    if right < left or bottom < top:
        return "box of negative size"
    if right == left or bottom == top:
        return "empty box"
    if area_xyxy(clip_xyxy(box_xyxy, width, height)) <= 0:
        return "box outside the image"
    return None


def usable_boxes(
    boxes_xyxy: np.ndarray, image: AnnotatedImage, skipped: SkipReport, kind: str = ""
) -> np.ndarray:
    """(N,) bool, which of (N, 4) boxes are valid; the faults of the others are counted."""
    faults = [box_fault(box, image.width, image.height) for box in boxes_xyxy]
    for fault in filter(None, faults):
        skipped.add(f"{kind}{fault}", image.name)
    return np.array([fault is None for fault in faults], bool)


def annotated_face(
    landmarks: np.ndarray, image: AnnotatedImage, skipped: SkipReport, **labels: Unpack[Labels]
) -> Face:
    """Makes a face from the labels of its data set; `with_fits` adds box and pose.

    Annotators mark what they see, so a labeled landmark is visible (1) unless the data set says
    otherwise. A landmark without a label has neither position nor visibility (NaN).

    Args:
        landmarks: (21, 2) in the project's pixel coordinates, NaN for missing landmarks.
        image: The image that shows the face.
        skipped: Records dropped landmarks with the reason.
        **labels: Fields of `Face` that the data set annotates.
    """
    landmarks, far = _without_far(landmarks, image)
    if "visibility" not in labels:
        labels["visibility"] = np.where(_labeled(landmarks), np.float32(1), np.float32(np.nan))
    if far.any():
        skipped.add("landmark far outside the image, treated as missing", image.name)
        labels["visibility"] = np.where(far, np.float32(np.nan), labels["visibility"])
    return Face(NO_BOX, landmarks, **labels)


def annotated_face_68(
    points: np.ndarray, image: AnnotatedImage, skipped: SkipReport, **labels: Unpack[Labels]
) -> Face:
    """As `annotated_face`, for (68, 2) points in 300-W's order, which are kept beside the 21."""
    labels["landmarks_68"], _ = _without_far(points, image)
    return annotated_face(from_68(points), image, skipped, **labels)


def is_far_outside(points: np.ndarray, image: AnnotatedImage) -> np.ndarray:
    """(N, 2) -> (N,) bool, whether a point is farther outside the image than the image is large.

    Such a point is an error and not part of a face that the edge of the image cuts.
    """
    points, size = np.asarray(points), np.array([image.width, image.height])
    return np.any((points < -size) | (points > 2 * size), axis=1)


def _without_far(points: np.ndarray, image: AnnotatedImage) -> tuple[np.ndarray, np.ndarray]:
    """(N, 2) points -> float32 with NaN for those far outside; (N,) bool, which these are."""
    points = np.array(points, np.float64)
    far = is_far_outside(points, image)
    points[far] = np.nan
    return points.astype(np.float32), far


def with_fits(
    images: Iterable[AnnotatedImage], skipped: SkipReport, places_hidden_points: bool = False
) -> Iterator[AnnotatedImage]:
    """Adds to every face the box and the pose computed from its landmarks.

    Both come from the mean face fitted to all labeled landmarks; the box is the paper's
    FaceRectCalculator. With too few landmarks, the published box is used. A box that the reader has
    computed and an annotated angle are kept; if all landmarks belong to one half of the face, the
    box is computed with the annotated angles. A face without a usable box is dropped. An image that
    lost a face is no longer complete, and an image that lost all its faces is dropped.

    Args:
        images: Images with faces made by `annotated_face`.
        skipped: Records dropped faces and images with the reason.
        places_hidden_points: Whether the data set gives a position even to points that the head
            itself hides; the pose tells which these are, and they are marked as invisible.

    Yields:
        The images in their order; a few hundred are in memory at a time.
    """
    images = iter(images)
    while some := list(islice(images, IMAGES_AT_ONCE)):
        listed = [face.landmarks for image in some for face in image.faces]
        landmarks = np.array(listed, np.float64).reshape(-1, NUM_LANDMARKS, 2)
        views = iter(fit_many(landmarks, _labeled(landmarks)))
        for image in some:
            results = [
                _fitted(face, next(views), image, skipped, places_hidden_points)
                for face in image.faces
            ]
            faces = tuple(face for face in results if face is not None)
            if faces or not image.faces:
                complete = image.complete and len(faces) == len(results)
                yield replace(image, faces=faces, complete=complete)


def fitted(read: Read) -> Read:
    """Decorates a reader's `read` so that its images pass through `with_fits`."""

    @wraps(read)
    def read_and_fit(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
        return with_fits(read(folder, skipped), skipped)

    return read_and_fit


def boxed_faces(
    image: AnnotatedImage,
    boxes_xyxy: np.ndarray,
    ignored: np.ndarray | None = None,
    *,
    skipped: SkipReport,
    rule: BoxRule | None = None,
) -> AnnotatedImage:
    """Adds faces to an image of a data set that annotates only boxes, of all faces.

    Args:
        image: The image without faces.
        boxes_xyxy: (N, 4) in pixels.
        ignored: (N,) bool, faces that are neither to be found nor background; None for none.
        skipped: Records unusable ignored boxes; `with_fits` checks the boxes of the faces.
        rule: Converts the boxes of the data set to those of the project; None keeps them.
    """
    boxes = np.asarray(boxes_xyxy, np.float32)
    squares = boxes if rule is None else rule.squares_xyxy(boxes).astype(np.float32)
    ignored = np.zeros(len(boxes), bool) if ignored is None else ignored
    usable = usable_boxes(boxes[ignored], image, skipped)
    return replace(
        image,
        faces=tuple(
            Face(square, published_box_xyxy=box)
            for square, box in zip(squares[~ignored], boxes[~ignored], strict=True)
        ),
        complete=bool(usable.all()),  # the place of every face is known
        ignored_xyxy=squares[ignored][usable],
    )


def fitted_pose(view: WeakPerspective, face: Face) -> np.ndarray:
    """(3,) float32 radians, the pose of a view; NaN for angles that few points leave uncertain."""
    pose = view.pose.astype(np.float32)
    if _labeled(face.landmarks).sum() < MIN_POINTS_FOR_PITCH:
        pose[ANGLES.index("pitch")] = np.nan
    return pose


def _fitted(
    face: Face,
    view: WeakPerspective | None,
    image: AnnotatedImage,
    skipped: SkipReport,
    places_hidden_points: bool,
) -> Face | None:
    use = _labeled(face.landmarks)
    if view is not None and is_half(use) and np.isfinite(face.pose[1:]).all():
        # A fit to half a face gives uncertain angles, and so an uncertain box.
        view = view_at(face.landmarks, use, *face.pose[1:].tolist())
    box = face.box_xyxy
    if np.isnan(box).all():
        box = face.published_box_xyxy if view is None else rectangle_of_view_xyxy(view)
    if view is None and np.isnan(box).all():
        skipped.add(f"fewer than {MIN_POINTS} usable landmarks and no box", image.name)
        return None
    if fault := box_fault(box, image.width, image.height):
        skipped.add(fault, image.name)
        return None
    published = face.published_box_xyxy
    if not np.isnan(published).all() and (fault := box_fault(published, image.width, image.height)):
        skipped.add(f"published {fault}, treated as missing", image.name)
        published = NO_BOX
    pose = face.pose
    if view is not None and np.isnan(pose).any():
        pose = np.where(np.isnan(pose), fitted_pose(view, face), pose)
    visibility = face.visibility
    if view is not None and places_hidden_points:
        hidden = turned_away(view.pose) & _labeled(face.landmarks)
        visibility = np.where(hidden, np.float32(0), visibility)
    return replace(
        face,
        box_xyxy=np.asarray(box, np.float32),
        pose=pose,
        visibility=visibility,
        published_box_xyxy=published,
    )


def _labeled(landmarks: np.ndarray) -> np.ndarray:
    """(..., 21, 2) -> (..., 21) bool."""
    return np.isfinite(landmarks).all(-1)
