"""The command on files, with a detector that sees whatever is bright."""

import errno
import json
import os

import cv2
import numpy as np
import pytest
from matroska import save_matroska
from one_by_one import OneByOne
from PIL import Image

from hyperface.annotations.record import SkipReport
from hyperface.commands import drawings_and_crops, predicting
from hyperface.commands.drawings_and_crops import Extras
from hyperface.commands.predicting import predict_files, predict_webcam
from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import UserError
from hyperface.geometry.boxes import scale_xyxy
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.rectangle import rectangle_of_view_xyxy
from hyperface.images.video import Frame
from hyperface.predictions.inputs import find_inputs
from hyperface.predictions.row_files import Results


class Detector(OneByOne):
    """Takes the center of the bright pixels for a face."""

    def __init__(self):
        super().__init__(None, propose=lambda image: np.zeros((1, 4), np.float32))
        self.looked_at = 0

    def detect(self, image, settings, proposals_xyxy, score):
        self.looked_at += 1
        bright = np.argwhere(image[..., 0] > 200)
        if not len(bright):
            return []
        y, x = bright.mean(axis=0)
        view = WeakPerspective(12, np.eye(3), np.array([x, y]))
        box = rectangle_of_view_xyxy(view)
        return [DetectedFace(box, 0.9, view.project(MEAN_FACE), np.ones(21), np.zeros(3), 0.1)]


