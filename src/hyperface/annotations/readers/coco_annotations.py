"""Reads the faces in the `annotations` of a COCO file."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hyperface.annotations.readers.coco_faces import Annotation, joined, swapped_kinds, with_sides
from hyperface.annotations.readers.coco_points import KeyPoints, key_points_of, similar_name
from hyperface.annotations.readers.codes import GENDER_OF_WORD, code_of, label_of
from hyperface.annotations.readers.labeling import NO_BOX, mark_missing
from hyperface.annotations.record import SkipReport
from hyperface.geometry.boxes import xywh_to_xyxy
from hyperface.geometry.landmarks import LANDMARK_NAMES, from_68
from hyperface.geometry.pose import ANGLES
from hyperface.tasks import NUM_LANDMARKS

NOT_LABELED, HIDDEN, VISIBLE = 0, 1, 2
CONTRIBUTOR = "hyperface"  # in the `info` of files that the project writes
COUNTING_CENTERS = frozenset({CONTRIBUTOR, "coco consortium"})  # the first pixel's is 0
NEGATIONS = frozenset({"no", "not", "non", "without", "mask", "masks"})
ENCLOSING = 1.5  # pixels by which a box that only encloses the points may deviate from them
HALF_TURN = 180


class Annotations:
    """Reads the annotations of one file.

    Attributes:
        by_image: Annotations by id of the image.
        faults: Number of faces that cannot be used, by id of the image.
        tells_hidden: Whether the flags distinguish hidden points from visible ones.
        are_68_without_hidden: Whether the file has 300-W's points, none of them hidden, so that
            points that the head itself hides have a position too.
    """

    def __init__(self, content: Mapping[str, Any], file: str, skipped: SkipReport) -> None:
        self._file, self._skipped = file, skipped
        info = content.get("info")
        info = info if isinstance(info, dict) else {}
        self._categories = {
            code_of(entry.get("id")): entry
            for entry in content.get("categories", [])
            if isinstance(entry, dict)
        }
        contributor = str(info.get("contributor", "")).strip().lower()
        # Older files of the project have no `info`, but its names of the landmarks.
        ours = contributor == CONTRIBUTOR or (
            "info" not in content and any(map(self._is_ours, self._categories))
        )
        self._ours = ours
        self._first_center = 0.5 if ours or contributor in COUNTING_CENTERS else 0.0
        self._key_points: dict[tuple[str | None, int], KeyPoints | None] = {}
        self.by_image: dict[str | None, list[Annotation]] = {}
        self.faults: dict[str | None, int] = {}
        for number, entry in enumerate(content.get("annotations", []), start=1):
            self._add(entry, number)
        every = [each for those in self.by_image.values() for each in those]
        swapped = swapped_kinds(every)
        flags = np.array([each.flags for each in every]).reshape(-1, NUM_LANDMARKS)
        self.tells_hidden = bool(ours or (flags == VISIBLE).any())
        hidden = self.tells_hidden and (flags == HIDDEN).any()
        self.are_68_without_hidden = not hidden and any(
            each.key_points is not None and each.key_points.is_68 for each in every
        )
        if not self.tells_hidden and (flags == HIDDEN).any():
            skipped.add("file without visible key points (2), so 1 counts as visible", file)
        self.by_image = {
            image: [self._with_sides(each, swapped, image) for each in those]
            for image, those in self.by_image.items()
        }
        if not ours:  # others write the points and the box of a face as two annotations
            self.by_image = {image: joined(those) for image, those in self.by_image.items()}

    def _with_sides(
        self, each: Annotation, swapped: Mapping[KeyPoints, bool], image: str | None
    ) -> Annotation:
        if (found := with_sides(each, swapped)) is None:
            fault = "left and right swapped, the key points treated as missing"
            self._skipped.add(fault, f"{self._file} image {image}")
            return Annotation(each.category, box_xyxy=each.box_xyxy, labels=each.labels)
        return found

    def _is_ours(self, category: str | None) -> bool:
        return tuple(self._names(category)) == LANDMARK_NAMES

    def _names(self, category: str | None) -> list[str]:
        names = self._categories.get(category, {}).get("keypoints")
        return [str(name) for name in names] if isinstance(names, list) else []

    def _add(self, entry: object, number: int) -> None:
        if not isinstance(entry, dict):
            self._skipped.add("annotation that is not an object", f"{self._file} {number}")
            return
        image, category = code_of(entry.get("image_id")), code_of(entry.get("category_id"))
        where = f"{self._file} annotation {entry.get('id', number)}"
        try:
            annotation = self._read(entry, category, where)
        except ValueError as error:
            self._skipped.add(str(error), where)
            self.faults[image] = self.faults.get(image, 0) + 1
            return
        if annotation is not None:
            self.by_image.setdefault(image, []).append(annotation)

    def _read(self, entry: dict, category: str | None, where: str) -> Annotation | None:
        """The annotation; None if it is neither a face nor a region to ignore.

        Raises:
            ValueError: It cannot be used; the message says why.
        """
        points = self._points(entry, category, where)
        is_face = _is_face(self._categories.get(category, {}).get("name"))
        box = _box(entry.get("bbox"))
        if any(code_of(entry.get(key)) in ("1", "true") for key in ("iscrowd", "ignore")):
            if not is_face and not self._names(category):
                return None
            if box is None:
                raise ValueError("crowd without a box")
            return Annotation(category, True, box)
        if points is None and not is_face:
            name = str(self._categories.get(category, {}).get("name"))[:40]
            self._skipped.add("annotation without key points whose category is not a face", name)
            return None
        if points is None and box is None:
            raise ValueError("annotation with neither a box nor key points")
        annotation = points or Annotation(category)
        around = np.abs(annotation.enclosing_xyxy - (NO_BOX if box is None else box)).max()
        if is_face and box is not None and (self._ours or not around <= ENCLOSING):
            annotation = replace(annotation, box_xyxy=box)
        return replace(annotation, labels=self._labels(entry.get("attributes"), where))

    def _points(self, entry: dict, category: str | None, where: str) -> Annotation | None:
        """The annotation with only its landmarks; None if none is labeled."""
        if not (written := entry.get("keypoints")):
            return None
        values = _numbers(written, "key points")
        if len(values) % 3:
            raise ValueError("key points that are not x, y and a flag each")
        values = values.reshape(-1, 3)
        flags = values[:, 2]
        if not np.isin(flags, (NOT_LABELED, HIDDEN, VISIBLE)).all():
            raise ValueError("key point whose flag is not 0, 1 or 2")
        if not flags.any():
            return None
        known = self._known(category, len(values))
        if known is None:
            named = len(self._names(category)) or "none"
            raise ValueError(f"{len(values)} key points of a category that names {named}")
        # Others write the first pixel for missing points, whatever the flag.
        points = (values[:, :2] if self._ours else mark_missing(values[:, :2])) + self._first_center
        points[flags == NOT_LABELED] = np.nan
        flags = np.where(np.isfinite(points).all(1), flags, NOT_LABELED)
        used = known.landmarks >= 0
        there = points[flags > NOT_LABELED]
        if not len(there):
            return None
        enclosing = np.concatenate([there.min(0), there.max(0)])
        found = Annotation(category, key_points=known, enclosing_xyxy=enclosing)
        if known.is_68:
            of_68 = np.zeros(68)
            found.points_68[known.landmarks] = points
            of_68[known.landmarks] = flags
            found.landmarks[:] = from_68(found.points_68)
            # A landmark that is the mean of several points is hidden if half of them are.
            mean = from_68(np.repeat(of_68[:, None], 2, axis=1))[:, 0]
            found.flags[found.placed] = np.where(mean > 1.5, VISIBLE, HIDDEN)[found.placed]
        else:
            found.landmarks[known.landmarks[used]] = points[used]
            found.flags[known.landmarks[used]] = flags[used]
        return found

    def _known(self, category: str | None, count: int) -> KeyPoints | None:
        """The landmarks that the key points of a category stand for."""
        if (category, count) not in self._key_points:
            names = self._names(category)
            known = key_points_of(names, count) if len(names) in (0, count) else None
            self._key_points[category, count] = known
            for name in known.unknown if known else ():
                near = similar_name(name)
                self._skipped.add(
                    "unknown name of a key point, ignored",
                    f"{name[:40]}: did you mean {near}?" if near else name[:40],
                )
        return self._key_points[category, count]

    def _labels(self, attributes: object, where: str) -> dict[str, Any]:
        """The labels in `attributes`, as the project writes them, as fields of `Face`."""
        if not isinstance(attributes, dict):
            return {}
        labels: dict[str, Any] = {}
        fault = "gender that is neither male nor female"
        gender = label_of(attributes.get("gender"), GENDER_OF_WORD, fault, where, self._skipped)
        if gender is not None:
            labels["gender"] = gender
        degrees = [self._angle(attributes.get(angle), where) for angle in ANGLES]
        if np.isfinite(degrees).any():
            labels["pose"] = np.radians(degrees).astype(np.float32)
        person, race = attributes.get("person"), attributes.get("race")
        if (self._ours and isinstance(person, str)) or code_of(person) is not None:
            labels["person"] = str(person).strip() or None
        if isinstance(race, str):
            labels["group"] = race
        return labels

    def _angle(self, value: object, where: str) -> float:
        if (code := code_of(value)) is None:
            return np.nan
        try:
            angle = float(code)
        except ValueError:
            angle = np.nan
        if not abs(angle) <= HALF_TURN:
            self._skipped.add("angle that is not within 180 degrees, treated as missing", where)
            return np.nan
        return angle


def _is_face(name: object) -> bool:
    """Whether the name of a category is that of a face."""
    words = set(re.findall(r"[a-z]+", str(name).lower()))
    return bool(words & {"face", "faces"}) and not words & NEGATIONS


def _numbers(entry: object, what: str) -> np.ndarray:
    """A list of numbers, which may be written as text."""
    try:
        values = np.array(entry, np.float64)
    except (ValueError, TypeError, OverflowError):
        values = np.zeros((0, 0))
    if values.ndim != 1 or not isinstance(entry, list):
        raise ValueError(f"{what} that are not a list of numbers")
    return values


def _box(entry: object) -> np.ndarray | None:
    """(4,) float32 xyxy; None without a box, which some programs write as four zeros."""
    if not entry:
        return None
    values = _numbers(entry, "bbox")
    if len(values) != 4:
        raise ValueError("bbox that is not x, y, width and height")
    return xywh_to_xyxy(values).astype(np.float32) if values.any() else None
