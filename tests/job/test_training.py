from types import SimpleNamespace

from hyperface.job.training import graph_path


def test_graphs_have_the_names_that_the_product_fixes(tmp_path):
    paths = [
        graph_path(tmp_path, SimpleNamespace(name=name)) for name in ("face_model", "hyperface")
    ]
    assert [path.name for path in paths] == ["face_model.png", "hyperface_model.png"]
    assert {path.parent for path in paths} == {tmp_path / "model_graphs"}
