import csv
import io
import json

import pytest

from hyperface.predictions.row_files import Results
from hyperface.predictions.rows import CSV_COLUMNS, found_row, skipped_row


def test_the_row_of_an_image(found):
    row = found_row(
        "holiday/a.jpg", (640, 480), [found(roll=30), found(female_probability=0.5)], 1.23456
    )
    assert list(row) == ["image", "width", "height", "status", "seconds", "faces"]
    assert (row["image"], row["width"], row["height"]) == ("holiday/a.jpg", 640, 480)
    assert (row["status"], row["seconds"]) == ("ok", 1.235)
    face = row["faces"][0]
    assert list(face) == ["box", "score", "landmarks", "visibility", "pose", "gender"]
    assert len(face["box"]) == 4
    assert len(face["landmarks"]) == len(face["visibility"]) == 21
    assert face["score"] == pytest.approx(0.98765, abs=6e-5)
    assert face["pose"] == {"roll": 30.0, "pitch": 0.0, "yaw": -12.35}
    assert face["gender"] == {"label": "male", "female": 0.25}
    assert row["faces"][1]["gender"] == {"label": "female", "female": 0.5}
    assert json.loads(json.dumps(row)) == row


def test_the_row_of_a_frame(found):
    row = found_row("clip.mp4", (64, 48), [found()], 0.5, (12, 0.48))
    assert list(row)[:3] == ["image", "frame", "time"]
    assert (row["frame"], row["time"]) == (12, 0.48)


def test_rows_without_faces_and_of_skipped_images():
    assert found_row("a.jpg", (5, 6), [], 0.1)["status"] == "no_face"
    row = skipped_row("a.jpg", "an empty file")
    assert (row["status"], row["reason"], row["faces"]) == ("skipped", "an empty file", [])
    assert skipped_row("a.mp4", "broken frame", (7, 0.28), (64, 48))["frame"] == 7


def test_a_table_has_a_line_for_each_face(found, tmp_path):
    results = Results(tmp_path)
    results.add(found_row("a, b.jpg", (64, 48), [found(), found(roll=5)], 0.5))
    results.add(skipped_row("c.jpg", "an empty file"))
    lines = list(csv.DictReader(io.StringIO(results.write_table().read_text())))
    assert list(lines[0]) == list(CSV_COLUMNS)
    assert [line["image"] for line in lines] == ["a, b.jpg", "a, b.jpg", "c.jpg"]
    assert [line["face"] for line in lines] == ["0", "1", ""]
    assert lines[1]["roll_degrees"] == "5.0"
    assert lines[0]["gender"] == "male"
    assert float(lines[0]["x7"]) == pytest.approx(50)  # half an eye distance left of the middle
    assert lines[0]["v20"] == "1.0"
    assert (lines[2]["status"], lines[2]["reason"], lines[2]["left"]) == (
        "skipped", "an empty file", "",
    )  # fmt: skip
