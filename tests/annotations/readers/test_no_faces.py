import pytest

from hyperface.annotations.readers import no_faces


def test_folder_by_its_name(tmp_path, make_image, skipped):
    folder = tmp_path / "no_faces"
    make_image(folder / "b.jpg", 30, 20)
    make_image(folder / "animals" / "a.png", 10, 10)
    (folder / "notes.txt").touch()
    (folder / "loop").symlink_to(folder)
    assert no_faces.recognizes(folder)
    images = list(no_faces.read(folder, skipped))
    assert [image.name for image in images] == ["b.jpg", "animals/a.png"]
    assert (images[0].width, images[0].height) == (30, 20)
    assert all(image.complete and image.faces == () for image in images)
    assert skipped.lines() == []


def test_folder_by_its_marker(tmp_path):
    assert not no_faces.recognizes(tmp_path)
    (tmp_path / "NO_FACES").touch()
    assert no_faces.recognizes(tmp_path)


def test_linked_folders_are_followed_once(tmp_path, make_image, skipped):
    folder = tmp_path / "no_faces"
    make_image(folder / "b" / "b.jpg")
    make_image(tmp_path / "far" / "c.jpg")
    (folder / "a").symlink_to(folder / "b")
    (folder / "link").symlink_to(tmp_path / "far")
    (tmp_path / "far" / "back").symlink_to(folder)
    assert [image.name for image in no_faces.read(folder, skipped)] == ["b/b.jpg", "link/c.jpg"]
    assert skipped.lines() == []


def test_unreadable_folder_and_unusual_suffix_are_counted(tmp_path, make_image, closed, skipped):
    folder = tmp_path / "no_faces"
    image = make_image(folder / "a.jfif.jpg").rename(folder / "a.jfif")
    (folder / "b.jpg_large").write_bytes(image.read_bytes())
    make_image(folder / "lost+found" / "c.jpg")
    closed(folder / "lost+found")
    assert [image.name for image in no_faces.read(folder, skipped)] == ["a.jfif"]
    assert skipped.names == {
        "no permission to read the folder": [str(folder / "lost+found")],
        "image with the suffix '.jpg_large', not read; give it the suffix of its format": [
            "b.jpg_large"
        ],
    }


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff"])
def test_broken_image_is_counted(tmp_path, skipped, content):
    (tmp_path / "a.jpg").write_bytes(content)
    assert list(no_faces.read(tmp_path, skipped)) == []
    assert sum(skipped.counts.values()) == 1
