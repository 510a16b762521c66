"""All that the faces found in the images of one data set come to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.detection.region_predictions import DetectedFace
from hyperface.evaluation.attribute_metrics import (
    gender_metrics,
    pose_metrics,
    visibility_metrics,
)
from hyperface.evaluation.baseline import ConstantBaseline, constant_boxes, mean_shape
from hyperface.evaluation.detection_metrics import (
    average_precisions,
    curve_of,
    faces_found,
    fddb_scores,
)
from hyperface.evaluation.detections import (
    MatchedImage,
    evaluation_box_xyxy,
    match_detections,
)
from hyperface.evaluation.fddb_scores import Changes, Roc, changes, roc
from hyperface.evaluation.landmark_metrics import (
    LandmarkErrors,
    face_sizes,
    landmark_metrics,
    largest_set_errors,
)
from hyperface.evaluation.metric_inputs import (
    ImageDetections,
    Labels,
    Samples,
    cluster_numbers,
    compute_metrics,
)
from hyperface.evaluation.metric_result import MetricResult
from hyperface.evaluation.precision_recall import Curve
from hyperface.tasks import NUM_LANDMARKS

Found = Sequence[DetectedFace]
# Published to be tested on, with every face annotated; nobody trains on them.
TEST_SETS = ("afw", "pascal_faces", "fddb")
ALL = "all data sets"
IMAGE_METRICS = (
    average_precisions,
    faces_found,
    fddb_scores,
    landmark_metrics,
    visibility_metrics,
    pose_metrics,
    gender_metrics,
)


@dataclass(frozen=True, eq=False)
class SetResults:
    """What one data set comes to.

    Attributes:
        data: Its name.
        images: That were looked at.
        found: For each, its detections.
        matched: For each, how they were matched with its faces.
        samples: Every annotated face with what was found on it.
        results: All numbers.
        curve: Precision and recall; None where no face is annotated.
        roc: FDDB's curves; None where the faces are not ellipses.
        landmark_errors: Over the face size; None where no landmark is annotated.
    """

    data: str
    images: Sequence[AnnotatedImage]
    found: Sequence[Found]
    matched: Sequence[MatchedImage]
    samples: Samples
    results: Sequence[MetricResult]
    curve: Curve | None
    roc: Roc | None
    landmark_errors: LandmarkErrors | None

    def __str__(self) -> str:
        """The data set and its size."""
        faces = len(self.samples.is_found)
        return f"{self.data}: {len(self.images):,} images, {faces:,} faces"


def evaluate_sets(images: Sequence[AnnotatedImage], found: Sequence[Found]) -> list[SetResults]:
    """Evaluates what was found in some images on every data set among them, by name.

    Where there are several, all together come first: there, what is found in the images of a set
    without faces counts, too.
    """
    sets: dict[str, list[int]] = {}
    for row, image in enumerate(images):
        sets.setdefault(image.source, []).append(row)
    groups = sorted(sets.items())
    if len(groups) > 1:
        groups.insert(0, (ALL, list(range(len(images)))))
    return [
        evaluate_set(name, [images[row] for row in rows], [found[row] for row in rows])
        for name, rows in groups
    ]


def evaluate_set(data: str, images: Sequence[AnnotatedImage], found: Sequence[Found]) -> SetResults:
    """Evaluates some images against the boxes that their data set published, where it did."""
    samples = image_samples(data, images, found)
    detections = samples.detections
    return SetResults(
        data=data,
        images=images,
        found=found,
        matched=detections.found,
        samples=samples,
        results=compute_metrics(samples, IMAGE_METRICS),
        curve=curve_of(detections.found) if len(samples.is_found) else None,
        roc=roc(detections.ellipses) if detections.ellipses else None,
        landmark_errors=largest_set_errors(samples),
    )


def image_samples(data: str, images: Sequence[AnnotatedImage], found: Sequence[Found]) -> Samples:
    """The faces of some images, each with what was found on it and the baseline's answer.

    Args:
        data: What the images are called together.
        images: With their annotated faces.
        found: For each, its detections.
    """
    faces = [face for image in images for face in image.faces]
    indices = np.repeat(np.arange(len(images)), [len(image.faces) for image in images])
    boxes = [boxes_and_scores(some) for some in found]
    guessed = [(box[None], np.ones(1)) for box in constant_boxes(images)]
    matched, baseline = (
        [_match(*each, image) for image, each in zip(images, some, strict=True)]
        for some in (boxes, guessed)
    )
    # An image of several people goes by the first.
    people = [(image.faces and image.faces[0].person) or row for row, image in enumerate(images)]
    rows = [
        some[match] if match >= 0 else None
        for each, some in zip(matched, found, strict=True)
        for match in each.matches
    ]
    truth = _annotated(faces)
    # No constant answer could know more than the means of the very faces that it is tested on.
    constant = ConstantBaseline.of(truth, mean_shape())
    return Samples(
        data=data,
        truth=truth,
        predicted=_found(rows),
        baseline=constant.labels(np.array([face.box_xyxy for face in faces], np.float64)),
        is_found=np.array([row is not None for row in rows], bool),
        clusters=cluster_numbers(
            [face.person or int(index) for face, index in zip(faces, indices, strict=True)]
        ),
        images=indices,
        sizes=face_sizes(truth),
        detections=ImageDetections(
            found=matched,
            baseline=baseline,
            clusters=cluster_numbers(people),
            ellipses=_changes(images, boxes),
            baseline_ellipses=_changes(images, guessed),
        ),
    )


def boxes_and_scores(faces: Found) -> tuple[np.ndarray, np.ndarray]:
    """(n, 4) pixels and (n,)."""
    boxes = np.array([face.box_xyxy for face in faces], np.float64).reshape(-1, 4)
    return boxes, np.array([face.score for face in faces], np.float64)


def _match(boxes_xyxy: np.ndarray, scores: np.ndarray, image: AnnotatedImage) -> MatchedImage:
    lenient = image.source not in TEST_SETS
    return match_detections(boxes_xyxy, scores, image, use_published=True, lenient=lenient)


def _changes(
    images: Sequence[AnnotatedImage], found: Sequence[tuple[np.ndarray, np.ndarray]]
) -> list[Changes]:
    """How the boxes and scores of each image fare by FDDB's rules.

    None where a face is not an ellipse, or where there is no face.
    """
    ellipses = [
        np.array([face.ellipse for face in image.faces], np.float64).reshape(-1, 5)
        for image in images
    ]
    if not sum(map(len, ellipses)) or not all(np.isfinite(each).all() for each in ellipses):
        return []
    return [changes(each, *boxes) for each, boxes in zip(ellipses, found, strict=True)]


def _annotated(faces: Sequence[Face]) -> Labels:
    return Labels(
        np.array([evaluation_box_xyxy(face) for face in faces], np.float64).reshape(-1, 4),
        np.ones(len(faces)),
        np.array([face.landmarks for face in faces], np.float64).reshape(-1, NUM_LANDMARKS, 2),
        np.array([face.visibility for face in faces], np.float64).reshape(-1, NUM_LANDMARKS),
        np.array([face.pose for face in faces], np.float64).reshape(-1, 3),
        np.array([face.gender for face in faces], np.float64),
    )


def _found(rows: Sequence[DetectedFace | None]) -> Labels:
    def column(name: str, *shape: int) -> np.ndarray:
        nothing = np.full(shape, np.nan)
        values = [nothing if row is None else getattr(row, name) for row in rows]
        return np.array(values, np.float64).reshape(-1, *shape)

    return Labels(
        column("box_xyxy", 4),
        column("score"),
        column("landmarks", NUM_LANDMARKS, 2),
        column("visibility", NUM_LANDMARKS),
        column("pose", 3),
        column("female_probability"),
    )
