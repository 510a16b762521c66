from dataclasses import replace

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.detection.fast_proposals import FastProposals, fast_settings, fitted
from hyperface.errors import UserError
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.models.proposal_detector import build_proposal_detector
from hyperface.models.weights import read_weights, write_weights
from hyperface.proposals.locations import locations_of
from hyperface.utils.defaults import default_settings


class Told:
    """Stands in for the network: answers with boxes that it is told, in pixels of the input."""

    def __init__(self, *boxes_and_logits):
        self.told = boxes_and_logits
        self.shapes = []

    def predict_on_batch(self, images):
        self.shapes.append(images.shape)
        locations = locations_of(*images.shape[1:3])
        answers = np.full((1, len(locations.strides), 5), -20.0, np.float32)
        for box, logit in self.told:
            middle = (np.array(box[:2]) + box[2:]) / 2
            row = np.abs(locations.centers - middle).sum(1).argmin()
            while answers[0, row, 0] > -20:
                row += 1
            boxes = np.tile(np.float32(box), (len(locations.strides), 1))
            answers[0, row] = [logit, *locations.encode(boxes)[row]]
        return answers


def chosen(**changes):
    settings = replace(fast_settings(default_settings()), min_proposals=0)
    return replace(settings, **changes)


def proposed(image_size, *told, **settings):
    image = np.zeros((*image_size, 3), np.uint8)
    return FastProposals(Told(*told), chosen(**settings)).scored(image)


def test_boxes_and_scores_by_hand():
    boxes, scores = proposed(
        (100, 150), ([10, 10, 40, 40], 0.0), ([60, 50, 100, 90], np.log(3)), ([0, 60, 20, 80], -9)
    )
    np.testing.assert_allclose(boxes, [[60, 50, 100, 90], [10, 10, 40, 40]], atol=1e-3)
    np.testing.assert_allclose(scores, [0.75, 0.5])
    assert boxes.dtype == np.float32


def test_a_large_image_is_shrunk_and_its_boxes_are_not():
    # 1600 x 1280 to 640 x 512: boxes are 2.5 times as large.
    model = Told(([100, 100, 140, 140], 2.0))
    boxes = FastProposals(model).propose(np.zeros((1280, 1600, 3), np.uint8))
    assert model.shapes == [(1, 512, 640, 3)]
    np.testing.assert_allclose(boxes, [[250, 250, 350, 350]], atol=1e-2)


def test_of_boxes_at_one_place_the_best_stays():
    told = ([20, 20, 60, 60], 1.0), ([22, 20, 62, 60], 2.0), ([20, 60, 60, 100], 0.5)
    boxes, _ = proposed((128, 128), *told)
    np.testing.assert_allclose(boxes, [[22, 20, 62, 60], [20, 60, 60, 100]], atol=1e-3)
    assert len(proposed((128, 128), *told, nms_iou=0.95)[0]) == 3
    assert len(proposed((128, 128), *told, max_proposals=1)[0]) == 1
    assert len(proposed((128, 128), *told, pre_nms_top_k=2)[0]) == 1
    assert len(proposed((128, 128), *told, min_face_px=41)[0]) == 0
    assert len(proposed((128, 128), *told, score_threshold=0.7)[0]) == 1


def test_a_few_of_the_best_are_proposed_whatever_their_score():
    told = [([20 * n, 20, 20 * n + 16, 36], -1.0 - n / 8) for n in range(1, 7)]
    told.append(([100, 80, 120, 100], -8.0))  # under the lowest score
    assert len(proposed((128, 160), *told, score_threshold=0.5)[0]) == 0
    boxes, scores = proposed((128, 160), *told, score_threshold=0.5, min_proposals=2)
    np.testing.assert_allclose(boxes[:, 0], [20, 40], atol=1e-3)
    assert scores[0] > scores[1]
    assert len(proposed((128, 160), *told, score_threshold=0.5, min_proposals=9)[0]) == 6
    sure = ([60, 60, 90, 90], 1.0), ([100, 60, 130, 90], 1.0), ([60, 20, 76, 36], 0.5)
    assert len(proposed((128, 160), *told, *sure, score_threshold=0.5, min_proposals=2)[0]) == 3


def test_small_faces_in_a_large_image_cause_a_second_pass():
    small = [([100 + 40 * n, 100, 116 + 40 * n, 116], 2.0) for n in range(3)]
    image = np.zeros((960, 1280, 3), np.uint8)

    def looks(told, image=image, **settings):
        model = Told(*told)
        boxes = FastProposals(model, chosen(**settings)).propose(image)
        return [shape[2] for shape in model.shapes], len(boxes)

    # What it is told at the second look lies elsewhere in the image, so that both stay.
    assert looks(small) == ([640, 1280], 6)
    assert looks(small[:2]) == ([640], 2)
    assert looks(small, small_faces=4) == ([640], 3)
    assert looks(small, small_face_px=16) == ([640], 3)
    assert looks(small, small_face_score=0.9) == ([640], 3)
    assert looks(small, max_long_side=640) == ([640], 3)
    assert looks(small, image[:480, :600]) == ([640], 3)


@given(st.integers(1, 900), st.integers(1, 900))
def test_an_image_of_any_size_fits(height, width):
    image, zoom = fitted(np.full((height, width, 3), 255, np.uint8), 320)
    assert image.shape[0] % 64 == 0 and image.shape[1] % 64 == 0
    assert max(image.shape) <= 320
    rows, columns = np.flatnonzero(image[:, 0, 0] == 255), np.flatnonzero(image[0, :, 0] == 255)
    assert len(columns) == pytest.approx(width * zoom[0], abs=1e-6)
    assert len(rows) == pytest.approx(height * zoom[1], abs=1e-6)
    assert rows[0] == columns[0] == 0


def test_a_box_becomes_a_square_with_its_center_and_area():
    boxes, _ = proposed((128, 128), ([20, 40, 60, 50], 1.0))
    np.testing.assert_allclose(boxes, [[30, 35, 50, 55]], atol=1e-3)


def test_predictions_that_are_not_finite_are_refused():
    class Broken(Told):
        def predict_on_batch(self, images):
            return super().predict_on_batch(images) * np.nan

    with pytest.raises(UserError, match="are not finite"):
        FastProposals(Broken()).propose(np.zeros((64, 64, 3), np.uint8))


@pytest.mark.slow
def test_the_network_itself_proposes_from_a_weights_file(tmp_path):
    keras.utils.set_random_seed(0)
    path = tmp_path / "proposal_detector.weights.h5"
    write_weights(build_proposal_detector(), path, {}, half=True)
    proposals = FastProposals.load(path, settings=chosen(score_threshold=0.0))
    plain = build_proposal_detector()
    read_weights(plain, path)
    for size in ((64, 128), (192, 64)):  # TensorFlow is told to trace once, for any size
        pixels = np.random.default_rng(1).integers(0, 256, (1, *size, 3), np.uint8)
        traced = proposals._model.predict_on_batch(pixels)
        np.testing.assert_allclose(traced, plain.predict_on_batch(pixels), atol=1e-4)
    image = np.random.default_rng(0).integers(0, 256, (90, 130, 3), np.uint8)
    boxes, scores = proposals.scored(image)
    assert len(boxes) and np.isfinite(boxes).all() and (np.diff(scores) <= 0).all()
    pairs = iou_matrix_xyxy(boxes, boxes)[~np.eye(len(boxes), dtype=bool)]
    assert (pairs < 0.8).all()
