import numpy as np

from hyperface.annotations.record import AnnotatedImage
from hyperface.evaluation.baseline import ConstantBaseline, constant_boxes
from hyperface.evaluation.region_metrics import UNIT_BOX, labels_from_targets, predicted_labels
from hyperface.regions.encoding import TARGET_SHAPES
from hyperface.tasks import TASKS


def baseline_of(targets):
    return ConstantBaseline.from_labels(labels_from_targets(targets, UNIT_BOX))


def empty_targets(rows):
    return {name: np.zeros((rows, *shape), np.float32) for name, shape in TARGET_SHAPES.items()}


def test_the_baseline_has_the_means_worked_out_by_hand():
    targets = empty_targets(4)
    targets["detection"][:] = [1, 1], [0, 1], [1, 1], [1, 0]  # the last is not labeled
    targets["gender"][:] = [0, 1], [1, 0], [0, 1], [1, 1]
    # x, y, visible, labeled
    targets["landmarks"][:, 4] = [0.2, -0.1, 1, 1], [0.4, 0.1, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]
    targets["visibility"][:, 4] = [1, 1], [1, 1], [0, 1], [0, 0]
    targets["pose"][:, 2] = [0.3, 1], [-0.1, 1], [0, 0], [0, 1]
    baseline = baseline_of(targets)
    np.testing.assert_allclose(baseline.is_face, 2 / 3)
    np.testing.assert_allclose(baseline.gender, 1 / 3)
    # Invisible points lie at (0, 0), which is not where they are: left out of the mean shape.
    np.testing.assert_allclose(
        baseline.shape[4], [(0.2 + 0.4) / 2, (-0.1 + 0.1) / 2], rtol=1e-6, atol=1e-8
    )
    assert np.isnan(np.delete(baseline.shape, 4, axis=0)).all()
    np.testing.assert_allclose(baseline.visibility[4], 2 / 3)
    np.testing.assert_allclose(baseline.pose[2], (0.3 - 0.1 + 0) / 3, rtol=1e-6)


def test_unlabeled_values_have_a_nan_baseline_and_never_0():
    baseline = baseline_of(empty_targets(3))
    for values in vars(baseline).values():
        assert np.isnan(values).all()
    assert all(np.isnan(each).all() for each in vars(baseline_of(empty_targets(0))).values())
    nobody = AnnotatedImage(None, "a", "no_faces", 200, 100, (), True)
    assert np.isnan(constant_boxes([nobody])).all()


def test_its_labels_have_the_shapes_of_a_networks_predictions():
    boxes = np.array([[0, 0, 10, 20], [5, 5, 9, 9]])
    outputs = {task: np.zeros((2, TASKS[task].outputs)) for task in TASKS}
    guessed = vars(baseline_of(empty_targets(3)).labels(boxes))
    for name, values in vars(predicted_labels(outputs, boxes, 21)).items():
        assert guessed[name].shape == values.shape


def test_its_landmarks_are_placed_in_each_box():
    targets = empty_targets(1)
    targets["landmarks"][0, 4] = 0.25, -0.5, 1, 1
    boxes = np.array([[0, 0, 10, 20], [100, 100, 104, 108]])
    landmarks = baseline_of(targets).labels(boxes).landmarks
    np.testing.assert_allclose(landmarks[:, 4], [[7.5, 0], [103, 100]])
