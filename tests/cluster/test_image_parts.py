"""Parts with a detector that finds one face in every image."""

import json

import numpy as np
import pytest
from one_by_one import OneByOne
from PIL import Image

from hyperface.cluster.image_parts import (
    OTHERS,
    Counts,
    divide,
    predict_part,
    remaining_parts,
    set_aside_others,
)
from hyperface.detection.region_predictions import DetectedFace

FACE = DetectedFace(np.array([1.0, 2, 9, 9]), 0.9, np.zeros((21, 2)), np.ones(21), np.zeros(3), 0.5)


class OneFace(OneByOne):
    def __init__(self, face):
        super().__init__(None, propose=lambda image: np.zeros((0, 4)))
        self._face = face

    def detect(self, image, settings, proposals_xyxy, score):
        return [self._face]


@pytest.fixture
def files(tmp_path):
    """Three images, a broken one and one that claims to be a video."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in "abc":
        Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(folder / f"{name}.png")
    (folder / "d.png").write_bytes(b"")
    (folder / "e.mp4").write_bytes(b"")
    return [(f"in/{path.name}", path) for path in sorted(folder.iterdir())]


def test_images_are_divided_in_their_order(files, tmp_path):
    first, second, third = divide(files, 2, tmp_path / "out")
    assert first.names == ("in/a.png", "in/b.png")
    assert first.paths == tuple(str(path) for _, path in files[:2])
    assert third.names == ("in/e.mp4",)
    assert first.rows.parent == tmp_path / "out" / "parts"
    assert [part.rows.name[:11] for part in (first, second, third)] == [
        "part-000000", "part-000001", "part-000002",
    ]  # fmt: skip
    assert list(divide([], 2, tmp_path)) == []


def test_a_part_with_other_images_is_another_part(files, tmp_path):
    before = list(divide(files, 2, tmp_path))
    after = list(divide([files[0], *files[2:]], 2, tmp_path))
    assert not {part.rows for part in before} & {part.rows for part in after}
    assert list(divide(files, 2, tmp_path)) == before


def test_rows_and_counts(files, tmp_path):
    (part,) = divide(files, 8, tmp_path)
    assert predict_part(OneFace(FACE), part) == Counts(images=3, faces=3, skipped=2)
    rows = [json.loads(line) for line in part.rows.read_text().splitlines()]
    assert [row["image"] for row in rows] == list(part.names)
    assert [row["status"] for row in rows] == ["ok", "ok", "ok", "skipped", "skipped"]
    assert [row.get("reason") for row in rows[3:]] == [
        "an empty file",
        "a video; process it without --ray",
    ]
    assert len(rows[0]["faces"]) == 1
    assert rows[0]["file"]["path"] == str(files[0][1])


def test_finished_parts_are_kept_and_those_of_other_images_set_aside(files, tmp_path):
    parts = list(divide(files, 2, tmp_path))
    assert remaining_parts(parts) == parts
    predict_part(OneFace(FACE), parts[1])
    assert set_aside_others(parts, tmp_path) == 0
    assert remaining_parts(parts) == [parts[0], parts[2]]
    rows, others = parts[1].rows.read_bytes(), list(divide(files[1:], 2, tmp_path))
    assert remaining_parts(others) == others
    assert set_aside_others(others, tmp_path) == 1
    assert not parts[1].rows.exists()
    assert (tmp_path / OTHERS / parts[1].rows.name).read_bytes() == rows


def test_a_part_that_fails_leaves_no_file(files, tmp_path):
    class Failing(OneFace):
        def detect(self, image, settings, proposals_xyxy, score):
            raise RuntimeError("no network")

    (part,) = divide(files, 8, tmp_path)
    with pytest.raises(RuntimeError, match="no network"):
        predict_part(Failing(None), part)
    assert not part.rows.exists()
