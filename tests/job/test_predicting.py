"""The command on files, with a detector that sees whatever is bright."""

import json

import cv2
import numpy as np
import pytest
from matroska import save_matroska
from PIL import Image

from hyperface.detection.answers import DetectedFace
from hyperface.face.fitting import WeakPerspective
from hyperface.face.mean_face import MEAN_FACE
from hyperface.face.rectangle import rectangle_of_view_xyxy
from hyperface.job import predicting
from hyperface.job.predicting import Extras, predict_files, predict_webcam
from hyperface.pictures.reading import UnreadablePicture
from hyperface.pictures.video import Frame
from hyperface.predictions.inputs import find_inputs
from hyperface.predictions.results import Results


class Detector:
    """Takes the centre of the bright pixels for a face."""

    def __init__(self):
        self.looked_at = 0

    def propose(self, image):
        return np.zeros((1, 4), np.float32)

    def faces(self, image, proposals):
        self.looked_at += 1
        bright = np.argwhere(image[..., 0] > 200)
        if not len(bright):
            return []
        y, x = bright.mean(axis=0)
        view = WeakPerspective(12, np.eye(3), np.array([x, y]))
        box = rectangle_of_view_xyxy(view)
        return [DetectedFace(box, 0.9, view.project(MEAN_FACE), np.ones(21), np.zeros(3), 0.1)]


