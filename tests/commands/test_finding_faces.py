"""What was found is kept, and what others found is read."""

import json
from dataclasses import replace

import numpy as np
import pytest
from one_by_one import OneByOne
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.commands import finding_faces
from hyperface.commands.finding_faces import median_seconds, read_faces
from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import UserError
from hyperface.predictions import detection_loop


class Killed(Exception):  # noqa: N818 - what happens to it
    pass


class Detector(OneByOne):
    """Finds a face at the shade of an image; stops after so many images."""

    def __init__(self, most=99):
        super().__init__(None, propose=lambda image: np.zeros((1, 4), np.float32))
        self.asked, self._most = 0, most

    def detect(self, image, *given):
        if self.asked == self._most:
            raise Killed
        self.asked += 1
        box = np.array([0, 0, image[0, 0, 0], 90.0])
        answers = np.zeros((21, 2)), np.ones(21), np.zeros(3)
        return [DetectedFace(box, 0.123456, *answers, 0.25)]


def find_faces(detector, *given):
    return finding_faces.find_faces({"": detector}, *given)[""]


@pytest.fixture
def images(tmp_path):
    made = []
    for number, name in enumerate(["a.png", "b.png", "c.png"], start=1):
        path = tmp_path / "data" / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (200, 100), (number, 0, 0)).save(path)
        made.append(AnnotatedImage(path, name, "set", 200, 100))
    return made


def test_each_image_once(tmp_path, images):
    skipped = SkipReport()
    detector = Detector()
    found = find_faces(detector, images, tmp_path / "out", skipped)
    assert [faces[0].box_xyxy[2] for faces in found] == [1, 2, 3]
    assert found[0][0].score == 0.123456
    again = find_faces(detector, images[::-1], tmp_path / "out", skipped)
    assert [faces[0].box_xyxy[2] for faces in again] == [3, 2, 1]
    assert detector.asked == 3
    assert not skipped.counts
    assert 0 <= median_seconds(tmp_path / "out") < 60
    assert np.isnan(median_seconds(tmp_path / "empty"))


def test_a_killed_run_loses_only_the_current_group_of_images(tmp_path, images, monkeypatch):
    monkeypatch.setattr(detection_loop, "MAX_GROUP_IMAGES", 1)
    with pytest.raises(Killed):
        find_faces(Detector(most=2), images, tmp_path / "out", SkipReport())
    path = tmp_path / "out" / "faces.jsonl"
    path.write_bytes(path.read_bytes()[:-9])  # the kill came while the second was written
    detector = Detector()
    found = find_faces(detector, images, tmp_path / "out", SkipReport())
    assert detector.asked == 2
    assert [faces[0].box_xyxy[2] for faces in found] == [1, 2, 3]


def test_an_unreadable_image_counts_as_no_detections_until_it_is_repaired(tmp_path, images):
    whole = images[1].path.read_bytes()
    images[1].path.write_bytes(b"")
    skipped = SkipReport()
    found = find_faces(Detector(), images, tmp_path / "out", skipped)
    assert [len(faces) for faces in found] == [1, 0, 1]
    assert skipped.counts == {"an empty file, counted as no detections": 1}
    images[1].path.write_bytes(whole)
    assert len(find_faces(Detector(), images, tmp_path / "out", SkipReport())[1]) == 1


