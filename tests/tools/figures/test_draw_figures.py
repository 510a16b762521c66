import pytest
from eager import zeros_for_weights

from tools.figures import draw_figures


def test_help_has_an_example(capsys):
    with pytest.raises(SystemExit) as exit_:
        draw_figures.main(["--help"])
    assert exit_.value.code == 0
    assert "python src/tools/figures/draw_figures.py" in capsys.readouterr().out


@pytest.mark.slow
def test_every_figure_of_the_documents_is_drawn(tmp_path):
    with zeros_for_weights():
        assert draw_figures.main(["--out", str(tmp_path)]) == 0
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*g")} == {
        "images/result.jpg",
        "images/failures.jpg",
        "images/pose_signs.png",
        "images/sample.jpg",
        "images/face_model.png",
        "images/hyperface_model.png",
        "model_graphs/face_model.png",
        "model_graphs/hyperface_model.png",
        "model_graphs/hyperface_resnet_model.png",
        "model_graphs/multitask_face_model.png",
        "model_graphs/proposal_detector_model.png",
        *(f"model_graphs/r_cnn_{name}_model.png" for name in ("fiducial", "gender", "pose")),
    }
