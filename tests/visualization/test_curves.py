import math

import pytest

from hyperface.tasks import TASKS
from hyperface.visualization import curves
from hyperface.visualization.curves import draw_curves, panel_names, title


def rows(epochs):
    names = [name for base in panel_names() for name in (base, f"val_{base}")]
    return [{"epoch": epoch} | dict.fromkeys(names, 1 / (epoch + 1)) for epoch in range(epochs)]


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG")


def test_every_task_has_its_loss_and_its_metric():
    names = panel_names()
    assert "loss" in names and "learning_rate" in names
    for task in TASKS.values():
        assert f"{task.name}_loss" in names
        assert f"{task.name}_{task.metric}" in names
    assert "landmarks_error" in names and "pose_degrees" in names


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [1, 3])
def test_every_panel_is_drawn(tmp_path, epochs):
    path = tmp_path / "curves.png"
    draw_curves(rows(epochs), path)
    assert is_png(path)
    assert [found.name for found in tmp_path.iterdir()] == ["curves.png"]


def test_a_single_epoch_is_drawn_as_markers(tmp_path):
    one, none = tmp_path / "one.png", tmp_path / "none.png"
    draw_curves([{"epoch": 1, "loss": 1.0, "val_loss": 2.0}], one)
    draw_curves([{"epoch": 1, "loss": math.nan, "val_loss": math.nan}], none)
    assert is_png(one) and one.read_bytes() != none.read_bytes()


def test_an_epoch_between_gaps_is_drawn_as_a_marker(tmp_path):
    path, empty = tmp_path / "curves.png", tmp_path / "empty.png"
    for file, middle in ((path, 1.0), (empty, math.nan)):
        losses = (math.nan, middle, math.nan)
        draw_curves([{"epoch": n, "loss": loss} for n, loss in enumerate(losses)], file)
    assert is_png(path) and path.read_bytes() != empty.read_bytes()


def test_a_history_of_few_columns_has_few_panels(tmp_path):
    history = [{"epoch": 0, "val_loss": 2.0}, {"epoch": 1, "loss": 1.0, "val_loss": 1.5}]
    draw_curves(history, tmp_path / "face_model.png")
    assert is_png(tmp_path / "face_model.png")


def test_titles_name_task_and_metric():
    assert title("pose_degrees") == "pose: angle error"
    assert title("detection_loss") == "detection: loss"
    assert title("loss") == "total loss"
    assert title("learning_rate") == "learning rate"


def panels_of(row, monkeypatch, tmp_path):
    """The names of the panels that are drawn for a history of one epoch."""
    drawn = []
    monkeypatch.setattr(curves, "_draw_panel", lambda panel, name, *rest: drawn.append(name))
    draw_curves([{"epoch": 1} | row], tmp_path / "curves.png")
    return drawn


def test_a_task_without_labels_has_no_panels(tmp_path, monkeypatch):
    without = {"gender_loss": 0.0, "gender_accuracy": math.nan, "val_gender_loss": 0.0}
    row = {"loss": 1.0, "pose_loss": 1.0, "pose_degrees": 9.0, **without}
    expected = ["loss", "pose_loss", "pose_degrees"]
    assert panels_of(row, monkeypatch, tmp_path) == expected
    labeled = row | {"val_gender_accuracy": 0.5}  # of the validation alone
    assert panels_of(labeled, monkeypatch, tmp_path)[3:] == ["gender_loss", "gender_accuracy"]
    alone = {"loss": 1.0, "gender_loss": 0.1}  # without a column of the metric
    assert panels_of(alone, monkeypatch, tmp_path) == ["loss", "gender_loss"]
