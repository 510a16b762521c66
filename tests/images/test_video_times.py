"""Times, rates, counts and names of videos, which headers and suffixes tell wrongly."""

import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from matroska import save_matroska

from hyperface.images.reading import UnreadableImage, decode_image, read_size
from hyperface.images.video import is_video, read_facts, read_frame, read_frames
from hyperface.images.video_writer import VideoWriter

WIDTH, HEIGHT = 64, 48
VARYING = [0, 20, 45, 90, 160, 1160, 2160, 2200]  # ms


def image_of(number):
    return np.full((HEIGHT, WIDTH, 3), 10 + 8 * number, np.uint8)


def number_of(image):
    return round((image.mean() - 10) / 8)


def save(path, code="MJPG", frames=20, rate=25):
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*code), rate, (WIDTH, HEIGHT)
    )
    if not writer.isOpened():
        pytest.skip(f"this OpenCV writes no {code} to {path.suffix}")
    for number in range(frames):
        writer.write(image_of(number))
    writer.release()
    return path


def varying(path, times=VARYING, **header):
    return save_matroska(path, times, [image_of(number) for number in range(len(times))], **header)


HEADERS = [
    {},
    {"duration_ms": 2240.0},
    {"duration_ms": 22.0, "frame_ns": 40_000_000},  # too few frames
    {"duration_ms": 30_000.0, "frame_ns": 40_000_000},  # too many
    {"duration_ms": 2240.0, "frame_ns": 11_111},  # 90,000 a second
    {"duration_ms": -5.0},
    {"duration_ms": float("nan")},
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_variable_rate_gives_each_frame_its_own_time(tmp_path, header):
    path = varying(tmp_path / "a.mkv", **header)
    frames = list(read_frames(path))
    assert [frame.number for frame in frames] == list(range(8))
    assert [number_of(frame.image) for frame in frames] == list(range(8))
    assert [frame.seconds for frame in frames] == pytest.approx([t / 1000 for t in VARYING])
    assert [frame.seconds for frame in read_frames(path, 4)] == pytest.approx([0, 0.16])
    assert read_facts(path).frames == 8
    assert 0 <= read_facts(path).rate < 1000


@pytest.mark.parametrize("header", HEADERS)
def test_a_single_frame_of_a_variable_rate_is_that_frame(tmp_path, header):
    path = varying(tmp_path / "a.mkv", **header)
    for number in (7, 0, 4, 5, 6, 1):
        assert number_of(read_frame(path, number)) == number
    with pytest.raises(UnreadableImage, match="without that frame"):
        read_frame(path, 8)


@pytest.mark.parametrize("times", [[0, 0, 0, 0], [0, 100, 100, 300], [0, 200, 100, 300]])
def test_times_that_do_not_increase_are_ignored(tmp_path, times):
    path = varying(tmp_path / "a.mkv", times)
    seconds = [frame.seconds for frame in read_frames(path)]
    assert seconds[0] == 0
    assert (np.diff(seconds) > 0).all()
    assert seconds[-1] < 1


def test_a_late_first_frame_keeps_its_time(tmp_path):
    path = varying(tmp_path / "a.mkv", [1000, 1040, 1080])
    seconds = [frame.seconds for frame in read_frames(path)]
    assert np.diff(seconds) == pytest.approx(0.04)
    assert seconds[0] in (0, 1)


def patched(path, target, at_key, offset, value):
    content = bytearray(path.read_bytes())
    place = content.index(at_key) + 8 + offset
    content[place : place + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")
    target.write_bytes(content)
    return target


# Of the chunks "avih" and "strh" of an .avi, by Microsoft's AVI RIFF file reference.
TOTAL_FRAMES, SCALE, RATE, LENGTH = 16, 20, 24, 32


@pytest.mark.parametrize("count", [0, 1, 5, 21, 1000, 10**6, -1])
def test_the_count_in_the_header_of_an_avi_is_ignored(tmp_path, count):
    path = patched(save(tmp_path / "a.avi"), tmp_path / "b.avi", b"avih", TOTAL_FRAMES, count)
    path = patched(path, tmp_path / "c.avi", b"strh", LENGTH, count)
    assert read_facts(path).frames == 20
    assert [number_of(image) for _, _, image in read_frames(path)] == list(range(20))


@pytest.mark.parametrize(
    ("scale", "rate", "seconds"),
    [(1, 10, 0.1), (1001, 30_000, 1001 / 30_000), (10, 1, 10), (1, 90_000, 0.04), (1, 0, 0.04)],
)
def test_an_impossible_rate_in_the_header_of_an_avi_is_ignored(tmp_path, scale, rate, seconds):
    path = patched(save(tmp_path / "a.avi"), tmp_path / "b.avi", b"strh", SCALE, scale)
    path = patched(path, tmp_path / "c.avi", b"strh", RATE, rate)
    times = [frame.seconds for frame in read_frames(path)]
    assert times == pytest.approx([n * seconds for n in range(20)], rel=1e-3)


class Liar:
    """A capture that tells what broken headers make OpenCV tell."""

    def __init__(self, capture, told):
        self._capture, self._told = capture, told

    def __getattr__(self, name):
        return getattr(self._capture, name)

    def get(self, what):
        return self._told.get(what, self._capture.get(what))


@pytest.mark.parametrize("rate", [0.0, -25.0, float("nan"), float("inf"), 90_000.0])
@pytest.mark.parametrize("count", [-1.0, 0.0, 3.0, 1e18, -9.2e18, float("nan")])
def test_a_wrong_rate_or_count_from_opencv_is_ignored(tmp_path, monkeypatch, rate, count):
    path = save(tmp_path / "a.avi")
    told = {cv2.CAP_PROP_FPS: rate, cv2.CAP_PROP_FRAME_COUNT: count}
    real = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", lambda *given: Liar(real(*given), told))
    facts = read_facts(path)
    assert (facts.frames, facts.rate) == (20, pytest.approx(25))
    frames = list(read_frames(path))
    assert [frame.seconds for frame in frames] == pytest.approx([n / 25 for n in range(20)])
    assert all(frame.image is not None for frame in frames)


@pytest.mark.parametrize("lost", [0.4, 0.1])
@pytest.mark.parametrize("suffix", [".avi", ".mkv"])
def test_frames_in_a_lost_end_are_still_counted(tmp_path, suffix, lost):
    path = save(tmp_path / f"a{suffix}")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * (1 - lost))])
    frames = list(read_frames(path))
    assert len(frames) == read_facts(path).frames == 20
    assert frames[0].image is not None and frames[-1].image is None
    assert [frame.seconds for frame in frames] == pytest.approx([n / 25 for n in range(20)])


