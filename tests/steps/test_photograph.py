from types import SimpleNamespace

import pytest

from hyperface.steps.photograph import predict_photograph

NETWORK = SimpleNamespace(name="hyperface", output_names=["detection"])


class Said(list):
    def say(self, line):
        self.append(line)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff\xd8\xff\xe0 no more of a JPEG", "cannot be read"), (None, "cannot be read")],
    ids=["broken", "missing"],
)
def test_a_photograph_that_cannot_be_read_is_said_and_the_report_is_written_all_the_same(
    tmp_path, content, words
):
    if content is not None:
        (tmp_path / "her.jpg").write_bytes(content)
    step = Said()
    settings = SimpleNamespace(PHOTOGRAPH="her.jpg")
    assert predict_photograph(NETWORK, settings, [], tmp_path, step) is None
    (line,) = step
    assert words in line
    assert "her.jpg" in line


def test_no_photograph_is_fine(tmp_path):
    step = Said()
    assert predict_photograph(None, SimpleNamespace(PHOTOGRAPH=""), [], tmp_path, step) is None
    assert step == ["no photograph is named"]


def test_a_network_without_detection_cannot_look():
    step = Said()
    network = SimpleNamespace(name="r_cnn_pose", output_names=["pose"])
    settings = SimpleNamespace(PHOTOGRAPH="her.jpg")
    assert predict_photograph(network, settings, [], None, step) is None
    assert step == ["not looked at: r_cnn_pose does not say which region is a face"]
