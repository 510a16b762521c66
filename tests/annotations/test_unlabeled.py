import cv2
import numpy as np
import pytest

from hyperface.annotations.unlabeled import unlabeled_images
from hyperface.errors import UserError


@pytest.fixture
def clip(tmp_path):
    """A video of 25 frames of 64 x 48."""
    path = tmp_path / "place" / "b" / "clip.avi"
    path.parent.mkdir(parents=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    for number in range(25):
        writer.write(np.full((48, 64, 3), 10 * number, np.uint8))
    writer.release()
    return path


def test_images_and_frames_in_order(tmp_path, make_image, clip, skipped):
    place = tmp_path / "place"
    make_image(place / "a.jpg")
    make_image(place / "c.PNG", 30, 20)
    make_image(place / ".hidden.jpg")
    (place / "notes.txt").touch()
    (place / "b" / "loop").symlink_to(place)
    images = list(unlabeled_images(place, 10, skipped))
    assert [image.name for image in images] == [
        *("a.jpg", "c.PNG", "b/clip.avi/000001", "b/clip.avi/000011", "b/clip.avi/000021"),
    ]
    assert [image.frame for image in images] == [None, None, 0, 10, 20]
    assert {(p.width, p.height) for p in images} == {(200, 150), (30, 20), (64, 48)}
    assert not any(image.faces or image.complete for image in images)
    assert skipped.lines() == []


def test_one_file(tmp_path, make_image, clip, skipped):
    (image,) = unlabeled_images(make_image(tmp_path / "a.jpg"), 1, skipped)
    assert image.name == "a.jpg"
    assert len(list(unlabeled_images(clip, 1, skipped))) == 25


def test_what_cannot_be_read_is_reported(tmp_path, make_image, skipped):
    make_image(tmp_path / "good.jpg")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "text.mp4").write_text("no video")
    assert [p.name for p in unlabeled_images(tmp_path, 1, skipped)] == ["good.jpg"]
    assert skipped.counts == {"an empty file": 1, "not a video that can be decoded": 2}


def test_a_missing_path_is_a_user_error(tmp_path, skipped):
    with pytest.raises(UserError, match="no file or folder"):
        list(unlabeled_images(tmp_path / "none", 1, skipped))


def test_an_image_with_an_unusual_suffix_is_counted(tmp_path, make_image, skipped):
    image = make_image(tmp_path / "a.jpg")
    (tmp_path / "b.jpeg~").write_bytes(image.read_bytes())
    image.rename(tmp_path / "a.JPE")
    (tmp_path / "notes.txt").touch()
    assert [image.name for image in unlabeled_images(tmp_path, 1, skipped)] == ["a.JPE"]
    assert skipped.names == {
        "image with the suffix '.jpeg~', not read; give it the suffix of its format": ["b.jpeg~"],
    }


def test_videos_are_known_by_their_content(tmp_path, clip, skipped):
    clip.rename(clip.with_name("clip"))
    (clip.parent / "index.ts").write_text("export const answer = 42;\n")
    images = list(unlabeled_images(clip.parent, 10, skipped))
    assert [image.name for image in images] == [f"clip/{n:06d}" for n in (1, 11, 21)]
    assert skipped.counts == {"not an image or video of a known format": 1}
