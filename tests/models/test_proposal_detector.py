import keras
import numpy as np
import pytest

from hyperface.models.folding import fold_into
from hyperface.models.proposal_detector import build_proposal_detector
from hyperface.proposals.locations import locations_of


def test_the_proposal_detector_has_its_number_of_parameters():
    assert build_proposal_detector().count_params() == 901_829
    assert build_proposal_detector(width=0.25).count_params() < 60_000


@pytest.mark.parametrize("size", [(64, 64), (64, 192), (128, 64)])
def test_every_location_of_an_image_of_any_size_has_a_row(size):
    keras.utils.set_random_seed(0)
    model = build_proposal_detector(width=0.125)
    answers = np.asarray(model.predict_on_batch(np.zeros((2, *size, 3), np.uint8)))
    assert answers.shape == (2, len(locations_of(*size).strides), 5)
    assert answers.dtype == np.float32
    # At the start a face is unlikely everywhere, and about a unit large.
    assert np.median(answers[..., 0]) == pytest.approx(-4.6, abs=1)
    assert np.median(answers[..., 1:]) == pytest.approx(0, abs=1)


def test_rows_are_in_the_order_of_the_locations():
    keras.utils.set_random_seed(0)
    model = build_proposal_detector(width=0.25)
    model.get_layer("score").set_weights(
        [array + 1 for array in model.get_layer("score").get_weights()]
    )
    plain = np.full((1, 256, 256, 3), 124, np.uint8)
    marked = plain.copy()
    marked[0, 40:56, 200:216] = 255
    changed = np.abs(model.predict_on_batch(marked) - model.predict_on_batch(plain))[0, :, 0]
    locations = locations_of(256, 256)
    finest = locations.strides == 8
    where = locations.centers[finest][changed[finest].argmax()]
    assert np.abs(where - [208, 48]).max() <= 64  # near the mark, at the upper right


def test_without_batch_normalization_it_answers_the_same():
    keras.utils.set_random_seed(0)
    model = build_proposal_detector("batch", width=0.25)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            values = rng.uniform(0.5, 1.5, shape), rng.normal(0, 0.1, shape)
            layer.set_weights([*values, rng.normal(0, 0.3, shape), rng.uniform(0.5, 2, shape)])
    folded = build_proposal_detector(width=0.25)
    fold_into(folded, model)
    image = rng.integers(0, 256, (1, 64, 128, 3), np.uint8)
    before, after = model.predict_on_batch(image), folded.predict_on_batch(image)
    np.testing.assert_allclose(after, before, atol=1e-3)
