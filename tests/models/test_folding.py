import keras
import numpy as np
import pytest

from hyperface.models.folding import fold_batch_norm, unfold_batch_norm
from hyperface.models.table import build_network

WIDTH = 0.125


@pytest.fixture(scope="module")
def trained():
    """HyperFace with batch normalization whose statistics are not those it starts with."""
    keras.utils.set_random_seed(0)
    model = build_network("hyperface", "batch", width=WIDTH)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            values = rng.uniform(0.5, 1.5, shape), rng.normal(0, 0.1, shape)
            layer.set_weights([*values, rng.normal(0, 0.3, shape), rng.uniform(0.5, 2, shape)])
    for task in model.output_names:  # outputs start at zero
        kernel, bias = model.get_layer(task).get_weights()
        model.get_layer(task).set_weights([rng.normal(0, 0.05, kernel.shape), bias])
    return model


@pytest.fixture(scope="module")
def regions():
    return np.random.default_rng(1).integers(0, 256, (4, 227, 227, 3), np.uint8)


@pytest.mark.slow
def test_the_folded_network_answers_the_same_with_the_papers_parameters(trained, regions):
    folded = fold_batch_norm(trained)
    assert folded.count_params() == 537_102  # as `build_network("hyperface", width=WIDTH)`
    before, after = trained.predict_on_batch(regions), folded.predict_on_batch(regions)
    for task, values in before.items():
        assert np.abs(values).max() > 0.01
        np.testing.assert_allclose(after[task], values, atol=2e-4, err_msg=task)


@pytest.mark.slow
def test_with_the_papers_normalization_it_answers_nearly_the_same(trained, regions):
    folded = fold_batch_norm(trained, "lrn")
    assert {"norm1", "norm2"} <= {layer.name for layer in folded.layers}
    before, after = trained.predict_on_batch(regions), folded.predict_on_batch(regions)
    assert np.abs(after["pose"] - before["pose"]).max() < 0.05
    assert (after["pose"] != before["pose"]).any()


def test_without_batch_normalization_there_is_nothing_to_fold(paper_hyperface):
    with pytest.raises(ValueError, match="no batch normalization"):
        fold_batch_norm(paper_hyperface)


@pytest.mark.slow
def test_unfolded_it_answers_the_same_and_nearly_so_in_training(trained, regions):
    plain, target = fold_batch_norm(trained), build_network("hyperface", "batch", width=WIDTH)
    unfold_batch_norm(plain, target, [regions[:2], regions[2:]])
    before, after = plain.predict_on_batch(regions), target.predict_on_batch(regions)
    training = target(regions, training=True)
    for task, values in before.items():
        np.testing.assert_allclose(after[task], values, atol=2e-4, err_msg=task)
        # The statistics were taken of these very regions.
        np.testing.assert_allclose(np.array(training[task]), values, atol=2e-3, err_msg=task)


def test_unfolding_needs_images_and_batch_normalization(outline, paper_hyperface):
    with pytest.raises(ValueError, match="no batch normalization"):
        unfold_batch_norm(paper_hyperface, paper_hyperface, [])
    with pytest.raises(ValueError, match="at least one image"):
        unfold_batch_norm(paper_hyperface, outline("hyperface", "batch"), [])
