"""Evaluation on held-out regions: their choice and the metrics on them."""

from collections.abc import Mapping, Sequence

import numpy as np

from hyperface.annotations.record import AnnotatedImage
from hyperface.detection.region_predictions import RegionPredictions
from hyperface.evaluation.attribute_metrics import (
    gender_balance,
    occluded_point_precision,
    pose_errors,
)
from hyperface.evaluation.baseline import ConstantBaseline
from hyperface.evaluation.detection_metrics import region_classification
from hyperface.evaluation.landmark_metrics import FACE_EXTENT, extent_errors
from hyperface.evaluation.measures import tight_extent
from hyperface.evaluation.metric_inputs import Labels, Samples, cluster_numbers, compute_metrics
from hyperface.evaluation.metric_result import EVERY, MetricResult
from hyperface.regions.encoding import decode_landmarks, region_targets, target_shapes
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region
from hyperface.regions.sampling import RegionSampler

ALL_SETS = EVERY
REGION_METRICS = (
    region_classification,
    extent_errors,
    occluded_point_precision,
    pose_errors,
    gender_balance,
)
UNIT_BOX = np.array([-0.5, -0.5, 0.5, 0.5])  # in this box, pixels are units of the region
MIN_FACES = 32  # if there are fewer, each is evaluated on several regions


def evaluation_regions(sampler: RegionSampler, max_regions: int, seed: int) -> list[Region]:
    """One region for each face, and as many without a face.

    A face is evaluated on its best proposal, as at test time, or on a jittered box if its image has
    no proposals or none that covers it enough. The other half are hard negatives and background,
    in equal parts as far as the images allow. If there are very few faces, each is also evaluated
    on several jittered boxes.

    There are at most `max_regions`; beyond half of it, faces are skipped at random. They are
    ordered by image, so that each is decoded once. The same seed gives the same regions.
    """
    rng = np.random.default_rng((seed, 1))
    half = max(max_regions // 2, 1)
    chosen = rng.permutation(len(sampler.faces))[:half]
    faces: list[tuple[int, int]] = [sampler.faces[index] for index in chosen]
    regions = [sampler.best_proposal(*face) or sampler.jittered(*face, rng) for face in faces]
    while faces and len(regions) < min(MIN_FACES, half):
        regions.append(sampler.jittered(*faces[len(regions) % len(faces)], rng))

    kinds = [kind for kind in ("hard_negative", "background") if kind in sampler.possible]
    count = (len(regions) or half) if kinds else 0
    drawn = (sampler.draw(kinds[number % len(kinds)], rng) for number in range(count))
    # If a face fills its image, the sampler may have nothing but the face to draw.
    regions += [region for region in drawn if region.overlap < sampler.rules.background]
    return sorted(regions, key=lambda region: (region.image, tuple(region.box_xyxy)))


def evaluate_regions(
    predictions: Mapping[str, np.ndarray],
    baseline: ConstantBaseline,
    regions: Sequence[Region],
    images: Sequence[AnnotatedImage],
    rules: OverlapRules,
) -> list[MetricResult]:
    """Results over all regions and, if there are several data sets, on each of them.

    `predictions` are the (B, ...) outputs of a network by task, for B regions of the images; tasks
    may be missing. There are no results for a task without labels or predictions.
    """
    samples = region_samples(predictions, baseline, regions, images, rules)
    sources = np.array([images[region.image].source for region in regions])
    sets = {ALL_SETS: np.ones(len(regions), bool)}
    if len(set(sources)) > 1:
        sets |= {name: sources == name for name in sorted(set(sources))}
    return [
        result
        for data, rows in sets.items()
        for result in compute_metrics(samples.rows(data, rows), REGION_METRICS)
    ]


def region_baseline(
    regions: Sequence[Region], images: Sequence[AnnotatedImage], rules: OverlapRules
) -> ConstantBaseline:
    """The constant baseline of training regions: mean shape and pose, shares of the classes."""
    return ConstantBaseline.from_labels(
        labels_from_targets(stacked_targets(regions, images, rules), UNIT_BOX)
    )


def region_samples(
    predictions: Mapping[str, np.ndarray],
    baseline: ConstantBaseline,
    regions: Sequence[Region],
    images: Sequence[AnnotatedImage],
    rules: OverlapRules,
) -> Samples:
    """The regions with their labels and predictions; arguments as in `evaluate_regions`."""
    boxes = np.array([region.box_xyxy for region in regions], float).reshape(-1, 4)
    truth = labels_from_targets(stacked_targets(regions, images, rules), boxes)
    people: list[object] = []
    groups: list[str] = []
    extents = np.full(len(regions), np.nan)
    for row, region in enumerate(regions):
        face = images[region.image].faces[region.face] if region.face >= 0 else None
        people.append((face and face.person) or region.image)
        groups.append((face and face.group) or "")
        if face is not None and np.isfinite(truth.landmarks[row]).any():
            extents[row] = tight_extent(face.landmarks)
    return Samples(
        data=ALL_SETS,
        truth=truth,
        predicted=predicted_labels(predictions, boxes, rules.num_landmarks),
        baseline=baseline.labels(boxes),
        is_found=np.ones(len(regions), bool),
        clusters=cluster_numbers(people),
        images=np.array([region.image for region in regions], int),
        groups=np.array(groups, str),
        sizes={FACE_EXTENT: extents},
    )


def stacked_targets(
    regions: Sequence[Region], images: Sequence[AnnotatedImage], rules: OverlapRules
) -> dict[str, np.ndarray]:
    """The targets of regions, (B, ...) by task, without reading images."""
    rows = [region_targets(region, images, rules) for region in regions]
    return {
        name: np.stack([row[name] for row in rows]) if rows else np.zeros((0, *shape), np.float32)
        for name, shape in target_shapes(rules.num_landmarks).items()
    }


def labels_from_targets(targets: Mapping[str, np.ndarray], boxes_xyxy: np.ndarray) -> Labels:
    """The (B, ...) targets of regions by task, with (B, 4) boxes or one, as labels.

    Only visible landmarks have a place.
    """

    def where_labeled(values: np.ndarray, labeled: np.ndarray) -> np.ndarray:
        return np.where(labeled > 0, np.asarray(values, np.float64), np.nan)

    landmarks = targets["landmarks"]
    visible = landmarks[..., 2] * landmarks[..., 3]
    points = decode_landmarks(landmarks[..., :2], boxes_xyxy)
    detection, visibility, pose, gender = (
        where_labeled(targets[task][..., 0], targets[task][..., 1])
        for task in ("detection", "visibility", "pose", "gender")
    )
    return Labels(
        np.broadcast_to(boxes_xyxy, (len(landmarks), 4)),
        detection,
        where_labeled(points, visible[..., None]),
        visibility,
        pose,
        gender,
    )


def predicted_labels(
    predictions: Mapping[str, np.ndarray], boxes_xyxy: np.ndarray, num_landmarks: int
) -> Labels:
    """The outputs of a network for B regions, by task, as labels; NaN for missing heads."""
    found = RegionPredictions.from_outputs(predictions, boxes_xyxy, num_landmarks)
    return Labels(*found.columns)  # the same ones in the same order
