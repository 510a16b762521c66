import numpy as np

from hyperface.evaluation.constant import constant_answer
from hyperface.regions.encoding import TARGET_SHAPES
from hyperface.tasks import TASKS


def empty_targets(rows):
    return {name: np.zeros((rows, *shape), np.float32) for name, shape in TARGET_SHAPES.items()}


def test_by_hand():
    targets = empty_targets(4)
    targets["detection"][:] = [1, 1], [0, 1], [1, 1], [1, 0]  # the last is not labelled
    targets["gender"][:] = [0, 1], [1, 0], [0, 1], [1, 1]
    # x, y, visible, labelled
    targets["landmarks"][:, 4] = [0.2, -0.1, 1, 1], [0.4, 0.1, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]
    targets["visibility"][:, 4] = [1, 1], [1, 1], [0, 1], [0, 0]
    targets["pose"][:, 2] = [0.3, 1], [-0.1, 1], [0, 0], [0, 1]
    answer = constant_answer(targets)
    np.testing.assert_allclose(answer["detection"], [1 - 2 / 3, 2 / 3])
    np.testing.assert_allclose(answer["gender"], [1 - 1 / 3, 1 / 3])
    # Invisible points lie at (0, 0), which is not where they are: left out of the mean shape.
    expected = np.zeros(42)
    expected[[8, 9]] = (0.2 + 0.4) / 2, (-0.1 + 0.1) / 2
    np.testing.assert_allclose(answer["landmarks"], expected, atol=1e-6)
    assert answer["visibility"][4] == np.float32(2 / 3)
    np.testing.assert_allclose(answer["pose"], [0, 0, (0.3 - 0.1 + 0) / 3], rtol=1e-6)


def test_is_shaped_like_a_row_of_the_networks_outputs():
    for rows in (0, 3):
        for name, value in constant_answer(empty_targets(rows)).items():
            assert value.shape == (TASKS[name].outputs,)
            assert np.isfinite(value).all()


def test_shares_add_up_to_one():
    targets = empty_targets(5)
    targets["detection"][:, 1] = 1
    targets["detection"][:2, 0] = 1
    np.testing.assert_allclose(constant_answer(targets)["detection"], [3 / 5, 2 / 5])
