"""The loop with detectors that see whatever they are told to."""

import numpy as np
import pytest
from one_by_one import OneByOne

from hyperface.detection.detector import FaceDetector
from hyperface.errors import UserError
from hyperface.images.reading import UnreadableImage
from hyperface.predictions.detection_loop import (
    AHEAD,
    MAX_GROUP_IMAGES,
    Source,
    detect_images,
    print_changed,
)

IMAGE = np.zeros((30, 40, 3), np.uint8)


class Counting(OneByOne):
    """Finds a face in every image, and counts what it is asked."""

    def __init__(self, face, proposed):
        super().__init__(None, propose=lambda image: proposed.append(1) or np.zeros((0, 4)))
        self._face, self.scores = face, []

    def detect(self, image, settings, proposals_xyxy, score):
        self.scores.append(score)
        return [self._face]


def broken():
    raise UnreadableImage("an empty file")


def test_each_image_has_a_row_for_each_detector(found, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"1")
    sources = [
        Source("a.png", lambda: IMAGE, path),
        Source("b.png", broken, tmp_path / "b.png"),
        Source("v.mp4", lambda: IMAGE, file={"path": "/v.mp4"}, frame=(3, 0.12)),
        Source("w.mp4", broken, frame=(4, 0.16), size=(8, 6)),
    ]
    proposed = []
    first = Counting(found(), proposed)
    second = first.with_settings(threshold=0.9)
    detections = list(detect_images(sources, first, second))
    rows = [each.row for each in detections]
    assert [row["image"] for row in rows] == [s.name for s in sources for _ in "12"]
    assert [row["status"] for row in rows[::2]] == ["ok", "skipped", "ok", "skipped"]
    assert [each.image is None for each in detections[::2]] == [False, True, False, True]
    assert rows[0]["file"]["bytes"] == 1 and "sha256" in rows[0]["file"]
    assert rows[2]["file"] == {"path": str(tmp_path / "b.png")}
    assert (rows[2]["reason"], rows[2]["width"]) == ("an empty file", 0)
    assert (rows[4]["frame"], rows[4]["time"], rows[4]["file"]) == (3, 0.12, {"path": "/v.mp4"})
    assert (rows[6]["width"], rows[6]["height"], "file" in rows[6]) == (8, 6, False)
    assert (rows[0]["width"], rows[0]["height"]) == (40, 30)
    assert len(proposed) == 2  # once an image for both
    one, other = first.scores[:2]
    assert one is other  # what the network said is shared


def test_images_are_taken_as_they_are_needed(found):
    taken = []
    sources = (Source(str(n), lambda n=n: taken.append(n) or IMAGE) for n in range(19))
    loop = detect_images(sources, Counting(found(), []))
    assert next(loop).row["image"] == "0"
    assert len(taken) <= AHEAD + MAX_GROUP_IMAGES + 1


def test_an_error_names_its_image():
    class Spoilt:
        def predict_on_batch(self, crops):
            return {"detection": np.full((len(crops), 2), np.nan)}

    detector = FaceDetector(Spoilt(), propose=lambda image: np.array([[0, 0, 9, 9]]))
    for source, name in (
        (Source("a.png", lambda: IMAGE), "a.png"),
        (Source("v.mp4", lambda: IMAGE, frame=(7, 0.28)), "v.mp4, frame 7"),
    ):
        with pytest.raises(UserError, match=rf"^{name}: The network's predictions"):
            next(detect_images([source], detector))


def test_changed_files_are_printed_with_a_few_names(capsys):
    print_changed([])
    print_changed(["a", "b"])
    print_changed(list("abcdefg"))
    assert capsys.readouterr().out.splitlines() == [
        "changed since the last run and processed again: 2 (a, b)",
        "changed since the last run and processed again: 7 (a, b, c, d, e, ...)",
    ]
