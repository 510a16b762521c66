"""Average precision on random cases, beside pycocotools.

COCO gives a detection to the best face that is still free, VOC to the best one at all: the same
where no detection overlaps two faces by a half, as here, where every face has a cell of its own.
"""

from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.evaluation.detection_metrics import detection_curve
from hyperface.evaluation.detections import match_detections
from hyperface.evaluation.precision_recall import area_under, eleven_point_average
from hyperface.geometry.boxes import xyxy_to_xywh

CELL, SIDE = 100, 40  # pixels
IGNORED_AREA, LEAST_AREA = 1, 10  # COCO ignores a face by its stated area


def random_image(rng):
    """Faces and ignored faces in cells, and detections near them and elsewhere."""
    corners = np.array([(x, y) for x in range(4) for y in range(4)]) * CELL + 20.0
    cells = rng.permutation(corners)
    boxes = np.hstack([cells, cells + SIDE])
    faces, ignored = boxes[: rng.integers(0, 6)], boxes[6 : 6 + rng.integers(0, 3)]
    around = np.concatenate([faces, faces, ignored, boxes[-2:]])
    found = around + rng.normal(0, 5, around.shape)
    image = AnnotatedImage(
        *(Path("none"), "none", "set", 400, 400, tuple(Face(np.float32(box)) for box in faces)),
        complete=True,
        ignored_xyxy=np.float32(ignored),
    )
    return image, found, rng.permutation(1000)[: len(found)] / 1000 + rng.random() / 1e4


def coco_precision(pages, recalls):
    """(recalls,) the highest precision at each recall or beyond."""
    truth, found = [], []
    for pixels, (image, boxes, scores) in enumerate(pages, start=1):
        faces = np.array([face.box_xyxy for face in image.faces]).reshape(-1, 4)
        for area_of, some in ((SIDE**2, faces), (IGNORED_AREA, image.ignored_xyxy)):
            truth += [
                {"bbox": box.tolist(), "area": area_of, "image_id": pixels, "iscrowd": 0}
                for box in xyxy_to_xywh(some)
            ]
        found += [
            {"bbox": box.tolist(), "score": score, "image_id": pixels, "category_id": 1}
            for box, score in zip(xyxy_to_xywh(boxes), scores, strict=True)
        ]
    truth = [entry | {"id": n, "category_id": 1} for n, entry in enumerate(truth, start=1)]
    reference = COCO()
    reference.dataset = {
        "info": {},
        "images": [{"id": pixels} for pixels in range(1, len(pages) + 1)],
        "categories": [{"id": 1, "name": "face"}],
        "annotations": truth,
    }
    reference.createIndex()
    judge = COCOeval(reference, reference.loadRes(found), "bbox")
    judge.params.iouThrs = np.array([0.5])
    judge.params.areaRng, judge.params.areaRngLbl = [[LEAST_AREA, 1e9]], ["all"]
    judge.params.maxDets = [10**6]
    judge.params.recThrs = np.array(recalls)
    judge.evaluate()
    judge.accumulate()
    return judge.eval["precision"][0, :, 0, 0, 0]


@pytest.mark.parametrize("seed", range(12))
def test_average_precision_equals_that_of_pycocotools(seed, capsys):
    rng = np.random.default_rng(seed)
    pages = [random_image(rng) for _ in range(6)]
    total = sum(len(image.faces) for image, *_ in pages)
    curve = detection_curve(
        [match_detections(boxes, scores, image) for image, boxes, scores in pages]
    )
    # The precision is constant between two recalls that can be had: their middles give the area.
    middles = (np.arange(total) + 0.5) / total
    assert area_under(curve) == pytest.approx(coco_precision(pages, middles).mean(), abs=1e-12)
    assert 0.1 < area_under(curve) < 1
    # Just below, so that 3 / 10 reaches 0.3 there as here.
    tenths = np.linspace(0, 1, 11) - 1e-9
    assert eleven_point_average(curve) == pytest.approx(
        coco_precision(pages, tenths).mean(), abs=1e-12
    )
