import math

import numpy as np
import pytest

from hyperface.tasks import TASKS
from hyperface.visualization import curves
from hyperface.visualization.curves import draw_curves, history_columns, panel_names, title


def rows(epochs):
    return [
        {name: 1 / (epoch + 1) for base in panel_names() for name in (base, f"val_{base}")}
        for epoch in range(epochs)
    ]


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG")


def test_every_task_has_its_loss_and_its_metric():
    names = panel_names()
    assert "loss" in names and "learning_rate" in names
    for task in TASKS.values():
        assert f"{task.name}_loss" in names
        assert f"{task.name}_{task.metric}" in names
    assert "landmarks_error" in names and "pose_degrees" in names


def test_rows_and_columns_give_the_same_history():
    from_rows = history_columns([{"loss": "1.5", "a": 1}, {"loss": "", "a": 2}])
    from_columns = history_columns({"loss": [1.5, None], "a": [1, 2]})
    for columns in (from_rows, from_columns):
        np.testing.assert_array_equal(columns["loss"], [1.5, math.nan])
        np.testing.assert_array_equal(columns["a"], [1, 2])


def test_a_value_that_is_not_finite_is_a_gap():
    columns = history_columns({"loss": [math.inf, -math.inf, "x", math.nan]})
    assert np.isnan(columns["loss"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [1, 3])
def test_every_panel_is_drawn(tmp_path, epochs):
    path = tmp_path / "curves.png"
    draw_curves(rows(epochs), path)
    assert is_png(path)
    assert [found.name for found in tmp_path.iterdir()] == ["curves.png"]


def test_a_single_epoch_is_drawn_as_markers(tmp_path):
    one, none = tmp_path / "one.png", tmp_path / "none.png"
    draw_curves([{"loss": 1.0, "val_loss": 2.0}], one)
    draw_curves([{"loss": math.nan, "val_loss": math.nan}], none)
    assert is_png(one) and one.read_bytes() != none.read_bytes()


def test_an_epoch_between_gaps_is_drawn_as_a_marker(tmp_path):
    path, empty = tmp_path / "curves.png", tmp_path / "empty.png"
    draw_curves({"loss": [math.nan, 1.0, math.nan]}, path)
    draw_curves({"loss": [math.nan, math.nan, math.nan]}, empty)
    assert is_png(path) and path.read_bytes() != empty.read_bytes()


def test_a_history_of_few_columns_has_few_panels(tmp_path):
    draw_curves({"loss": [2.0, 1.0], "accuracy": [0.5, 0.7]}, tmp_path / "face_model.png")
    assert is_png(tmp_path / "face_model.png")


def test_a_history_without_known_columns_raises(tmp_path):
    for history in ([], {}, {"weight": [1]}):
        with pytest.raises(ValueError, match="expected a history"):
            draw_curves(history, tmp_path / "curves.png")
    assert not list(tmp_path.iterdir())


def test_titles_name_task_and_metric():
    assert title("pose_degrees") == "pose: angle error"
    assert title("detection_loss") == "detection: loss"
    assert title("loss") == "total loss"
    assert title("learning_rate") == "learning rate"


def panels_of(history, monkeypatch, tmp_path):
    """The titles of the panels that are drawn."""
    drawn = []
    monkeypatch.setattr(curves, "_draw_panel", lambda panel, name, *rest: drawn.append(name))
    draw_curves(history, tmp_path / "curves.png")
    return drawn


def test_a_task_without_labels_has_no_panels(tmp_path, monkeypatch):
    without = {"gender_loss": [0.0], "gender_accuracy": [math.nan], "val_gender_loss": [0.0]}
    history = {"loss": [1.0], "pose_loss": [1.0], "pose_degrees": [9.0], **without}
    expected = ["loss", "pose_loss", "pose_degrees"]
    assert panels_of(history, monkeypatch, tmp_path) == expected
    labeled = history | {"val_gender_accuracy": [0.5]}  # of the validation alone
    assert panels_of(labeled, monkeypatch, tmp_path)[3:] == ["gender_loss", "gender_accuracy"]
    alone = {"loss": [1.0], "gender_loss": [0.1]}  # without a column of the metric
    assert panels_of(alone, monkeypatch, tmp_path) == ["loss", "gender_loss"]
