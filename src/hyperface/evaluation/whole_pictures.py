"""All that the faces found in the pictures of one data set come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hyperface.annotations.record import Picture
from hyperface.detection.answers import DetectedFace
from hyperface.evaluation.detection_figures import (
    constant_boxes,
    constant_changes,
    curve_of,
    detection_figures,
    fddb_figures,
)
from hyperface.evaluation.detections import JudgedPicture, judge_picture
from hyperface.evaluation.fddb import Roc, changes, roc
from hyperface.evaluation.figures import FaceFigure
from hyperface.evaluation.found_figures import found_figures
from hyperface.evaluation.gender_figures import gender_measures
from hyperface.evaluation.landmark_figures import landmark_measures, largest_set_errors
from hyperface.evaluation.matched import MatchedFaces, matched_faces
from hyperface.evaluation.pose_figures import pose_measures
from hyperface.evaluation.precision_recall import Curve
from hyperface.evaluation.visibility_figures import visibility_measures

Found = Sequence[DetectedFace]
# Published to be tested on, with every face annotated; nobody trains on them.
TEST_SETS = ("afw", "pascal_faces", "fddb")
ALL = "all data sets"
MEASURES = (landmark_measures, visibility_measures, pose_measures, gender_measures)


@dataclass(frozen=True, eq=False)
class SetResults:
    """What one data set comes to.

    Attributes:
        data: Its name.
        pictures: That were judged.
        found: For each, its detections.
        judged: For each, how they were matched.
        faces: Every annotated face with what was found on it.
        figures: All numbers.
        curve: Precision and recall; None where no face is annotated.
        roc: FDDB's curves; None where the faces are not ellipses.
        landmark_errors: (n,) over the face size, of the detector (NaN where missed) and of the
            constant answer; None where no landmark is annotated.
    """

    data: str
    pictures: Sequence[Picture]
    found: Sequence[Found]
    judged: Sequence[JudgedPicture]
    faces: MatchedFaces
    figures: Sequence[FaceFigure]
    curve: Curve | None
    roc: Roc | None
    landmark_errors: tuple[np.ndarray, np.ndarray] | None

    def in_words(self) -> str:
        """The data set and its size."""
        faces = len(self.faces.is_found)
        return f"{self.data}: {len(self.pictures):,} pictures, {faces:,} faces"


def judge_sets(pictures: Sequence[Picture], found: Sequence[Found]) -> list[SetResults]:
    """Judges every data set among some pictures with what was found in each, by name.

    Where there are several, all together come first: there, what is found in the pictures of a set
    without faces counts, too.
    """
    sets: dict[str, list[int]] = {}
    for row, picture in enumerate(pictures):
        sets.setdefault(picture.source, []).append(row)
    groups = sorted(sets.items())
    if len(groups) > 1:
        groups.insert(0, (ALL, list(range(len(pictures)))))
    return [
        judge_set(name, [pictures[row] for row in rows], [found[row] for row in rows])
        for name, rows in groups
    ]


def judge_set(data: str, pictures: Sequence[Picture], found: Sequence[Found]) -> SetResults:
    """Judges some pictures against the boxes that their data set published, where it did."""
    boxes = [boxes_and_scores(faces) for faces in found]
    judged = [_judge(*each, picture) for picture, each in zip(pictures, boxes, strict=True)]
    constant = [
        _judge(box[None], np.ones(1), picture)
        for box, picture in zip(constant_boxes(pictures), pictures, strict=True)
    ]
    faces = matched_faces(pictures, judged, found)
    clusters = _picture_clusters(pictures)
    figures, curve, ellipse_roc = [], None, None
    if len(faces.is_found):
        curve = curve_of(judged)
        missed = int((~faces.is_found).sum())
        figures += detection_figures(judged, constant, clusters, missed)
        figures += found_figures(faces)
        if ellipses := _ellipses(pictures):
            each = [changes(*one) for one in zip(ellipses, *zip(*boxes, strict=True), strict=True)]
            ellipse_roc = roc(each)
            figures += fddb_figures(each, constant_changes(pictures, ellipses), clusters, missed)
    measures = [measure for measures_of in MEASURES for measure in measures_of(faces)]
    figures += [measure.figure(faces.is_found, faces.clusters) for measure in measures]
    return SetResults(
        data=data,
        pictures=pictures,
        found=found,
        judged=judged,
        faces=faces,
        figures=figures,
        curve=curve,
        roc=ellipse_roc,
        landmark_errors=largest_set_errors(faces),
    )


def _judge(boxes_xyxy: np.ndarray, scores: np.ndarray, picture: Picture) -> JudgedPicture:
    lenient = picture.source not in TEST_SETS
    return judge_picture(boxes_xyxy, scores, picture, use_published=True, lenient=lenient)


def boxes_and_scores(faces: Found) -> tuple[np.ndarray, np.ndarray]:
    """(n, 4) pixels and (n,)."""
    boxes = np.array([face.box_xyxy for face in faces], np.float64).reshape(-1, 4)
    return boxes, np.array([face.score for face in faces], np.float64)


def _picture_clusters(pictures: Sequence[Picture]) -> np.ndarray:
    """(pictures,) int, equal for pictures of one person; a picture of several goes by the first."""
    numbers: Mapping[object, int] = {}
    return np.array(
        [
            numbers.setdefault((picture.faces and picture.faces[0].person) or row, len(numbers))
            for row, picture in enumerate(pictures)
        ],
        int,
    )


def _ellipses(pictures: Sequence[Picture]) -> list[np.ndarray]:
    """For each picture its (faces, 5) ellipses; none where a face is not one."""
    ellipses = [
        np.array([face.ellipse for face in picture.faces], np.float64).reshape(-1, 5)
        for picture in pictures
    ]
    return ellipses if all(np.isfinite(each).all() for each in ellipses) else []
