"""The figure of a small network with a fusion and two heads."""

import pytest

from tools.figures.architecture import draw_architecture
from tools.figures.network_blocks import model_blocks, places

pytestmark = pytest.mark.slow  # Keras takes seconds to import


def test_the_face_model_has_its_blocks(small_network):
    blocks = {block.name: block for block in model_blocks(small_network)}
    assert "flatten" not in blocks
    assert blocks["conv1a"].shape == (3, 3, 2)
    assert blocks["conv1a"].window == "4×4 / 2"
    assert blocks["concat"].sources == ("conv1a", "conv3")
    assert blocks["fc_pose"].sources == ("concat",)
    where = places(list(blocks.values()))
    assert where["conv1a"].part == "side"
    assert where["detection"].row > where["pose"].row


def test_the_architecture_is_drawn(small_network, tmp_path):
    draw_architecture(small_network, tmp_path / "a.png", "Small")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
