"""Annotated faces and images without files: what is judged here looks at no pixel."""

from pathlib import Path

import numpy as np
import pytest

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.detection.region_predictions import DetectedFace
from hyperface.evaluation.detections import evaluation_box_xyxy
from hyperface.evaluation.whole_images import image_samples


@pytest.fixture(scope="session")
def make_face():
    """A face of the given box, its landmarks at random places of it; keywords replace labels."""

    def make(left, top, right, bottom, seed=0, **labels):
        rng = np.random.default_rng(seed)
        box = np.array([left, top, right, bottom], np.float32)
        labels = {
            "landmarks": np.float32(rng.uniform(box[:2], box[2:], (21, 2))),
            "visibility": np.float32(rng.random(21) < 0.7),
            "pose": np.float32(rng.uniform(-0.5, 0.5, 3)),
            "gender": float(seed % 3 == 0),
            **labels,
        }
        return Face(box, **labels)

    return make


@pytest.fixture(scope="session")
def make_image():
    """An image of 300 x 200 with the given faces."""

    def make(*faces, complete=False, source="set"):
        return AnnotatedImage(Path("none"), "none", source, 300, 200, faces, complete)

    return make


@pytest.fixture(scope="session")
def found_as_annotated():
    """What a perfect detector finds on a face; keywords replace answers."""

    def find(face, score=0.9, **answers):
        answers = {
            "box_xyxy": evaluation_box_xyxy(face),
            "landmarks": face.landmarks,
            "visibility": face.visibility,
            "pose": face.pose,
            "female_probability": face.gender,
            **answers,
        }
        return DetectedFace(score=score, **answers)

    return find


@pytest.fixture(scope="session")
def results_of(found_as_annotated):
    """Results on faces far apart, by name and group: a metric over (face, answers) pairs.

    The answers of a face replace those of a perfect detector; None misses it.
    """

    def evaluate(metric, *pairs):
        images = [
            AnnotatedImage(None, str(n), "set", 300, 200, (face,))
            for n, (face, _) in enumerate(pairs)
        ]
        found = [
            [] if answers is None else [found_as_annotated(face, **answers)]
            for face, answers in pairs
        ]
        results = metric(image_samples("set", images, found))
        return {(result.name, result.group): result for result in results}

    return evaluate