def theirs(tmp_path, *rows):
    path = tmp_path / "theirs.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_predictions_of_another_program(tmp_path, images):
    face = {"box": [1, 2, 3, 4], "score": 0.5}
    path = theirs(tmp_path, {"image": "x/b.png", "faces": [face]}, {"image": "z.png", "faces": []})
    before = path.read_bytes()
    skipped = SkipReport()
    found = read_faces(path, images, skipped)
    assert [len(faces) for faces in found] == [0, 1, 0]
    assert skipped.lines() == ["2 x no row, counted as no detections (a.png, c.png)"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("line", ["no JSON", "[1]", '{"image": "a.png"}', "{}"])
def test_a_line_that_is_not_a_row_is_reported_with_its_number(tmp_path, images, line):
    path = tmp_path / "theirs.jsonl"
    path.write_text('{"image": "z.png", "faces": []}\n' + line)
    with pytest.raises(UserError, match=r"theirs\.jsonl, line 2, is not a row"):
        read_faces(path, images, SkipReport())


def test_a_file_from_windows(tmp_path, images, capsys):
    face = {"box": [1, 2, 3, 4], "score": 0.5}
    rows = [json.dumps({"image": rf"C:\data\{p.name}", "faces": [face]}) for p in images]
    path = tmp_path / "theirs.jsonl"
    for encoding in ("utf-8-sig", "utf-16"):
        path.write_bytes("\r\n\r\n".join([*rows, ""]).encode(encoding))
        skipped = SkipReport()
        assert [len(faces) for faces in read_faces(path, images, skipped)] == [1, 1, 1]
        assert skipped.lines() == []
    assert capsys.readouterr().out == ""


def test_images_without_a_row_are_reported_at_once(tmp_path, images, capsys):
    path = theirs(tmp_path, {"image": "b.png", "faces": []})
    read_faces(path, images, SkipReport())
    out = capsys.readouterr().out
    assert "no row for 2 of the 3 images of set, such as a.png; they count as" in out


def test_predictions_that_fit_no_image_are_refused(tmp_path, images):
    path = theirs(tmp_path, {"image": "run/z.png", "faces": []})
    match = r"only 0 of the 3 evaluated images of set, .*describes 'run/z\.png'.*data/a\.png'"
    with pytest.raises(UserError, match=match):
        read_faces(path, images, SkipReport())
    with pytest.raises(UserError, match=r"0 of the 3 .*it has no rows"):
        read_faces(theirs(tmp_path), images, SkipReport())


@pytest.mark.parametrize(("fitting", "enough"), [(1, False), (2, False), (3, True), (60, True)])
def test_predictions_that_match_hardly_any_image_are_refused(tmp_path, fitting, enough):
    made = [AnnotatedImage(tmp_path / f"{n}.png", f"{n}.png", "set", 9, 9) for n in range(60)]
    path = theirs(tmp_path, *({"image": f"{n}.png", "faces": []} for n in range(fitting)))
    if enough:
        assert read_faces(path, made, SkipReport()) == [[]] * 60
    else:
        with pytest.raises(UserError, match=f"rows for only {fitting} of the 60"):
            read_faces(path, made, SkipReport())


def test_each_data_set_needs_rows_that_fit(tmp_path, images):
    other = AnnotatedImage(tmp_path / "far" / "z.png", "z.png", "other", 9, 9)
    path = theirs(tmp_path, *({"image": p.name, "faces": []} for p in images))
    with pytest.raises(UserError, match=r"0 of the 1 evaluated images of other"):
        read_faces(path, [*images, other], SkipReport())


def test_a_changed_image_is_processed_again(tmp_path, images, capsys):
    find_faces(Detector(), images, tmp_path / "out", SkipReport())
    Image.new("RGB", (200, 100), (77, 0, 0)).save(images[1].path)
    detector = Detector()
    capsys.readouterr()
    found = find_faces(detector, images, tmp_path / "out", SkipReport())
    assert [faces[0].box_xyxy[2] for faces in found] == [1, 77, 3]
    assert detector.asked == 1
    said = capsys.readouterr().out
    assert said == "changed since the last run and processed again: 1 (set/b.png)\n"


def test_another_data_set_of_the_same_name_is_another(tmp_path, images):
    find_faces(Detector(), images, tmp_path / "out", SkipReport())
    others = []
    for image in images:
        path = tmp_path / "other" / image.name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (200, 100), (90, 0, 0)).save(path)
        others.append(replace(image, path=path))
    found = find_faces(Detector(), others, tmp_path / "out", SkipReport())
    assert [faces[0].box_xyxy[2] for faces in found] == [90, 90, 90]
    detector = Detector()
    found = find_faces(detector, images + others, tmp_path / "out", SkipReport())
    assert [faces[0].box_xyxy[2] for faces in found] == [1, 2, 3, 90, 90, 90]
    assert detector.asked == 0


def test_rows_of_earlier_versions_are_kept_for_older_images(tmp_path, images):
    find_faces(Detector(), images, tmp_path / "out", SkipReport())
    path = tmp_path / "out" / "faces.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    old = [{k: v for k, v in row.items() if k != "file"} for row in rows]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in old))
    detector = Detector()
    found = find_faces(detector, images, tmp_path / "out", SkipReport())
    assert [faces[0].box_xyxy[2] for faces in found] == [1, 2, 3]
    assert detector.asked == 0


def test_without_any_readable_image_there_are_no_metrics(tmp_path, images):
    for image in images:
        image.path.write_bytes(b"")
    with pytest.raises(UserError, match=r"None of the 3 images .*set/a\.png: an empty file"):
        find_faces(Detector(), images, tmp_path / "out", SkipReport())


def test_a_number_that_is_not_finite_is_refused_with_its_image(tmp_path, images):
    class Spoilt(Detector):
        def detect(self, image, *given):
            return [
                replace(face, female_probability=float("nan"))
                for face in super().detect(image, *given)
            ]

    with pytest.raises(UserError, match=r"set/a\.png: .*not finite"):
        find_faces(Spoilt(), images, tmp_path / "out", SkipReport())
    assert not (tmp_path / "out" / "faces.jsonl").read_text()
