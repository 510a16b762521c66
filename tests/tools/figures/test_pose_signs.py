import pytest

from tools.figures.pose_signs import draw_pose_signs


@pytest.mark.slow
def test_the_figure_is_reproducible(tmp_path):
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    draw_pose_signs(first)
    draw_pose_signs(second)
    assert first.read_bytes().startswith(b"\x89PNG")
    assert first.read_bytes() == second.read_bytes()