def picture(x=None, size=(96, 72)):
    pixels = np.full((size[1], size[0], 3), 40, np.uint8)
    if x is not None:
        pixels[30:40, x - 5 : x + 5] = 255
    return pixels


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two pictures, one with a face; an empty file; a text; a video of twelve frames."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "in"
    place.mkdir()
    Image.fromarray(picture(50)).save(place / "face.png")
    Image.fromarray(picture()).save(place / "none.jpg")
    (place / "empty.jpg").touch()
    (place / "notes.txt").write_text("notes")
    writer = cv2.VideoWriter(str(place / "clip.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (96, 72))
    for number in range(12):
        writer.write(picture(30 + 2 * number))
    writer.release()
    return place


def run(tmp_path, given=("in",), detector=None, **extras):
    out = tmp_path / "out"
    detector = detector or Detector()
    counts = predict_files(detector, find_inputs(given), out, Extras(**extras))
    return counts, [json.loads(line) for line in (out / "faces.jsonl").read_text().splitlines()]


def test_every_file_has_its_row(folder, tmp_path):
    (looked_at, faces, rejects), lines = run(tmp_path)
    assert (looked_at, faces) == (2 + 12, 1 + 12)
    assert rejects.lines() == [
        "1 x an empty file (in/empty.jpg)",
        "1 x not a picture or video of a known format (in/notes.txt)",
    ]
    by_image = {line["image"]: line for line in lines if "frame" not in line}
    assert {name: line["status"] for name, line in by_image.items()} == {
        "in/face.png": "ok",
        "in/none.jpg": "no_face",
        "in/empty.jpg": "skipped",
        "in/notes.txt": "skipped",
    }
    assert by_image["in/empty.jpg"]["reason"] == "an empty file"
    assert by_image["in/face.png"]["faces"][0]["box"][0] == pytest.approx(50 - 15, abs=1)
    frames = [line for line in lines if line["image"] == "in/clip.avi"]
    assert [line["frame"] for line in frames] == list(range(12))
    assert frames[5]["time"] == 0.5
    assert {face["track"] for line in frames for face in line["faces"]} == {0}


def test_a_second_run_finds_all_done(folder, tmp_path):
    _, first = run(tmp_path)
    detector = Detector()
    _, second = run(tmp_path, detector=detector)
    assert detector.looked_at == 0

    def key(row):
        return row["image"], row.get("frame", -1)

    assert sorted(second, key=key) == sorted(first, key=key)


def test_a_run_stopped_anywhere_goes_on(folder, tmp_path):
    _, whole = run(tmp_path)
    path = tmp_path / "out" / "faces.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:9]) + lines[9][:20])
    detector = Detector()
    _, again = run(tmp_path, detector=detector)
    assert detector.looked_at == len(lines) - 9

    def bare(rows):
        return sorted(json.dumps({**row, "seconds": 0}) for row in rows)

    assert bare(again) == bare(whole)


def test_drawn_and_cut_out(folder, tmp_path):
    run(tmp_path, draw=True, crops=True)
    out = tmp_path / "out"
    drawn = cv2.imread(str(out / "drawn" / "in" / "face.png.jpg"))
    assert drawn.shape == (288, 384, 3)  # four times as large, no more
    assert (out / "drawn" / "in" / "none.jpg").exists()
    assert cv2.imread(str(out / "crops" / "in" / "face.png-0.jpg")).shape == (256, 256, 3)
    assert len(list((out / "crops" / "in" / "clip.avi").iterdir())) == 12
    video = cv2.VideoCapture(str(out / "drawn" / "in" / "clip.avi.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 12
    assert video.get(cv2.CAP_PROP_FPS) == 10


def test_what_was_not_drawn_the_first_time_is_drawn_later(folder, tmp_path):
    run(tmp_path)
    detector = Detector()
    run(tmp_path, detector=detector, draw=True, crops=True)
    assert detector.looked_at == 0
    out = tmp_path / "out"
    assert (out / "drawn" / "in" / "face.png.jpg").exists()
    assert (out / "crops" / "in" / "face.png-0.jpg").exists()
    assert (out / "drawn" / "in" / "clip.avi.mp4").exists()


def test_every_so_many_frames(folder, tmp_path):
    _, lines = run(tmp_path, given=["in/clip.avi"], every=5)
    assert [line["frame"] for line in lines] == [0, 5, 10]


def test_a_lost_frame_has_a_row_too(folder, tmp_path):
    content = (folder / "clip.avi").read_bytes()
    (folder / "clip.avi").write_bytes(content[: len(content) * 2 // 3])
    (looked_at, _, rejects), lines = run(tmp_path, given=["in/clip.avi"], draw=True)
    assert 0 < looked_at < 12
    assert rejects.counts == {"broken frame": 12 - looked_at}
    assert rejects.names["broken frame"][-1] == "in/clip.avi, frame 11"
    assert lines[-1] | {"seconds": 0} == {
        "image": "in/clip.avi", "frame": 11, "time": 1.1, "width": 96, "height": 72,
        "status": "skipped", "reason": "broken frame", "seconds": 0, "faces": [],
    }  # fmt: skip


def test_rotated_pictures_are_looked_at_upright(folder, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    Image.fromarray(picture(20)).save(folder / "turned.jpg", exif=exif, quality=95)
    _, (line,) = run(tmp_path, given=["in/turned.jpg"])
    assert (line["width"], line["height"]) == (72, 96)
    x = np.mean([point[0] for point in line["faces"][0]["landmarks"]])
    assert x == pytest.approx(72 - 35, abs=2)  # what was 35 from the top is so from the right


class Camera:
    def __init__(self, number):
        self.frames = 5 if number == 0 else 0

    def isOpened(self):  # noqa: N802 - OpenCV's name
        return self.frames > 0

    def grab(self):
        self.frames -= 1
        return self.frames >= 0

    def retrieve(self):
        return True, picture(40)

    def release(self):
        self.frames = -1


def test_a_camera(tmp_path, monkeypatch):
    monkeypatch.setattr("hyperface.pictures.video.cv2.VideoCapture", Camera)
    predict_webcam(Detector(), 0, tmp_path, Extras(every=2))
    rows = list(Results(tmp_path).rows())
    assert [row["frame"] for row in rows] == [0, 2, 4]
    (name,) = {row["image"] for row in rows}
    assert name.startswith("webcam:0 20")
    with pytest.raises(UnreadablePicture, match="no such camera"):
        predict_webcam(Detector(), 1, tmp_path, Extras())


def test_pictures_are_read_ahead_but_not_all_at_once():
    made, taken, most_ahead = [], [], 0
    for item in predicting._ahead(range(20), lambda n: made.append(n) or n):
        taken.append(item)
        assert len(made) <= len(taken) + predicting.AHEAD
        most_ahead = max(most_ahead, len(made) - len(taken))
    assert taken == list(range(20))
    assert most_ahead >= 1


def test_what_was_broken_is_looked_at_again_once_it_is_mended(folder, tmp_path):
    whole = (folder / "clip.avi").read_bytes()
    (folder / "clip.avi").write_bytes(b"")
    run(tmp_path)
    Image.fromarray(picture(30)).save(folder / "empty.jpg")
    (folder / "clip.avi").write_bytes(whole)
    (looked_at, _, rejects), lines = run(tmp_path)
    assert looked_at == 3 + 12
    assert [*rejects.names.values()] == [["in/notes.txt"]]
    frames = [line["frame"] for line in lines if line["image"] == "in/clip.avi"]
    assert frames == list(range(12))


def test_the_results_own_folder_is_not_looked_into(folder, tmp_path):
    out = folder / "out"
    for _ in range(2):
        inputs = find_inputs(["in"], leave_out=out)
        looked_at, _, rejects = predict_files(Detector(), inputs, out, Extras(True, True))
        assert looked_at + rejects.counts.total() == 4 + 12


def test_a_video_without_a_frame_stops_nothing(folder, tmp_path, monkeypatch):
    lost = [Frame(number, number / 10, None) for number in range(12)]
    monkeypatch.setattr(predicting, "read_frames", lambda path, every: iter(lost))
    (looked_at, _, rejects), _ = run(tmp_path, draw=True, crops=True)
    assert (looked_at, rejects.counts.total()) == (2, 2 + 12)
    assert not (tmp_path / "out" / "drawn" / "in" / "clip.avi.mp4").exists()


def test_a_picture_that_is_gone_when_it_is_to_be_drawn_stops_nothing(folder, tmp_path):
    run(tmp_path, given=["in/face.png", "in/none.jpg"])
    (folder / "face.png").unlink()
    run(tmp_path, given=["in/face.png", "in/none.jpg"], draw=True)
    drawn = tmp_path / "out" / "drawn" / "in"
    assert [path.name for path in drawn.iterdir()] == ["none.jpg"]


def test_each_frame_has_its_own_time_and_what_is_drawn_takes_as_long(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    times = [0, 20, 45, 90, 160, 1160, 2160, 2200]  # at a mean rate, frame 4 would be at 1.257 s
    (tmp_path / "in").mkdir()
    save_matroska(tmp_path / "in" / "zoom:1.mkv", times, [picture(30 + n) for n in range(8)])
    monkeypatch.chdir(tmp_path / "in")
    (looked_at, _, _), rows = run(tmp_path, given=["zoom:1.mkv"], draw=True)
    assert looked_at == 8
    assert [row["time"] for row in rows] == [time / 1000 for time in times]
    video = cv2.VideoCapture(str(tmp_path / "out" / "drawn" / "zoom:1.mkv.mp4"), cv2.CAP_FFMPEG)
    frames, rate = video.get(cv2.CAP_PROP_FRAME_COUNT), video.get(cv2.CAP_PROP_FPS)
    assert frames == 8
    assert (frames - 1) / rate == pytest.approx(2.2, abs=0.01)
    out = tmp_path / "out" / "faces.jsonl"
    out.write_bytes(b"".join(out.read_bytes().splitlines(keepends=True)[:5]))
    _, again = run(tmp_path, given=["zoom:1.mkv"], every=1)
    assert [row["time"] for row in again] == [time / 1000 for time in times]


def test_a_program_called_ts_is_no_broken_video(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "index.ts").write_text("export const answer = 42;\n")
    (_, _, rejects), _ = run(tmp_path)
    assert rejects.lines() == ["1 x not a picture or video of a known format (in/index.ts)"]
