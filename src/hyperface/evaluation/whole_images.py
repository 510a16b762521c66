"""Evaluation of the detections in the whole images of data sets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.detection.region_predictions import DetectedFace
from hyperface.evaluation.attribute_metrics import gender_metrics, pose_metrics, visibility_metrics
from hyperface.evaluation.baseline import ConstantBaseline, constant_boxes, mean_shape
from hyperface.evaluation.detection_metrics import (
    average_precisions,
    detection_curve,
    faces_found,
    fddb_scores,
)
from hyperface.evaluation.detections import (
    MatchedImage,
    evaluation_box_xyxy,
    match_detections,
    mean_sides,
)
from hyperface.evaluation.fddb_scores import ImageScores, Roc, image_scores, roc
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

Detections = Sequence[DetectedFace]
# Published for testing, with every face annotated; they are not for training.
TEST_SETS = ("afw", "pascal_faces", "fddb")
ALL = "all data sets"
MIN_SIZES = (20, 40)  # pixels; average precision is also given without the faces below
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
    """The results of one data set."""

    data: str  # name of the data set
    images: Sequence[AnnotatedImage]  # the evaluated images
    detections: Sequence[Detections]  # the detections in each image
    samples: Samples  # every annotated face with its predictions
    results: Sequence[MetricResult]  # of all metrics
    curve: Curve | None  # precision and recall; None without annotated faces
    roc: Roc | None  # FDDB's ROC curves; None if faces are not annotated as ellipses
    landmark_errors: LandmarkErrors | None  # over the face size; None without annotated landmarks

    def __str__(self) -> str:
        """The data set and its size."""
        faces = len(self.samples.is_found)
        return f"{self.data}: {len(self.images):,} images, {faces:,} faces"


def evaluate_sets(
    images: Sequence[AnnotatedImage], detections: Sequence[Detections]
) -> list[SetResults]:
    """Evaluates the detections in some images, on every data set among them, by name.

    If there are several data sets, the results of all combined come first. They also count
    detections in the images of a data set without faces.
    """
    sets: dict[str, list[int]] = {}
    for row, image in enumerate(images):
        sets.setdefault(image.source, []).append(row)
    groups = sorted(sets.items())
    if len(groups) > 1:
        groups.insert(0, (ALL, list(range(len(images)))))
    return [
        evaluate_set(name, [images[row] for row in rows], [detections[row] for row in rows])
        for name, rows in groups
    ]


def evaluate_set(
    data: str, images: Sequence[AnnotatedImage], detections: Sequence[Detections]
) -> SetResults:
    """Evaluates some images, against the boxes that their data set publishes, if any."""
    samples = image_samples(data, images, detections)
    matched = samples.detections.matched
    ellipses = samples.detections.ellipses
    return SetResults(
        data=data,
        images=images,
        detections=detections,
        samples=samples,
        results=compute_metrics(samples, IMAGE_METRICS),
        curve=detection_curve(matched) if len(samples.is_found) else None,
        roc=roc(ellipses) if ellipses else None,
        landmark_errors=largest_set_errors(samples),
    )


def image_samples(
    data: str, images: Sequence[AnnotatedImage], detections: Sequence[Detections]
) -> Samples:
    """The annotated faces of some images, each with its prediction and the baseline's."""
    faces = [face for image in images for face in image.faces]
    indices = np.repeat(np.arange(len(images)), [len(image.faces) for image in images])
    boxes = [boxes_and_scores(faces) for faces in detections]
    constant = [(box[None], np.ones(1)) for box in constant_boxes(images)]
    sides = mean_sides(np.array([evaluation_box_xyxy(face) for face in faces]).reshape(-1, 4))
    sizes = [size for size in MIN_SIZES if (sides < size).any() and (sides >= size).any()]

    def matched(some: Sequence[tuple[np.ndarray, np.ndarray]], size: int) -> list[MatchedImage]:
        return [
            match_detections(*each, image, image.source not in TEST_SETS, size)
            for image, each in zip(images, some, strict=True)
        ]

    found, baseline = matched(boxes, 0), matched(constant, 0)
    # An image of several people belongs to the first.
    people = [(image.faces and image.faces[0].person) or row for row, image in enumerate(images)]
    rows = [
        some[match] if match >= 0 else None
        for each, some in zip(found, detections, strict=True)
        for match in each.matches
    ]
    truth = _annotated(faces)
    # The strongest constant baseline: the means of the very faces that it is evaluated on.
    face_baseline = ConstantBaseline.from_labels(truth, mean_shape())
    return Samples(
        data=data,
        truth=truth,
        predicted=_predicted(rows),
        baseline=face_baseline.labels(np.array([face.box_xyxy for face in faces], np.float64)),
        is_found=np.array([row is not None for row in rows], bool),
        clusters=cluster_numbers(
            [face.person or int(index) for face, index in zip(faces, indices, strict=True)]
        ),
        images=indices,
        groups=np.array([face.group or "" for face in faces], str),
        sizes=face_sizes(truth),
        detections=ImageDetections(
            matched=found,
            baseline=baseline,
            min_sizes={size: (matched(boxes, size), matched(constant, size)) for size in sizes},
            clusters=cluster_numbers(people),
            ellipses=_fddb_scores(images, boxes),
            baseline_ellipses=_fddb_scores(images, constant),
        ),
    )


def boxes_and_scores(faces: Detections) -> tuple[np.ndarray, np.ndarray]:
    """(n, 4) boxes in pixels and (n,) scores."""
    boxes = np.array([face.box_xyxy for face in faces], np.float64).reshape(-1, 4)
    return boxes, np.array([face.score for face in faces], np.float64)


def _fddb_scores(
    images: Sequence[AnnotatedImage], detections: Sequence[tuple[np.ndarray, np.ndarray]]
) -> list[ImageScores]:
    """FDDB's scores for the boxes and scores of each image.

    Empty without faces, or if a face is not annotated as an ellipse.
    """
    ellipses = [
        np.array([face.ellipse for face in image.faces], np.float64).reshape(-1, 5)
        for image in images
    ]
    if not sum(map(len, ellipses)) or not all(np.isfinite(each).all() for each in ellipses):
        return []
    return [image_scores(each, *boxes) for each, boxes in zip(ellipses, detections, strict=True)]


def _annotated(faces: Sequence[Face]) -> Labels:
    return Labels(
        np.array([evaluation_box_xyxy(face) for face in faces], np.float64).reshape(-1, 4),
        np.ones(len(faces)),
        np.array([face.landmarks for face in faces], np.float64).reshape(-1, NUM_LANDMARKS, 2),
        np.array([face.visibility for face in faces], np.float64).reshape(-1, NUM_LANDMARKS),
        np.array([face.pose for face in faces], np.float64).reshape(-1, 3),
        np.array([face.gender for face in faces], np.float64),
    )


def _predicted(rows: Sequence[DetectedFace | None]) -> Labels:
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