@pytest.mark.parametrize(
    ("first", "shown", "frames"), [(0, 20, 20), (5, 10, 10), (14, 4, 4), (0, 5, 5)]
)
def test_a_trimmed_mp4_has_no_frames_outside_its_edit_list(tmp_path, first, shown, frames):
    content = bytearray(save(tmp_path / "a.mp4", "mp4v").read_bytes())
    header, edit = content.index(b"mvhd"), content.index(b"elst")
    scale = int.from_bytes(content[header + 16 : header + 20], "big")
    media = content.index(b"mdhd")
    media_scale = int.from_bytes(content[media + 16 : media + 20], "big")
    times = scale * shown // 25, media_scale * first // 25
    content[edit + 12 : edit + 20] = b"".join(time.to_bytes(4, "big") for time in times)
    (tmp_path / "b.mp4").write_bytes(content)
    found = list(read_frames(tmp_path / "b.mp4"))
    assert len(found) == read_facts(tmp_path / "b.mp4").frames == frames
    assert number_of(found[0].image) == first
    assert number_of(read_frame(tmp_path / "b.mp4", 3)) == first + 3


FORMATS = [
    *((".ts", "mp4v"), (".mts", "mp4v"), (".m2ts", "mp4v"), (".wmv", "WMV2"), (".flv", "FLV1")),
    *((".3gp", "mp4v"), (".vob", "MPG2"), (".mpg", "MPG1"), (".mjpeg", "MJPG"), (".asf", "WMV2")),
    *((".webm", "VP80"), (".mov", "mp4v"), (".m4v", "mp4v"), (".mkv", "MJPG"), (".avi", "MJPG")),
    *((".mxf", "MPG2"), (".rm", "RV10"), (".y4m", "I420"), (".m2v", "MPG2"), (".nut", "MJPG")),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("suffix", "code"), FORMATS)
