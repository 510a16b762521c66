"""CFP, Celebrities in Frontal-Profile: one face in each image, with 30 points on one half of it.

`Data/Images/001/frontal/01.jpg` and `Data/Images/001/profile/01.jpg` have their points in
`Data/Fiducials/001/frontal/01.txt` and so on: 30 rows `x,y` in pixels from the image's corner. In a
frontal image the left half of the face in the image is annotated, in a profile the visible half.
Counted from 0, from the outside to the middle: 0..8 edge of the face from the ear to the chin,
9..11 brow, 12..17 contour of the eye (12 outer, 15 inner corner), 18..21 ridge of the nose to its
tip, 22..24 its base and wing, 25 corner of the mouth, 26..29 middle of the lips (27 and 29 between
them, in either order).

The other half of a frontal face is missing. In a profile, points that the head itself hides at this
pose are invisible, and other points of the far half are missing.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from hyperface.annotations.readers.dataset_files import (
    ImageFolder,
    files_like,
    folders_below,
    images_in,
)
from hyperface.annotations.readers.labeling import annotated_face, mark_missing, with_fits
from hyperface.annotations.readers.tables import numbered_lines, numbers, parsed
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.geometry.fitting import MIN_POINTS
from hyperface.geometry.half_face import profile_views
from hyperface.geometry.landmarks import MIRROR
from hyperface.geometry.self_occlusion import turned_away
from hyperface.tasks import NUM_LANDMARKS

NAME = "cfp"
LAYOUT = "Data/Images/ beside Data/Fiducials/ (CFP, Celebrities in Frontal-Profile)"
SOURCE = "S. Sengupta et al., University of Maryland, on request; research use"
IMAGES, POINTS, PROFILE = "Images", "Fiducials", "profile"
NUM_POINTS = 30
# For each landmark of the left half in the image, the points of which it is the mean.
SOURCES = {
    **{0: (9,), 1: (10,), 2: (11,), 6: (12,), 7: tuple(range(12, 18)), 8: (15,)},
    **{13: (24,), 14: (21,), 17: (25,), 18: (27, 29), 20: (8,)},
}
RIDGE, EAR_EDGE = slice(18, 23), slice(0, 4)  # their order from left to right gives the side


def recognizes(folder: Path) -> bool:
    """Whether there are folders of images and of points, with the same person in both."""
    data = _data_folder(folder)
    people = (data / POINTS).iterdir() if data else ()
    return any(re.fullmatch(r"\d+", p.name) and _images_of(p).is_dir() for p in people)


def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, in order of their names."""
    for image in with_fits(_annotated(folder, skipped), skipped):
        if Path(image.name).parent.name.lower() == PROFILE:
            image = replace(image, faces=tuple(map(_with_hidden, image.faces)))
        yield image


def _data_folder(folder: Path) -> Path | None:
    places = (folder / "Data", folder)
    return next((p for p in places if (p / IMAGES).is_dir() and (p / POINTS).is_dir()), None)


def _images_of(points: Path) -> Path:
    """The path of the images for a path of points, both folders or files."""
    parts = list(points.parts)
    parts[len(parts) - 1 - parts[::-1].index(POINTS)] = IMAGES
    return Path(*parts)


def _annotated(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    if (data := _data_folder(folder)) is None:
        return
    found = ImageFolder(folder, NAME, skipped)
    for place in folders_below(data / POINTS, skipped):
        files = files_like(place, "*.txt")
        images = images_in(_images_of(place), skipped) if files else []
        names = {path.stem: path.name for path in images}
        below = _images_of(place).relative_to(folder).as_posix()
        for path in files:
            where = path.relative_to(folder).as_posix()
            if (image := found.find(f"{below}/{names.pop(path.stem, f'{path.stem}.jpg')}")) is None:
                continue
            if (points := parsed(parse_points, path, where, skipped)) is None:
                continue
            if (left := shows_left_half(points)) is None:
                skipped.add("points that may be on either half of the face", where)
                continue
            person = f"{NAME} {path.parts[-3]}"  # other data sets use the same numbers
            face = annotated_face(landmarks_of(points, left), image, skipped, person=person)
            if place.name.lower() == PROFILE:
                face = _with_pose(face, turned_left=not left)
            yield replace(image, faces=(face,))
        for name in names.values():
            skipped.add("image without points", f"{below}/{name}")


def parse_points(path: Path) -> np.ndarray:
    """Reads a file of points: (30, 2) float64 in pixels; NaN where missing.

    Raises:
        ValueError: The file cannot be used; the message says why.
    """
    rows = [line.replace(",", " ").split() for _, line in numbered_lines(path)]
    if len(rows) != NUM_POINTS or any(len(row) != 2 for row in rows):
        raise ValueError(f"points that are not {NUM_POINTS} lines of x and y")
    try:
        return mark_missing(np.array([numbers(row) for row in rows]))
    except ValueError:
        raise ValueError("points with a value that is not a number") from None


def shows_left_half(points: np.ndarray) -> bool | None:
    """Whether (30, 2) points are on the half on the image's left; None if that is unclear."""
    ridge, ear = points[RIDGE, 0], points[EAR_EDGE, 0]
    if np.isnan(ridge).all() or np.isnan(ear).all():
        return None
    return bool(np.nanmean(ridge) > np.nanmean(ear))


def landmarks_of(points: np.ndarray, left: bool) -> np.ndarray:
    """(30, 2) points of a half -> (21, 2) landmarks, NaN on the other half."""
    landmarks = np.full((NUM_LANDMARKS, 2), np.nan)
    for landmark, sources in SOURCES.items():
        landmarks[landmark if left else MIRROR[landmark]] = points[list(sources)].mean(axis=0)
    return landmarks


def _with_pose(face: Face, turned_left: bool) -> Face:
    """The face with the pose fitted to the points of its half, if there are enough."""
    use = np.isfinite(face.landmarks).all(axis=1)
    if use.sum() < MIN_POINTS or np.ptp(face.landmarks[use], axis=0).max() <= 0:
        return face  # for `with_fits` to reject
    (view,) = profile_views(face.landmarks[None], use[None], np.array([turned_left]))
    return replace(face, pose=view.pose.astype(np.float32))


def _with_hidden(face: Face) -> Face:
    """The face with missing landmarks marked as invisible if the head itself hides them."""
    if np.isnan(face.pose).any():
        return face
    hidden = turned_away(face.pose) & np.isnan(face.landmarks).any(axis=1)
    return replace(face, visibility=np.where(hidden, np.float32(0), face.visibility))
