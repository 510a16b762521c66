import keras
import numpy as np

from hyperface.models.proposal_network import STRIDE, WINDOW, build_proposal_network


def test_it_is_small():
    assert build_proposal_network().count_params() == 247_922  # a megabyte


def test_a_whole_image_gives_the_answers_of_its_windows():
    keras.utils.set_random_seed(0)
    alone, whole = build_proposal_network(), build_proposal_network(whole_image=True)
    whole.set_weights(alone.get_weights())
    image = np.random.default_rng(0).integers(0, 255, (1, 70, 53, 3), np.uint8)
    answers = np.asarray(whole.predict_on_batch(image))
    assert answers.shape == (1, (70 - WINDOW) // STRIDE + 1, (53 - WINDOW) // STRIDE + 1, 2)
    for row, column in ((0, 0), (9, 5), (3, 2)):
        top, left = STRIDE * row, STRIDE * column
        window = image[:, top : top + WINDOW, left : left + WINDOW]
        expected = np.asarray(alone.predict_on_batch(window)["detection"])[0]
        np.testing.assert_allclose(answers[0, row, column], expected, atol=1e-5)
