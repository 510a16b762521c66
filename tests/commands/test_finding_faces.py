"""What was found is kept, and what others found is read."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import Picture, SkipReport
from hyperface.commands.finding_faces import find_faces, median_seconds, read_faces
from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import UserError


class Killed(Exception):  # noqa: N818 - what happens to it
    pass


class Detector:
    """Finds a face at the shade of a picture; stops after so many pictures."""

    def __init__(self, most=99):
        self.asked, self._most = 0, most

    def detect(self, image):
        if self.asked == self._most:
            raise Killed
        self.asked += 1
        box = np.array([0, 0, image[0, 0, 0], 90.0])
        answers = np.zeros((21, 2)), np.ones(21), np.zeros(3)
        return [DetectedFace(box, 0.123456, *answers, 0.25)]


@pytest.fixture
def pictures(tmp_path):
    made = []
    for number, name in enumerate(["a.png", "b.png", "c.png"], start=1):
        path = tmp_path / "data" / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (200, 100), (number, 0, 0)).save(path)
        made.append(Picture(path, name, "set", 200, 100))
    return made


def test_each_picture_once(tmp_path, pictures):
    rejects = SkipReport()
    detector = Detector()
    found = find_faces(detector, pictures, tmp_path / "out", rejects)
    assert [faces[0].box_xyxy[2] for faces in found] == [1, 2, 3]
    assert found[0][0].score == 0.123456
    again = find_faces(detector, pictures[::-1], tmp_path / "out", rejects)
    assert [faces[0].box_xyxy[2] for faces in again] == [3, 2, 1]
    assert detector.asked == 3
    assert not rejects.counts
    assert 0 <= median_seconds(tmp_path / "out") < 60
    assert np.isnan(median_seconds(tmp_path / "empty"))


def test_a_kill_loses_one_picture(tmp_path, pictures):
    with pytest.raises(Killed):
        find_faces(Detector(most=2), pictures, tmp_path / "out", SkipReport())
    path = tmp_path / "out" / "faces.jsonl"
    path.write_bytes(path.read_bytes()[:-9])  # the kill came while the second was written
    detector = Detector()
    found = find_faces(detector, pictures, tmp_path / "out", SkipReport())
    assert detector.asked == 2
    assert [faces[0].box_xyxy[2] for faces in found] == [1, 2, 3]


def test_an_unreadable_picture_counts_as_nothing_found_until_it_is_mended(tmp_path, pictures):
    whole = pictures[1].path.read_bytes()
    pictures[1].path.write_bytes(b"")
    rejects = SkipReport()
    found = find_faces(Detector(), pictures, tmp_path / "out", rejects)
    assert [len(faces) for faces in found] == [1, 0, 1]
    assert rejects.counts == {"an empty file, taken as nothing found": 1}
    pictures[1].path.write_bytes(whole)
    assert len(find_faces(Detector(), pictures, tmp_path / "out", SkipReport())[1]) == 1


def theirs(tmp_path, *rows):
    path = tmp_path / "theirs.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_predictions_of_another_program(tmp_path, pictures):
    face = {"box": [1, 2, 3, 4], "score": 0.5}
    path = theirs(tmp_path, {"image": "x/b.png", "faces": [face]}, {"image": "z.png", "faces": []})
    before = path.read_bytes()
    rejects = SkipReport()
    found = read_faces(path, pictures, rejects)
    assert [len(faces) for faces in found] == [0, 1, 0]
    assert rejects.lines() == ["2 x no row, taken as nothing found (a.png, c.png)"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("line", ["no JSON", "[1]", '{"image": "a.png"}', "{}"])
def test_what_is_no_row_is_said_with_its_line(tmp_path, pictures, line):
    path = tmp_path / "theirs.jsonl"
    path.write_text('{"image": "z.png", "faces": []}\n' + line)
    with pytest.raises(UserError, match=r"theirs\.jsonl, line 2, is no row"):
        read_faces(path, pictures, SkipReport())


def test_a_file_from_windows(tmp_path, pictures, capsys):
    face = {"box": [1, 2, 3, 4], "score": 0.5}
    rows = [json.dumps({"image": rf"C:\data\{p.name}", "faces": [face]}) for p in pictures]
    path = tmp_path / "theirs.jsonl"
    for encoding in ("utf-8-sig", "utf-16"):
        path.write_bytes("\r\n\r\n".join([*rows, ""]).encode(encoding))
        rejects = SkipReport()
        assert [len(faces) for faces in read_faces(path, pictures, rejects)] == [1, 1, 1]
        assert rejects.lines() == []
    assert capsys.readouterr().out == ""


def test_pictures_without_a_row_are_said_at_once(tmp_path, pictures, capsys):
    path = theirs(tmp_path, {"image": "b.png", "faces": []})
    read_faces(path, pictures, SkipReport())
    out = capsys.readouterr().out
    assert "no row for 2 of the 3 pictures of set, taken as nothing found, such as a.png" in out


def test_predictions_that_fit_no_picture_are_refused(tmp_path, pictures):
    path = theirs(tmp_path, {"image": "run/z.png", "faces": []})
    match = r"a row for 0 of the 3 pictures of set .*about 'run/z\.png'.*data/a\.png'"
    with pytest.raises(UserError, match=match):
        read_faces(path, pictures, SkipReport())
    with pytest.raises(UserError, match=r"0 of the 3 .*no row at all"):
        read_faces(theirs(tmp_path), pictures, SkipReport())


@pytest.mark.parametrize(("fitting", "enough"), [(1, False), (2, False), (3, True), (60, True)])
def test_hardly_any_that_fits_is_refused(tmp_path, fitting, enough):
    made = [Picture(tmp_path / f"{n}.png", f"{n}.png", "set", 9, 9) for n in range(60)]
    path = theirs(tmp_path, *({"image": f"{n}.png", "faces": []} for n in range(fitting)))
    if enough:
        assert read_faces(path, made, SkipReport()) == [[]] * 60
    else:
        with pytest.raises(UserError, match=f"a row for {fitting} of the 60"):
            read_faces(path, made, SkipReport())


def test_each_data_set_needs_rows_that_fit(tmp_path, pictures):
    other = Picture(tmp_path / "far" / "z.png", "z.png", "other", 9, 9)
    path = theirs(tmp_path, *({"image": p.name, "faces": []} for p in pictures))
    with pytest.raises(UserError, match=r"0 of the 1 pictures of other"):
        read_faces(path, [*pictures, other], SkipReport())


def test_a_changed_picture_is_looked_at_anew(tmp_path, pictures):
    find_faces(Detector(), pictures, tmp_path / "out", SkipReport())
    Image.new("RGB", (200, 100), (77, 0, 0)).save(pictures[1].path)
    detector, said = Detector(), []
    found = find_faces(detector, pictures, tmp_path / "out", SkipReport(), said.append)
    assert [faces[0].box_xyxy[2] for faces in found] == [1, 77, 3]
    assert detector.asked == 1
    assert said == ["changed since: 1 (set/b.png), looked at anew"]


def test_another_data_set_of_the_same_name_is_another(tmp_path, pictures):
    find_faces(Detector(), pictures, tmp_path / "out", SkipReport())
    others = []
    for picture in pictures:
        path = tmp_path / "other" / picture.name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (200, 100), (90, 0, 0)).save(path)
        others.append(replace(picture, path=path))
    found = find_faces(Detector(), others, tmp_path / "out", SkipReport())
    assert [faces[0].box_xyxy[2] for faces in found] == [90, 90, 90]
    detector = Detector()
    found = find_faces(detector, pictures + others, tmp_path / "out", SkipReport())
    assert [faces[0].box_xyxy[2] for faces in found] == [1, 2, 3, 90, 90, 90]
    assert detector.asked == 0


def test_rows_of_before_are_kept_for_older_pictures(tmp_path, pictures):
    find_faces(Detector(), pictures, tmp_path / "out", SkipReport())
    path = tmp_path / "out" / "faces.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    old = [{k: v for k, v in row.items() if k != "file"} for row in rows]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in old))
    detector = Detector()
    found = find_faces(detector, pictures, tmp_path / "out", SkipReport())
    assert [faces[0].box_xyxy[2] for faces in found] == [1, 2, 3]
    assert detector.asked == 0


def test_where_not_one_picture_can_be_looked_at_there_are_no_figures(tmp_path, pictures):
    for picture in pictures:
        picture.path.write_bytes(b"")
    with pytest.raises(UserError, match=r"None of the 3 pictures .*set/a\.png: an empty file"):
        find_faces(Detector(), pictures, tmp_path / "out", SkipReport())


def test_a_number_that_is_none_is_refused_with_its_picture(tmp_path, pictures):
    class Spoilt(Detector):
        def detect(self, image):
            return [
                replace(face, female_probability=float("nan")) for face in super().detect(image)
            ]

    with pytest.raises(UserError, match=r"set/a\.png: .*not finite"):
        find_faces(Spoilt(), pictures, tmp_path / "out", SkipReport())
    assert not (tmp_path / "out" / "faces.jsonl").read_text()
