import cv2
import numpy as np
import pytest

from hyperface.annotations.unlabeled import unlabeled_pictures
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


def test_pictures_and_frames_in_order(tmp_path, make_picture, clip, rejects):
    place = tmp_path / "place"
    make_picture(place / "a.jpg")
    make_picture(place / "c.PNG", 30, 20)
    make_picture(place / ".hidden.jpg")
    (place / "notes.txt").touch()
    (place / "b" / "loop").symlink_to(place)
    pictures = list(unlabeled_pictures(place, 10, rejects))
    assert [picture.name for picture in pictures] == [
        *("a.jpg", "c.PNG", "b/clip.avi/000001", "b/clip.avi/000011", "b/clip.avi/000021"),
    ]
    assert [picture.frame for picture in pictures] == [None, None, 0, 10, 20]
    assert {(p.width, p.height) for p in pictures} == {(200, 150), (30, 20), (64, 48)}
    assert not any(picture.faces or picture.complete for picture in pictures)
    assert rejects.lines() == []


def test_one_file(tmp_path, make_picture, clip, rejects):
    (picture,) = unlabeled_pictures(make_picture(tmp_path / "a.jpg"), 1, rejects)
    assert picture.name == "a.jpg"
    assert len(list(unlabeled_pictures(clip, 1, rejects))) == 25


def test_what_cannot_be_read_is_said(tmp_path, make_picture, rejects):
    make_picture(tmp_path / "good.jpg")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "text.mp4").write_text("no video")
    assert [p.name for p in unlabeled_pictures(tmp_path, 1, rejects)] == ["good.jpg"]
    assert rejects.counts == {"an empty file": 1, "not a video that can be decoded": 2}


def test_nothing_there(tmp_path, rejects):
    with pytest.raises(UserError, match="no file or folder"):
        list(unlabeled_pictures(tmp_path / "none", 1, rejects))


def test_a_picture_with_an_unusual_suffix_is_counted(tmp_path, make_picture, rejects):
    picture = make_picture(tmp_path / "a.jpg")
    (tmp_path / "b.jpeg~").write_bytes(picture.read_bytes())
    picture.rename(tmp_path / "a.JPE")
    (tmp_path / "notes.txt").touch()
    assert [picture.name for picture in unlabeled_pictures(tmp_path, 1, rejects)] == ["a.JPE"]
    assert rejects.names == {
        "picture with the suffix '.jpeg~', not read; give it its format's": ["b.jpeg~"],
    }


def test_videos_are_known_by_their_content(tmp_path, clip, rejects):
    clip.rename(clip.with_name("clip"))
    (clip.parent / "index.ts").write_text("export const answer = 42;\n")
    pictures = list(unlabeled_pictures(clip.parent, 10, rejects))
    assert [picture.name for picture in pictures] == [f"clip/{n:06d}" for n in (1, 11, 21)]
    assert rejects.counts == {"not a picture or video of a known format": 1}
