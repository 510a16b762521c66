import inspect
import tracemalloc
from itertools import islice

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matroska import save_matroska
from PIL import Image

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage
from hyperface.images.packets import is_cut_short
from hyperface.images.reading import UnreadableImage, decode_image
from hyperface.images.video import VideoFacts, read_facts, read_frame, read_frames

FRAMES, WIDTH, HEIGHT = 45, 64, 48
CODECS = {".avi": "MJPG", ".mp4": "mp4v"}
CHUNK = b"00dc"  # before every frame of an .avi


def save_video(path, frames=FRAMES):
    """A video whose frame n is gray at 10 + 5n, red in its left half."""
    codec = cv2.VideoWriter_fourcc(*CODECS[path.suffix])
    writer = cv2.VideoWriter(str(path), codec, 25, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for number in range(frames):
        image = np.full((HEIGHT, WIDTH, 3), 10 + 5 * number % 225, np.uint8)
        image[:, : WIDTH // 2] = (0, 0, 255)  # BGR
        writer.write(image)
    writer.release()
    return path


def number_of(image):
    """Which frame this is; the codecs darken it by up to 3."""
    return round((image[8:-8, WIDTH // 2 + 16 :].mean() - 8.5) / 5)


@pytest.fixture(scope="module", params=sorted(CODECS))
def video(request, tmp_path_factory):
    return save_video(tmp_path_factory.mktemp("video") / f"film{request.param}")


@pytest.fixture(scope="module")
def avi(tmp_path_factory):
    return save_video(tmp_path_factory.mktemp("video") / "film.avi")


def test_facts_have_frames_rate_and_size(video):
    assert read_facts(video) == VideoFacts(FRAMES, 25.0, WIDTH, HEIGHT)


def test_every_frame_is_read_once_in_order(video):
    frames = list(read_frames(video))
    assert [frame.number for frame in frames] == list(range(FRAMES))
    assert [number_of(image) for _, _, image in frames] == list(range(FRAMES))
    image = frames[3].image
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    red, green, blue = image[8:-8, 8:16].mean((0, 1))
    assert red > 200 > 60 > max(green, blue)


@pytest.mark.parametrize(("every", "count"), [(1, 45), (10, 5), (44, 2), (45, 1), (1000, 1)])
def test_every_gives_each_nth_frame(video, every, count):
    frames = [(number, number_of(image)) for number, _, image in read_frames(video, every)]
    assert frames == [(every * index, every * index) for index in range(count)]


def test_a_single_frame_equals_that_of_the_whole_video(video):
    whole = {frame.number: frame.image for frame in read_frames(video)}
    for number in (44, 0, 13, 12, 30, 13, 1):
        assert (read_frame(video, number) == whole[number]).all()


@pytest.mark.parametrize("number", [FRAMES, FRAMES + 1, 10**6, -1])
def test_a_missing_frame_raises(video, number):
    with pytest.raises(UnreadableImage, match="without that frame"):
        read_frame(video, number)


def test_a_frame_has_the_pixels_of_the_image(video, tmp_path):
    frame = AnnotatedImage(video, "film/31", "films", WIDTH, HEIGHT, frame=30)
    assert number_of(read_pixels(frame)) == 30
    path = tmp_path / "a.png"
    Image.new("RGB", (WIDTH, HEIGHT), "red").save(path)
    image = AnnotatedImage(path, "a.png", "films", WIDTH, HEIGHT)
    assert (read_pixels(image) == decode_image(path)).all()


def test_frames_in_a_lost_end_are_counted(avi, tmp_path):
    content = avi.read_bytes()
    path = tmp_path / "cut.avi"
    path.write_bytes(content[: len(content) * 6 // 10])
    frames = list(read_frames(path))
    assert [frame.number for frame in frames] == list(range(FRAMES))
    lost = [number for number, _, image in frames if image is None]
    assert 0 < len(lost) < FRAMES
    assert lost == list(range(lost[0], FRAMES))
    assert [number_of(image) for _, _, image in frames[: lost[0]]] == list(range(lost[0]))
    assert [frame.number for frame in read_frames(path, 10)] == [0, 10, 20, 30, 40]
    assert number_of(read_frame(path, lost[0] - 1)) == lost[0] - 1
    for number in (lost[0], FRAMES - 1):
        with pytest.raises(UnreadableImage, match="without that frame"):
            read_frame(path, number)


@pytest.fixture
def with_broken_frame(avi, tmp_path):
    """A copy in which the bytes of frame 19 are zeros."""
    content = bytearray(avi.read_bytes())
    place = content.index(b"movi")
    for _ in range(20):
        place = content.index(CHUNK, place + 1)
    size = int.from_bytes(content[place + 4 : place + 8], "little")
    content[place + 8 : place + 8 + size] = bytes(size)
    (tmp_path / "broken.avi").write_bytes(content)
    return tmp_path / "broken.avi"


def test_a_broken_frame_does_not_affect_others(with_broken_frame):
    frames = list(read_frames(with_broken_frame))
    assert [frame.number for frame in frames] == list(range(FRAMES))
    assert [number for number, _, image in frames if image is None] == [19]
    assert all(image is None or number_of(image) == number for number, _, image in frames)


def test_a_frame_after_a_broken_one_is_still_that_frame(with_broken_frame):
    for number in (18, 20, 21, 25, 44):
        assert number_of(read_frame(with_broken_frame, number)) == number
    with pytest.raises(UnreadableImage):
        read_frame(with_broken_frame, 19)


def test_files_that_are_not_videos_raise(avi, tmp_path):
    (tmp_path / "empty.avi").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("not a video")
    (tmp_path / "head.avi").write_bytes(avi.read_bytes()[:300])
    (tmp_path / "folder.avi").mkdir()
    for name in ("empty.avi", "text.mp4", "head.avi"):
        assert reasons(tmp_path / name) == {"not a video that can be decoded"}
    for name in ("folder.avi", "gone.avi", "a\0.avi", "x" * 300 + ".avi"):
        assert reasons(tmp_path / name) == {"no such video file"}


def reasons(path):
    found = set()
    for read in (
        read_facts,
        lambda path: read_frame(path, 0),
        lambda path: list(read_frames(path)),
    ):
        with pytest.raises(UnreadableImage) as caught:
            read(path)
        assert caught.value.reason == str(caught.value)
        found.add(caught.value.reason)
    return found


def test_frames_above_the_limit_raise(avi, monkeypatch):
    monkeypatch.setattr("hyperface.images.video.MAX_PIXELS", WIDTH * HEIGHT - 1)
    assert reasons(avi) == {"video of 64 x 48 pixels, over the limit of 3,071"}


def test_memory_does_not_grow_with_the_video(tmp_path):
    path = save_video(tmp_path / "long.avi", frames=300)
    assert inspect.isgenerator(read_frames(tmp_path / "gone.avi"))  # opens nothing yet
    frames = read_frames(path)
    next(frames)
    tracemalloc.start()
    assert sum(1 for _ in frames) == 299
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * WIDTH * HEIGHT * 3  # a few frames


@given(st.binary(max_size=200), st.integers(0, 16_000), st.booleans())
def test_any_bytes_give_frames_or_a_reason(avi, tmp_path, content, place, alone):
    whole = avi.read_bytes()
    path = tmp_path / "any.avi"
    path.write_bytes(content if alone else whole[:place] + content + whole[place + len(content) :])
    try:
        for _, _, image in islice(read_frames(path), 2 * FRAMES):
            assert image is None or image.ndim == 3
    except UnreadableImage as error:
        assert error.reason


def test_a_damaged_size_of_a_matroska_file_is_no_error_of_the_system(tmp_path):
    path = save_matroska(tmp_path / "a.webm", [0, 40], [np.zeros((48, 64, 3), np.uint8)] * 2)
    content = path.read_bytes()
    segment = content.index(bytes.fromhex("18538067")) + 4
    size = bytes.fromhex("017f7f7f7f7f7f7f")
    path.write_bytes(content[:segment] + size + content[segment + 8 :])
    assert not is_cut_short(path)
