import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.readers import video_300vw
from hyperface.annotations.record import SkipReport
from hyperface.images.video import read_facts

WIDTH, HEIGHT = 64, 48
CODECS = {".avi": "MJPG", ".mp4": "mp4v", ".mpg": "mpg1"}


def save_video(path, frames=45):
    """A video whose frame n is gray at 10 + 5n."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codec = cv2.VideoWriter_fourcc(*CODECS[path.suffix])
    writer = cv2.VideoWriter(str(path), codec, 25, (WIDTH, HEIGHT))
    for number in range(frames):
        writer.write(np.full((HEIGHT, WIDTH, 3), 10 + 5 * number, np.uint8))
    writer.release()
    return path


def forget_frame_count(path):
    """As a recorder leaves an AVI that it could not complete: no count in either header, no index.

    The count is the fifth number of the file's header, `avih`, the ninth of the stream's, `strh`.
    """
    content = path.read_bytes()
    content = bytearray(content[: content.rindex(b"idx1")])
    for header, offset in ((b"avih", 16), (b"strh", 32)):
        start = content.index(header) + 8 + offset
        content[start : start + 4] = bytes(4)
    path.write_bytes(content)


def number_of(image):
    """Which frame this is; the codecs darken it by up to 3."""
    return round((image.mean() - 8.5) / 5)


def pts(points):
    lines = [f"{x:.4f} {y:.4f}" for x, y in points]
    return "\n".join(["version: 1", "n_points: 68", "{", *lines, "}"]) + "\n"


@pytest.fixture
def annotate(face_68):
    """Writes the points of frames, counted from 1, of a face that moves right by a tenth pixel."""

    def write(clip, frames):
        (clip / "annot").mkdir(parents=True, exist_ok=True)
        for frame in frames:
            points = face_68(scale=8, x=24 + frame / 10, y=24) + 0.5  # pixels counted from 1
            (clip / "annot" / f"{frame:06}.pts").write_text(pts(points))

    return write


@pytest.fixture
def clips(tmp_path, annotate):
    """Two clips: 001 with 45 frames, 002 with 12."""
    for name, frames in ("001", 45), ("002", 12):
        save_video(tmp_path / name / "vid.avi", frames)
        annotate(tmp_path / name, range(1, frames + 1))
    return tmp_path


def test_every_tenth_frame_clip_by_clip(clips, skipped, face_landmarks):
    assert video_300vw.recognizes(clips)
    images = list(video_300vw.read(clips, skipped))
    assert skipped.lines() == []
    first = ["001/000001", "001/000011", "001/000021", "001/000031", "001/000041"]
    assert [image.name for image in images] == [*first, "002/000001", "002/000011"]
    assert [image.frame for image in images] == [0, 10, 20, 30, 40, 0, 10]
    assert [image.path.parent.name for image in images] == ["001"] * 5 + ["002"] * 2
    third = images[2]
    assert third.path == clips / "001" / "vid.avi"
    assert (third.source, third.width, third.height) == ("300vw", WIDTH, HEIGHT)
    assert third.split is None
    assert not third.complete  # other people may pass
    (face,) = third.faces
    expected = face_landmarks(scale=8, x=24 + 2.1, y=24)
    labeled = np.setdiff1d(np.arange(21), [12, 16])
    np.testing.assert_allclose(face.landmarks[labeled], expected[labeled], atol=1e-3)
    assert np.isnan(face.landmarks[[12, 16]]).all()
    np.testing.assert_allclose(np.degrees(face.pose), [0, 0, 0], atol=0.1)
    assert np.isnan(face.gender)


def test_a_clip_is_one_person(clips, skipped):
    images = list(video_300vw.read(clips, skipped))
    people = [face.person for image in images for face in image.faces]
    assert people == ["300vw 001"] * 5 + ["300vw 002"] * 2


def test_pixels_are_those_of_the_frame(clips, skipped):
    for image in video_300vw.read(clips, skipped):
        pixels = read_pixels(image)
        assert pixels.shape == (image.height, image.width, 3)
        assert number_of(pixels) == image.frame


def test_one_clip_alone(clips, skipped):
    assert video_300vw.recognizes(clips / "002")
    names = [image.name for image in video_300vw.read(clips / "002", skipped)]
    assert names == ["002/000001", "002/000011"]


def test_hidden_points_are_marked(clips, skipped, face_68):
    points = face_68(scale=8, x=32, y=24, yaw=20) + 0.5
    (clips / "001" / "annot" / "000001.pts").write_text(pts(points))
    first, second, *_ = video_300vw.read(clips, skipped)
    assert np.flatnonzero(first.faces[0].visibility == 0).tolist() == [13]
    assert np.flatnonzero(second.faces[0].visibility == 0).tolist() == []


def test_annotation_beyond_the_end_is_counted(clips, skipped, annotate):
    annotate(clips / "002", [21, 31])
    assert len(list(video_300vw.read(clips, skipped))) == 7
    assert skipped.counts == {"annotation of a frame that the video does not have": 2}
    assert skipped.names.popitem()[1] == ["002/000021", "002/000031"]


def test_clip_that_announces_no_frame_count(clips, skipped, annotate):
    forget_frame_count(clips / "001" / "vid.avi")
    assert read_facts(clips / "001" / "vid.avi").frames == 45  # counted
    annotate(clips / "001", [51])
    images = list(video_300vw.read(clips, skipped))
    assert [image.frame for image in images] == [0, 10, 20, 30, 40, 0, 10]
    assert [number_of(read_pixels(image)) for image in images] == [0, 10, 20, 30, 40, 0, 10]
    assert skipped.counts == {"annotation of a frame that the video does not have": 1}
    assert skipped.names.popitem()[1] == ["001/000051"]


def test_clip_that_announces_too_few_frames(tmp_path, skipped, annotate):
    clip = tmp_path / "001"
    video = save_video(clip / "vid.mpg", 41)
    assert read_facts(video).frames == 41  # a program stream tells its length in time alone
    annotate(clip, range(1, 42))
    assert [image.frame for image in video_300vw.read(clip, skipped)] == [0, 10, 20, 30, 40]
    assert skipped.lines() == []


def test_annotation_not_named_by_its_frame_is_counted(clips, skipped):
    annotated = clips / "002" / "annot"
    (annotated / "000011.pts").rename(annotated / "frame_000011.pts")
    assert [image.frame for image in video_300vw.read(clips / "002", skipped)] == [0]
    assert skipped.counts == {"annotation not named by the number of its frame": 1}


def test_annotation_of_frame_0_is_counted(clips, skipped, annotate):
    annotate(clips / "002", [0])  # they count from 1
    assert len(list(video_300vw.read(clips, skipped))) == 7
    assert skipped.counts == {"annotation of a frame that the video does not have": 1}


def test_frames_without_annotation_are_skipped(clips, skipped):
    (clips / "001" / "annot" / "000011.pts").unlink()
    frames = [image.frame for image in video_300vw.read(clips, skipped)]
    assert frames == [0, 20, 30, 40, 0, 10]
    assert skipped.lines() == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "no such video file"), (b"", "not a video"), (b"RIFF none", "not a video")],
)
def test_clip_without_its_video_is_counted_and_the_rest_read(clips, skipped, content, reason):
    video = clips / "001" / "vid.avi"
    video.unlink()
    if content is not None:
        video.write_bytes(content)
    assert [image.frame for image in video_300vw.read(clips, skipped)] == [0, 10]
    (line,) = skipped.lines()
    assert line.startswith("1 x")
    assert reason in line
    assert "001/vid.avi" in line


def test_video_under_another_name(clips, skipped):
    (clips / "002" / "vid.avi").unlink()
    save_video(clips / "002" / "clip.mp4", 12)
    images = list(video_300vw.read(clips / "002", skipped))
    assert [image.path.name for image in images] == ["clip.mp4"] * 2
    assert [number_of(read_pixels(image)) for image in images] == [0, 10]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "68 lines"),
        ("{\n1 2\n}\n", "68 lines"),
        (pts([(1, 1)] * 68).replace("1.0000", "x"), "not a number"),
        (pts([(-1, -1)] * 68), "fewer than 4 usable landmarks"),
        (pts([(1e30, 5)] * 68), "far outside"),
    ],
)
def test_bad_points_are_counted_and_the_rest_read(clips, skipped, content, reason):
    (clips / "001" / "annot" / "000011.pts").write_text(content)
    frames = [image.frame for image in video_300vw.read(clips, skipped)]
    assert frames == [0, 20, 30, 40, 0, 10]
    assert any(reason in line and "001/000011" in line for line in skipped.lines())


def test_other_folders_are_not_recognized(tmp_path):
    save_video(tmp_path / "001" / "vid.avi", 2)
    assert not video_300vw.recognizes(tmp_path)


@given(
    content=st.binary(max_size=400)
    | st.text("0123456789.-+naif {}\n:e", max_size=400).map(str.encode)
)
def test_any_bytes_give_a_face_or_a_reason(clips, content):
    (clips / "002" / "annot" / "000011.pts").write_bytes(content)
    skipped = SkipReport()
    images = list(video_300vw.read(clips / "002", skipped))
    assert len(images) + sum(skipped.counts.values()) >= 2


def test_a_unreadable_clip_is_counted_and_the_rest_read(clips, closed, skipped):
    closed(clips / "001")
    assert video_300vw.recognizes(clips)
    assert {image.name[:3] for image in video_300vw.read(clips, skipped)} == {"002"}
    assert skipped.names == {"no permission to read the folder": [str(clips / "001")]}


def test_suffix_in_capitals(clips, skipped):
    for path in list((clips / "002" / "annot").iterdir()):
        path.rename(path.with_suffix(".PTS"))
    assert len(list(video_300vw.read(clips, skipped))) == 5 + 2
    assert skipped.lines() == []