def image(x=None, size=(96, 72)):
    pixels = np.full((size[1], size[0], 3), 40, np.uint8)
    if x is not None:
        pixels[30:40, x - 5 : x + 5] = 255
    return pixels


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two images, one with a face; an empty file; a text; a video of twelve frames."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "in"
    place.mkdir()
    Image.fromarray(image(50)).save(place / "face.png")
    Image.fromarray(image()).save(place / "none.jpg")
    (place / "empty.jpg").touch()
    (place / "notes.txt").write_text("notes")
    writer = cv2.VideoWriter(str(place / "clip.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (96, 72))
    for number in range(12):
        writer.write(image(30 + 2 * number))
    writer.release()
    return place


def run(tmp_path, given=("in",), detector=None, **extras):
    out = tmp_path / "out"
    detector = detector or Detector()
    counts = predict_files(detector, find_inputs(given, out, SkipReport()), out, Extras(**extras))
    return counts, [json.loads(line) for line in (out / "faces.jsonl").read_text().splitlines()]


def test_every_file_has_its_row(folder, tmp_path):
    (looked_at, faces, skipped), lines = run(tmp_path)
    assert (looked_at, faces) == (2 + 12, 1 + 12)
    assert skipped.lines() == [
        "1 x an empty file (in/empty.jpg)",
        "1 x not an image or video of a known format (in/notes.txt)",
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


def test_a_second_run_has_nothing_to_do(folder, tmp_path):
    _, first = run(tmp_path)
    detector = Detector()
    _, second = run(tmp_path, detector=detector)
    assert detector.looked_at == 0

    def key(row):
        return row["image"], row.get("frame", -1)

    assert sorted(second, key=key) == sorted(first, key=key)


def test_a_run_interrupted_anywhere_resumes(folder, tmp_path):
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


def test_faces_are_drawn_and_cropped(folder, tmp_path):
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


def test_missing_drawings_are_made_by_a_later_run(folder, tmp_path):
    run(tmp_path)
    detector = Detector()
    run(tmp_path, detector=detector, draw=True, crops=True)
    assert detector.looked_at == 0
    out = tmp_path / "out"
    assert (out / "drawn" / "in" / "face.png.jpg").exists()
    assert (out / "crops" / "in" / "face.png-0.jpg").exists()
    assert (out / "drawn" / "in" / "clip.avi.mp4").exists()


def test_every_nth_frame_is_processed(folder, tmp_path):
    _, lines = run(tmp_path, given=["in/clip.avi"], every=5)
    assert [line["frame"] for line in lines] == [0, 5, 10]


def test_a_resumed_video_continues_as_if_it_had_not_stopped(folder, tmp_path):
    asked = []

    class Recording(Detector):
        def detect(self, image, settings, proposals_xyxy, score):
            faces = super().detect(image, settings, proposals_xyxy, score)
            asked.append(np.array(proposals_xyxy).tolist())
            return faces

    def rows(lines):
        return [line | {"seconds": 0} for line in lines]

    options = {"given": ["in/clip.avi"], "propose_every": 5}
    _, whole = run(tmp_path, detector=Recording(), **options)
    proposed, asked = asked, []
    for number, boxes in enumerate(proposed):
        before = [[0, 0, 0, 0]]  # what the detector proposes
        if number % 5:
            # The face moves by 2 of 30 pixels in a frame: after one alone, three at a time.
            last = number - number % 5 + (number % 5 > 1)
            last_boxes = [face["box"] for face in whole[last]["faces"]]
            before = scale_xyxy(last_boxes, DetectionSettings().irp_scale)
        np.testing.assert_allclose(boxes, before, atol=0.1)
    out = tmp_path / "out" / "faces.jsonl"
    out.write_bytes(b"".join(out.read_bytes().splitlines(keepends=True)[:8]))
    _, again = run(tmp_path, detector=Recording(), **options)
    assert rows(again) == rows(whole)
    assert asked == proposed[5:]  # from the last frame with proposals on


def test_a_frame_that_cannot_be_decoded_has_a_row(folder, tmp_path):
    content = (folder / "clip.avi").read_bytes()
    (folder / "clip.avi").write_bytes(content[: len(content) * 2 // 3])
    (looked_at, _, skipped), lines = run(tmp_path, given=["in/clip.avi"], draw=True)
    assert 0 < looked_at < 12
    drawn = cv2.VideoCapture(str(tmp_path / "out" / "drawn" / "in" / "clip.avi.mp4"))
    assert drawn.get(cv2.CAP_PROP_FRAME_COUNT) == 12  # the last one is repeated
    assert skipped.counts == {"broken frame": 12 - looked_at}
    assert skipped.names["broken frame"][-1] == "in/clip.avi, frame 11"
    assert lines[-1].pop("file")["path"] == str(folder / "clip.avi")
    assert lines[-1] | {"seconds": 0} == {
        "image": "in/clip.avi", "frame": 11, "time": 1.1, "width": 96, "height": 72,
        "status": "skipped", "reason": "broken frame", "seconds": 0, "faces": [],
    }  # fmt: skip


def test_rotated_images_are_processed_upright(folder, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    Image.fromarray(image(20)).save(folder / "turned.jpg", exif=exif, quality=95)
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
        return True, image(40)

    def release(self):
        self.frames = -1


def test_frames_of_a_camera_have_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("hyperface.images.video.cv2.VideoCapture", Camera)
    predict_webcam(Detector(), 0, tmp_path, Extras(every=2))
    rows = list(Results(tmp_path).rows())
    assert [row["frame"] for row in rows] == [0, 2, 4]
    (name,) = {row["image"] for row in rows}
    assert name.startswith("webcam:0 20")
    with pytest.raises(UserError, match="Camera 1: no such camera"):
        predict_webcam(Detector(), 1, tmp_path, Extras())


def test_a_broken_file_is_processed_again_once_it_is_repaired(folder, tmp_path):
    whole = (folder / "clip.avi").read_bytes()
    (folder / "clip.avi").write_bytes(b"")
    run(tmp_path)
    Image.fromarray(image(30)).save(folder / "empty.jpg")
    (folder / "clip.avi").write_bytes(whole)
    (looked_at, _, skipped), lines = run(tmp_path)
    assert looked_at == 3 + 12
    assert [*skipped.names.values()] == [["in/notes.txt"]]
    frames = [line["frame"] for line in lines if line["image"] == "in/clip.avi"]
    assert frames == list(range(12))


def test_the_output_folder_is_not_searched(folder, tmp_path):
    out = folder / "out"
    for _ in range(2):
        inputs = find_inputs(["in"], out, SkipReport())
        looked_at, _, skipped = predict_files(Detector(), inputs, out, Extras(True, True))
        assert looked_at + skipped.counts.total() == 4 + 12


def test_a_video_without_frames_does_not_stop_the_run(folder, tmp_path, monkeypatch):
    lost = [Frame(number, number / 10, None) for number in range(12)]
    monkeypatch.setattr(predicting, "read_frames", lambda path, every: iter(lost))
    (looked_at, _, skipped), _ = run(tmp_path, draw=True, crops=True)
    assert (looked_at, skipped.counts.total()) == (2, 2 + 12)
    assert not (tmp_path / "out" / "drawn" / "in" / "clip.avi.mp4").exists()


def test_a_video_that_yields_no_frame_has_a_row_with_the_reason(folder, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(predicting, "read_frames", lambda path, every: iter(()))
        for _ in range(2):
            (_, _, skipped), lines = run(tmp_path, given=["in/clip.avi"])
            assert skipped.lines() == [
                "1 x a video without a frame that can be decoded (in/clip.avi)"
            ]
            assert len(lines) == 1
    (looked_at, _, _), _ = run(tmp_path, given=["in/clip.avi"])
    assert looked_at == 12


def test_rows_of_what_is_gone_remain(folder, tmp_path):
    _, before = run(tmp_path)
    for path in folder.iterdir():
        if path.name != "empty.jpg":
            path.unlink()
    (looked_at, _, _), lines = run(tmp_path, given=["in/clip.avi", "in/face.png", "in/none.jpg"])
    assert (looked_at, lines) == (14, before)
    (folder / "empty.jpg").unlink()
    folder.rmdir()
    (looked_at, faces, _), lines = run(tmp_path)
    assert (looked_at, faces) == (14, 13)
    assert {line["image"] for line in lines} == {line["image"] for line in before}


def test_a_slow_motion_clip_is_drawn(folder, tmp_path):
    clip = folder / "slow.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter_fourcc(*"MJPG"), 119.88, (96, 72))
    for number in range(45):  # a mean rate of 119.891, of which MPEG-4 cannot store all digits
        writer.write(image(20 + number))
    writer.release()
    (_, _, skipped), _ = run(tmp_path, given=["in/slow.avi"], draw=True, crops=True)
    assert not skipped.counts
    drawn = cv2.VideoCapture(str(tmp_path / "out" / "drawn" / "in" / "slow.avi.mp4"))
    assert drawn.get(cv2.CAP_PROP_FRAME_COUNT) == 45
    assert drawn.get(cv2.CAP_PROP_FPS) == pytest.approx(119.89, abs=0.02)


def test_an_image_that_vanishes_before_drawing_does_not_stop_the_run(folder, tmp_path):
    run(tmp_path, given=["in/face.png", "in/none.jpg"])
    (folder / "face.png").unlink()
    run(tmp_path, given=["in/face.png", "in/none.jpg"], draw=True)
    drawn = tmp_path / "out" / "drawn" / "in"
    assert [path.name for path in drawn.iterdir()] == ["none.jpg"]
    assert _rejects_of_drawing(tmp_path) == {"not drawn or cropped, no such image file": 1}


def test_each_frame_has_its_own_time_and_what_is_drawn_takes_as_long(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    times = [0, 20, 45, 90, 160, 1160, 2160, 2200]  # at a mean rate, frame 4 would be at 1.257 s
    (tmp_path / "in").mkdir()
    save_matroska(tmp_path / "in" / "zoom:1.mkv", times, [image(30 + n) for n in range(8)])
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
    (_, _, skipped), _ = run(tmp_path)
    assert skipped.lines() == ["1 x not an image or video of a known format (in/index.ts)"]


def _rejects_of_drawing(tmp_path):
    (_, _, skipped), _ = run(tmp_path, given=["in/face.png", "in/none.jpg"], draw=True)
    return skipped.counts


# --- Files that change, and files of the same name ----------------------------------------------


def center(row):
    left, _, right, _ = row["faces"][0]["box"]
    return (left + right) / 2


def mean_x_of_crop(path):
    bright = np.argwhere(cv2.imread(str(path))[..., 0] > 200)
    return bright[:, 1].mean()


def test_a_replaced_image_is_processed_again(folder, tmp_path, capsys):
    run(tmp_path, given=["in/face.png", "in/none.jpg"], draw=True, crops=True)
    out = tmp_path / "out"
    drawn = (out / "drawn" / "in" / "face.png.jpg").read_bytes()
    Image.fromarray(image()).save(folder / "face.png")  # nobody is in it any more
    detector = Detector()
    given = ["in/face.png", "in/none.jpg"]
    (looked_at, faces, _), lines = run(tmp_path, given, detector, draw=True, crops=True)
    assert (
        "changed since the last run and processed again: 1 (in/face.png)" in capsys.readouterr().out
    )
    assert (detector.looked_at, looked_at, faces) == (1, 2, 0)
    assert sorted(line["image"] for line in lines) == given
    assert (out / "drawn" / "in" / "face.png.jpg").read_bytes() != drawn
    assert not (out / "crops" / "in" / "face.png-0.jpg").exists()


@pytest.mark.parametrize("draw", [False, True])
def test_drawings_of_a_replaced_image_are_removed(folder, tmp_path, draw):
    run(tmp_path, given=["in/face.png"], draw=True)
    path = tmp_path / "out" / "drawn" / "in" / "face.png.jpg"
    before = path.read_bytes()
    Image.fromarray(image(20)).save(folder / "face.png")
    run(tmp_path, given=["in/face.png"], draw=draw)
    assert path.exists() == draw
    run(tmp_path, given=["in/face.png"], draw=True)
    assert path.read_bytes() != before


def test_an_image_replaced_by_one_of_the_same_size_and_time_is_noticed(folder, tmp_path):
    path = folder / "face.bmp"  # as many bytes whatever it shows
    Image.fromarray(image(50)).save(path)
    run(tmp_path, given=["in/face.bmp"])
    before = path.stat()
    Image.fromarray(image(20)).save(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    _, (line,) = run(tmp_path, given=["in/face.bmp"])
    assert center(line) == pytest.approx(20, abs=1)


def test_an_image_that_is_only_touched_or_copied_is_not_processed_again(folder, tmp_path, capsys):
    _, (first,) = run(tmp_path, given=["in/face.png"])
    path = folder / "face.png"
    os.utime(path, ns=(1, 1))
    content = path.read_bytes()
    for rewrite in (lambda: None, lambda: (path.unlink(), path.write_bytes(content))):
        rewrite()
        detector = Detector()
        _, (line,) = run(tmp_path, ["in/face.png"], detector)
        assert detector.looked_at == 0
        assert line["faces"] == first["faces"]
        assert line["file"]["modified_ns"] == path.stat().st_mtime_ns  # known without reading it
    assert "changed" not in capsys.readouterr().out


def test_a_replaced_video_is_processed_again(folder, tmp_path, capsys):
    run(tmp_path, given=["in/clip.avi"], draw=True, crops=True)
    writer = cv2.VideoWriter(
        str(folder / "clip.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (96, 72)
    )
    for _ in range(7):
        writer.write(image(70))
    writer.release()
    detector = Detector()
    (looked_at, _, _), lines = run(tmp_path, ["in/clip.avi"], detector, draw=True, crops=True)
    assert (
        "changed since the last run and processed again: 1 (in/clip.avi)" in capsys.readouterr().out
    )
    assert (detector.looked_at, looked_at) == (7, 7)
    assert [line["frame"] for line in lines] == list(range(7))
    assert center(lines[0]) == pytest.approx(70, abs=1)
    out = tmp_path / "out"
    assert len(list((out / "crops" / "in" / "clip.avi").iterdir())) == 7
    video = cv2.VideoCapture(str(out / "drawn" / "in" / "clip.avi.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 7


def test_one_name_in_two_working_folders_is_two_images(tmp_path, monkeypatch):
    places = {}
    for name, x in (("first", 30), ("second", 60)):
        places[name] = tmp_path / name / "a.png"
        places[name].parent.mkdir()
        Image.fromarray(image(x)).save(places[name])
        monkeypatch.chdir(places[name].parent)
        (looked_at, faces, _), lines = run(tmp_path, given=["a.png"], draw=True, crops=True)
        assert (looked_at, faces) == (1, 1)
    assert [line["image"] for line in lines] == ["a.png", "a.png"]
    assert [line["file"]["path"] for line in lines] == [str(path) for path in places.values()]
    assert [center(line) for line in lines] == pytest.approx([30, 60], abs=1)
    table = Results(tmp_path / "out").write_table().read_text().splitlines()
    assert [line.rpartition(",")[2] for line in table[1:]] == list(map(str, places.values()))
    drawn = list((tmp_path / "out" / "drawn").iterdir())
    crops = list((tmp_path / "out" / "crops").iterdir())
    assert len(drawn) == len(crops) == 2
    assert drawn[0].read_bytes() != drawn[1].read_bytes()
    detector = Detector()
    for path in places.values():
        monkeypatch.chdir(path.parent)
        run(tmp_path, ["a.png"], detector, draw=True, crops=True)
    assert detector.looked_at == 0


def test_results_of_earlier_versions_are_kept_for_older_files(folder, tmp_path):
    given = ["in/face.png", "in/none.jpg", "in/clip.avi"]
    _, lines = run(tmp_path, given=given)
    path = tmp_path / "out" / "faces.jsonl"
    old = [{k: v for k, v in line.items() if k != "file"} for line in lines]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in old))
    detector = Detector()
    (looked_at, faces, _), again = run(tmp_path, given, detector)
    assert (detector.looked_at, looked_at, faces) == (0, 2 + 12, 1 + 12)
    assert again == lines
    path.write_text("".join(f"{json.dumps(line)}\n" for line in old))
    os.utime(path, ns=(1, 1))  # and then the files came
    run(tmp_path, ["in/face.png"], detector)
    assert detector.looked_at == 1


def test_a_folder_that_was_moved_keeps_its_rows(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder)
    run(tmp_path, given=["."])
    moved = tmp_path / "elsewhere"
    folder.rename(moved)
    monkeypatch.chdir(moved)
    detector = Detector()
    (looked_at, _, _), lines = run(tmp_path, ["."], detector)
    assert (detector.looked_at, looked_at) == (0, 2 + 12)
    assert {line["file"]["path"] for line in lines} == {str(each) for each in moved.iterdir()}


# --- Links ---------------------------------------------------------------------------------------


def test_a_link_and_its_target_each_have_a_row(folder, tmp_path):
    (folder / "link.png").symlink_to(folder / "face.png")
    (looked_at, faces, _), lines = run(tmp_path, given=["in/link.png", "in/face.png"])
    assert (looked_at, faces) == (2, 2)
    assert [line["image"] for line in lines] == ["in/link.png", "in/face.png"]


# --- What cannot be written ----------------------------------------------------------------------


def test_an_image_with_a_long_chinese_name_is_drawn_and_cropped(folder, tmp_path):
    name = "\u732b" * 80 + ".png"
    (folder / "face.png").rename(folder / name)
    (looked_at, _, skipped), lines = run(tmp_path, given=["in"], draw=True, crops=True)
    assert looked_at == 2 + 12
    assert not [reason for reason in skipped.counts if "drawn" in reason or "cut" in reason]
    assert f"in/{name}" in [line["image"] for line in lines]
    out = tmp_path / "out"
    for kind in ("drawn", "crops"):
        assert len(list((out / kind / "in").glob("\u732b*.jpg"))) == 1


def refuse(monkeypatch, number):
    real = drawings_and_crops.save_image

    def save(path, image):
        if "face" in path.name:
            raise OSError(number, os.strerror(number), str(path))
        real(path, image)

    monkeypatch.setattr(drawings_and_crops, "save_image", save)


@pytest.mark.parametrize("number", [errno.ENAMETOOLONG, errno.EINVAL, errno.EACCES, errno.EISDIR])
def test_a_failed_drawing_is_reported_and_does_not_stop_the_run(
    folder, tmp_path, monkeypatch, number
):
    refuse(monkeypatch, number)
    for _ in range(2):  # and on a restart
        (looked_at, faces, skipped), _ = run(tmp_path, draw=True, crops=True)
        assert (looked_at, faces) == (2 + 12, 1 + 12)
        assert skipped.names[f"not drawn, {os.strerror(number)}"] == ["in/face.png"]
        assert skipped.names[f"not cropped, {os.strerror(number)}"] == ["in/face.png"]
        assert (tmp_path / "out" / "drawn" / "in" / "none.jpg").exists()
        assert (tmp_path / "out" / "drawn" / "in" / "clip.avi.mp4").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_stops_the_run_with_a_message(folder, tmp_path, monkeypatch, number):
    refuse(monkeypatch, number)
    with pytest.raises(OSError, match=os.strerror(number)):
        run(tmp_path, draw=True)


def test_a_folder_at_the_path_of_a_drawing_does_not_stop_the_run(folder, tmp_path):
    (tmp_path / "out" / "drawn" / "in" / "face.png.jpg").mkdir(parents=True)
    (tmp_path / "out" / "drawn" / "in" / "clip.avi.mp4").mkdir()
    (looked_at, _, _), _ = run(tmp_path, draw=True)
    assert looked_at == 2 + 12


def test_a_video_that_cannot_be_drawn_does_not_stop_the_run(folder, tmp_path, monkeypatch):
    def write(self, image):
        raise UserError("A video of (96, 72) cannot be written here; leave --draw out.")

    monkeypatch.setattr(drawings_and_crops.VideoWriter, "write", write)
    (looked_at, _, skipped), _ = run(tmp_path, draw=True, crops=True)
    assert looked_at == 2 + 12
    assert len(list((tmp_path / "out" / "crops" / "in" / "clip.avi").iterdir())) == 12
    assert any(
        reason.endswith("cannot be written here; leave --draw out") for reason in skipped.counts
    )


def test_an_incomplete_drawn_video_on_a_full_disk_is_an_error(folder, tmp_path, monkeypatch):
    def write(self, image):  # what a full disk leaves of it
        self._path.write_bytes(b"\0" * 20)

    monkeypatch.setattr(drawings_and_crops.VideoWriter, "write", write)
    (_, _, skipped), _ = run(tmp_path, draw=True)
    assert skipped.names["not drawn, not a video that can be decoded"] == ["in/clip.avi"]
    assert not (tmp_path / "out" / "drawn" / "in" / "clip.avi.mp4").exists()
    monkeypatch.setattr(drawings_and_crops.shutil, "disk_usage", lambda path: Full())
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        run(tmp_path, draw=True)


class Full:
    free = 0


def test_predictions_that_are_not_finite_name_the_image(folder, tmp_path):
    class Spoilt:
        def predict_on_batch(self, crops):
            return {"detection": np.full((len(crops), 2), np.nan)}

    def propose(image):
        return np.array([[0, 0, 9, 9]])

    with pytest.raises(UserError, match=r"^in/face\.png: The network's predictions"):
        run(tmp_path, ["in/face.png"], FaceDetector(Spoilt(), propose=propose))
    with pytest.raises(UserError, match=r"^in/clip\.avi, frame 0: The network's predictions"):
        run(tmp_path, ["in/clip.avi"], FaceDetector(Spoilt(), propose=propose))