def test_a_file_that_opencv_reads_is_a_video(tmp_path, suffix, code):
    path = save(tmp_path / f"a{suffix}", code)
    assert is_video(path)
    frames = list(read_frames(path))
    assert len(frames) == read_facts(path).frames == 20
    assert all(frame.image is not None for frame in frames)
    times = np.array([frame.seconds for frame in frames])
    assert np.diff(times) == pytest.approx(0.04, abs=0.002)
    assert 0 <= times[0] <= 0.04
    difference = read_frame(path, 12).astype(int) - frames[12].image
    assert np.abs(difference).max() <= 1
    if suffix not in (".mjpeg", ".m2v"):  # whose first bytes could be an image's
        for other in ("clip", "clip.bin", "clip.jpg"):
            assert is_video(path.rename(path.with_name(other)))
            path = path.with_name(other)


CODE = "export const size: number = 3; // größer\n"


@pytest.mark.parametrize("name", ["a.ts", "a.mts", "b.TS"])
@pytest.mark.parametrize("content", [CODE.encode(), CODE.encode() * 200, CODE.encode("utf-16")])
def test_a_typescript_program_is_not_a_video(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert not is_video(tmp_path / name)
    with pytest.raises(UnreadableImage) as caught:
        decode_image(tmp_path / name)
    assert caught.value.reason == "not an image or video of a known format"


@pytest.mark.parametrize("cut", range(4090, 4100))
def test_text_cut_within_a_character_is_text(tmp_path, cut):
    (tmp_path / "a.ts").write_bytes(b"a" * (cut - 1) + "ü€".encode() * 50)
    assert not is_video(tmp_path / "a.ts")


def test_images_are_not_videos(tmp_path):
    for suffix in ("jpg", "png", "gif", "webp", "tif"):
        cv2.imwrite(str(tmp_path / f"a.{suffix}"), image_of(3))
        path = shutil.copy(tmp_path / f"a.{suffix}", tmp_path / f"{suffix}.mp4")
        assert not is_video(path)
        assert decode_image(path).shape == (HEIGHT, WIDTH, 3)
    for brand in (b"heic", b"avif", b"crx ", b"M4A "):
        (tmp_path / "b").write_bytes(b"\0\0\0\x18ftyp" + brand + bytes(100))
        assert not is_video(tmp_path / "b")
    (tmp_path / "c.wma").write_bytes(bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(99))
    (tmp_path / "c.ogg").write_bytes(b"OggS" + bytes(24) + b"\x01vorbis")
    (tmp_path / "c.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    assert not any(is_video(tmp_path / name) for name in ("c.wma", "c.ogg", "c.wav", "none.txt"))
    assert is_video(tmp_path / "gone.mp4")  # to be said later, as a video


def test_a_video_read_as_an_image_raises(tmp_path):
    path = save(tmp_path / "a.avi").rename(tmp_path / "a.jpg")
    for read in (decode_image, read_size):
        with pytest.raises(UnreadableImage, match="a video, not an image"):
            read(path)


def test_a_playlist_opens_no_other_file(tmp_path):
    save(tmp_path / "a.avi")
    for text in ("ffconcat version 1.0\nfile a.avi\n", "#EXTM3U\n#EXTINF:1,\na.avi\n"):
        (tmp_path / "list.mp4").write_text(text)
        with pytest.raises(UnreadableImage, match="not a video that can be decoded"):
            read_facts(tmp_path / "list.mp4")


NAMES = [
    *("zoom:1.mp4", "file:a.mp4", "http:b.mp4", "concat:a|b.mp4", "subfile,,start,0,end,9,,:a.mp4"),
    *("%03d.mp4", "-", "-i.mp4", "a%20b?c#d.mp4", "[0-9]*.mp4", "größe 東京.mp4", "a\nb.mp4"),
    os.fsdecode(b"latin-\xfc.mp4"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_video_with_any_name_is_read(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    try:
        save(tmp_path / "a.avi").rename(tmp_path / name)
    except OSError:
        pytest.skip("this system has no such names")
    for path in (name, tmp_path / name):
        assert read_facts(path).frames == 20
        assert number_of(read_frame(path, 7)) == 7
        assert len(list(read_frames(path))) == 20


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".mp4")])
def test_a_video_with_any_name_is_written(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    writer = VideoWriter(Path(name), 25)
    for number in range(5):
        writer.write(image_of(number))
    writer.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert read_facts(tmp_path / name).frames == 5
