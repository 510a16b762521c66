import numpy as np
import pytest

from hyperface.models.table import combine_models


@pytest.mark.slow
def test_single_tasks_together_answer_as_each_does(outline):
    parts = [outline(name) for name in ("r_cnn_pose", "r_cnn_gender")]
    rng = np.random.default_rng(0)
    for part in parts:  # an outline's weights are 0, its outputs' biases tell them apart
        (task,) = part.output_names
        layer = part.get_layer(task)
        layer.set_weights([layer.kernel, rng.normal(size=layer.bias.shape)])
    both = combine_models(parts, "both")
    region = rng.integers(0, 256, (1, 227, 227, 3), np.uint8)
    answers = both.predict_on_batch(region)
    assert set(answers) == {"pose", "gender"}
    for part in parts:
        for task, values in part.predict_on_batch(region).items():
            assert np.abs(values).max() > 0.01
            np.testing.assert_allclose(answers[task], values, atol=1e-6)
    with pytest.raises(ValueError, match="r_cnn_pose has pose"):
        combine_models([parts[0], parts[0]], "twice")
