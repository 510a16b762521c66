"""The graph of a small network, by Keras itself."""

from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.slow  # Keras takes seconds to import


def test_graphs_have_fixed_names(tmp_path):
    from hyperface.visualization.graphs import graph_path

    models = SimpleNamespace(name="face_model"), SimpleNamespace(name="hyperface")
    paths = [graph_path(tmp_path, model) for model in models]
    assert paths == [tmp_path / "face_model.png", tmp_path / "hyperface_model.png"]


def test_the_graph_is_drawn(small_network, tmp_path):
    from hyperface.visualization.graphs import draw_graph

    pytest.importorskip("pygraphviz")
    (tmp_path / "g.txt").write_text("from a run that could not draw")
    assert draw_graph(small_network, tmp_path / "g.png")
    assert [path.name for path in tmp_path.iterdir()] == ["g.png"]
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "broken", ["raise ImportError('No module named pygraphviz')", "import os; os.abort()"]
)
def test_without_pygraphviz_a_text_is_written(small_network, tmp_path, monkeypatch, broken):
    from hyperface.visualization.graphs import draw_graph

    (tmp_path / "pygraphviz.py").write_text(broken)  # found before the installed one
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    path = tmp_path / "graphs" / "g.png"
    assert not draw_graph(small_network, path)
    text = path.with_suffix(".txt").read_text(encoding="utf-8")
    assert text.startswith("The graph could not be drawn")
    assert "conv1a" in text and "detection" in text
    assert not path.exists()


def test_without_pydot_a_text_is_written(small_network, tmp_path, monkeypatch):
    import keras

    from hyperface.visualization.graphs import draw_graph

    def missing(*_, **__):
        raise ImportError("no pydot")

    monkeypatch.setattr(keras.utils, "model_to_dot", missing)
    assert not draw_graph(small_network, tmp_path / "g.png")
    assert "(no pydot)" in (tmp_path / "g.txt").read_text(encoding="utf-8")
