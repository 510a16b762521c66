"""The graph and the figure of a small network with a fusion and two heads, by Keras itself."""

from types import SimpleNamespace

import pytest

from hyperface.visualization.blocks import model_blocks, places

pytestmark = pytest.mark.slow  # Keras takes seconds to import


@pytest.fixture(scope="module")
def model():
    import keras
    from keras import layers

    region = keras.Input((17, 17, 3), name="region")
    conv1 = layers.Conv2D(4, 3, strides=2, activation="relu", name="conv1")(region)  # 8 x 8
    conv2 = layers.Conv2D(6, 3, strides=2, activation="relu", name="conv2")(conv1)  # 3 x 3
    conv3 = layers.Conv2D(6, 3, padding="same", name="conv3")(conv2)
    conv1a = layers.Conv2D(2, 4, strides=2, name="conv1a")(conv1)  # 3 x 3
    x = layers.Flatten(name="flatten")(layers.Concatenate(name="concat")([conv1a, conv3]))
    outputs = {
        task: layers.Dense(n, name=task)(layers.Dense(5, name=f"fc_{task}")(x))
        for task, n in (("pose", 3), ("detection", 2))
    }
    return keras.Model(region, outputs, name="small")


def test_graphs_have_the_names_that_the_product_fixes(tmp_path):
    from hyperface.visualization.graphs import graph_path

    models = SimpleNamespace(name="face_model"), SimpleNamespace(name="hyperface")
    paths = [graph_path(tmp_path, model) for model in models]
    assert paths == [tmp_path / "face_model.png", tmp_path / "hyperface_model.png"]


def test_blocks_of_a_real_model(model):
    blocks = {block.name: block for block in model_blocks(model)}
    assert "flatten" not in blocks
    assert blocks["conv1a"].shape == (3, 3, 2)
    assert blocks["conv1a"].window == "4×4 / 2"
    assert blocks["concat"].sources == ("conv1a", "conv3")
    assert blocks["fc_pose"].sources == ("concat",)
    where = places(list(blocks.values()))
    assert where["conv1a"].part == "side"
    assert where["detection"].row > where["pose"].row


def test_architecture_is_drawn(model, tmp_path):
    from hyperface.visualization.architecture import draw_architecture

    draw_architecture(model, tmp_path / "a.png", "Small")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_graph_is_drawn(model, tmp_path):
    from hyperface.visualization.graphs import draw_graph

    pytest.importorskip("pygraphviz")
    (tmp_path / "g.txt").write_text("from a run that could not draw")
    assert draw_graph(model, tmp_path / "g.png")
    assert [path.name for path in tmp_path.iterdir()] == ["g.png"]
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "broken", ["raise ImportError('No module named pygraphviz')", "import os; os.abort()"]
)
def test_without_pygraphviz_there_is_a_text(model, tmp_path, monkeypatch, broken):
    from hyperface.visualization.graphs import draw_graph

    (tmp_path / "pygraphviz.py").write_text(broken)  # found before the installed one
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    path = tmp_path / "graphs" / "g.png"
    assert not draw_graph(model, path)
    text = path.with_suffix(".txt").read_text(encoding="utf-8")
    assert text.startswith("The graph could not be drawn")
    assert "conv1a" in text and "detection" in text
    assert not path.exists()


def test_without_pydot_there_is_a_text(model, tmp_path, monkeypatch):
    import keras

    from hyperface.visualization.graphs import draw_graph

    def missing(*_, **__):
        raise ImportError("no pydot")

    monkeypatch.setattr(keras.utils, "model_to_dot", missing)
    assert not draw_graph(model, tmp_path / "g.png")
    assert "(no pydot)" in (tmp_path / "g.txt").read_text(encoding="utf-8")
