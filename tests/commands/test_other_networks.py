import numpy as np
import pytest

from hyperface.commands.other_networks import SINGLE_TASKS, other_networks
from hyperface.detection.detection_settings import DetectionSettings
from hyperface.models.table import NETWORKS, build_network
from hyperface.models.weights import write_weights
from hyperface.tasks import TASKS


def load(folder):
    said = []
    found, sums = other_networks(
        folder, "float32", DetectionSettings(), lambda _: None, said.append
    )
    return found, sums, said


def test_networks_without_weights_are_skipped_with_a_message(tmp_path):
    found, sums, said = load(tmp_path)
    assert (found, sums) == ({}, {})
    assert any(line.startswith("Multitask_Face is skipped") for line in said)
    assert "face_model, r_cnn_fiducial, r_cnn_pose, r_cnn_gender" in said[-1]


@pytest.mark.slow
def test_single_task_networks_are_combined_into_one_detector(tmp_path):
    for name in ("face_model", "r_cnn_fiducial", "r_cnn_pose", "r_cnn_gender"):
        write_weights(build_network(name, "none", width=0.125), tmp_path / f"{name}.weights.h5", {})
    found, sums, said = load(tmp_path)
    assert list(found) == [SINGLE_TASKS]
    assert set(sums) == set(NETWORKS) - {"hyperface", "hyperface_resnet", "multitask_face"}
    assert len(said) == 2
    answers = found[SINGLE_TASKS].scorer(np.zeros((40, 40, 3), np.uint8))(
        np.array([[0, 0, 40, 40], [5, 5, 30, 30]])
    )
    assert answers.landmarks.shape == (2, 21, 2)
    assert set(found[SINGLE_TASKS].model.output_names) == set(TASKS)
