import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from hyperface.annotations.finding import (
    BY_NAME,
    READERS,
    find_readers,
    read_all,
    refuse_missing_data,
)
from hyperface.annotations.record import SkipReport
from hyperface.annotations.splitting import split_images
from hyperface.errors import UserError
from hyperface.images.fingerprints import fingerprint_all, near_identical_groups


def by_source(images):
    return Counter(image.source for image in images)


@pytest.fixture
def own_set(make_image):
    """Makes a folder of the project's own format with one image and one face."""

    def make(folder, file="a.jpg"):
        make_image(folder / file)
        face = {"box": [10, 20, 60, 80]}
        content = {"format": "hyperface-faces", "version": 1}
        content["pictures"] = [{"file": file, "faces": [face]}]
        (folder / "faces.json").write_text(json.dumps(content))
        return folder

    return make


def found(folder):
    return [
        (reader.NAME, place.relative_to(folder).as_posix())
        for reader, place in find_readers(folder, SkipReport())
    ]


def test_every_layout_in_one_folder(tmp_path, own_set, make_image):
    own_set(tmp_path / "mine")
    make_image(tmp_path / "deep" / "down" / "no_faces" / "a.jpg")
    make_image(tmp_path / "helen" / "trainset" / "1.jpg").with_suffix(".pts").touch()
    make_image(tmp_path / "utk" / "26_0_2_20170104023102422.jpg.chip.jpg")
    (tmp_path / "yt").mkdir()
    (tmp_path / "yt" / "training_frames_keypoints.csv").touch()
    (tmp_path / "mtfl").mkdir()
    (tmp_path / "mtfl" / "training.txt").write_text("net_7876\\a.jpg" + " 1" * 14)
    assert found(tmp_path) == [
        ("no_faces", "deep/down/no_faces"),
        ("points_68", "helen/trainset"),
        ("own_faces", "mine"),
        ("mtfl", "mtfl"),
        ("utkface", "utk"),
        ("youtube_faces", "yt"),
    ]


def test_a_prefix_names_the_data_set_of_a_folder(tmp_path, own_set, make_image):
    make_image(own_set(tmp_path / "both") / "no_faces" / "b.jpg")
    (tmp_path / "both" / "NO_FACES").touch()
    assert by_source(read_all("both", tmp_path)[0]) == {"both": 1}
    assert by_source(read_all("no_faces:both", tmp_path)[0]) == {"no_faces": 2}
    assert by_source(read_all("No_Faces : both + own_faces:both", tmp_path)[0]) == {"no_faces": 2}
    with pytest.raises(UserError, match=r"recognized in .*both; expected:\n  - aflw\.sqlite"):
        read_all("aflw:both", tmp_path)
    with pytest.raises(UserError, match=r"put the data set there \(from: TU Graz"):
        read_all("aflw:nowhere", tmp_path)
    (tmp_path / "aflw:odd").mkdir()
    own_set(tmp_path / "aflw:odd")
    assert by_source(read_all("aflw:odd", tmp_path)[0]) == {"aflw:odd": 1}


def test_every_reader_says_what_it_reads_and_where_to_get_it():
    project = Path(__file__).resolve().parents[2]
    readme = (project / "README.md").read_text(encoding="utf-8")
    table = (project / "docs" / "data-sets.md").read_text(encoding="utf-8")
    for reader in READERS:
        assert reader.LAYOUT and reader.SOURCE
        names = (reader.NAME, *getattr(reader, "ALIASES", ()))
        assert any(f"`{name}`" in readme for name in names), reader.NAME
        assert any(re.search(rf"^\|[^|]*`{name}`", table, re.MULTILINE) for name in names), (
            reader.NAME
        )
        assert all(BY_NAME[name] is reader for name in names)


def test_the_folder_itself_belongs_to_its_reader(tmp_path, own_set, make_image):
    own_set(tmp_path)
    make_image(tmp_path / "no_faces" / "a.jpg")
    assert found(tmp_path) == [("own_faces", ".")]


def test_another_training_txt_is_not_mtfl(tmp_path):
    (tmp_path / "training.txt").write_text("some words")
    assert found(tmp_path) == []


def test_links_in_a_loop_end(tmp_path, own_set):
    own_set(tmp_path / "mine")
    for name in ("loop", "mine2"):
        (tmp_path / name).symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    assert found(tmp_path) == [("own_faces", "mine")]


def test_a_linked_data_set_is_found(tmp_path, own_set):
    own_set(tmp_path / "elsewhere" / "mine")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "link").symlink_to(tmp_path / "elsewhere" / "mine")
    assert found(tmp_path / "data") == [("own_faces", "link")]


def test_read_all_joins_data_sets(tmp_path, own_set, make_image):
    own_set(tmp_path / "mine")
    own_set(tmp_path / "yours", "b.jpg")
    make_image(tmp_path / "bad" / "no_faces" / "c.jpg")
    (tmp_path / "bad" / "no_faces" / "d.jpg").touch()
    images, skipped = read_all(" mine +yours+ bad + mine", tmp_path)
    counts = by_source(images)
    assert counts == {"mine": 1, "yours": 1, "no_faces": 1}
    assert [image.name for image in images] == ["a.jpg", "b.jpg", "c.jpg"]
    assert skipped.counts == {"an empty file": 1}
    assert by_source(read_all(str(tmp_path), tmp_path / "any")[0]) == counts
    assert by_source(read_all("../mine", tmp_path / "bad")[0]) == {"mine": 1}


def test_odd_file_names_pass_every_step(tmp_path, make_image):
    odd = ["ä ö.jpg", "new\nline.jpg", "-rf.jpg", os.fsdecode(b"latin\xff.jpg")]
    for name in odd:
        make_image(tmp_path / "no_faces" / name)
    images, _ = read_all("no_faces", tmp_path)
    assert {image.name for image in images} == set(odd)
    hashes, broken = fingerprint_all([(p.path, p.frame) for p in images], tmp_path / "cache.npy")
    assert broken == {}
    split_images(images, near_identical_groups(hashes), 0.5, seed=0)


def test_a_folder_may_have_a_plus_in_its_name(tmp_path, own_set):
    own_set(tmp_path / "a+b")
    assert by_source(read_all("a+b", tmp_path)[0]) == {"a+b": 1}


def test_a_path_starts_from_the_current_folder_or_else_the_projects(tmp_path, own_set, monkeypatch):
    here, project = tmp_path / "here", tmp_path / "project"
    for folder in (here, project):
        folder.mkdir()
    own_set(project / "faces")
    monkeypatch.chdir(here)
    images, _ = read_all("faces", project)
    assert all(image.path.is_relative_to(project) for image in images)
    own_set(here / "faces")
    images, _ = read_all("faces", project)
    assert images and all(image.path.is_relative_to(here) for image in images)
    with pytest.raises(UserError, match=r"no folder .*/here/gone or .*/project/gone; put"):
        read_all("gone", project)


def test_two_data_sets_with_one_name_are_reported(tmp_path, own_set):
    own_set(tmp_path / "x" / "mine")
    own_set(tmp_path / "y" / "mine")
    images, skipped = read_all("x+y", tmp_path)
    assert len(images) == 1
    assert "rename a folder" in skipped.lines()[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("nowhere", "no folder .*nowhere.*put the data set there"),
        ("empty", "No data set is recognized"),
        ("empty", r"faces\.json"),
        ("empty", r"need annotations: data/README\.md"),
        ("", "give the path of a folder"),
        ("empty+", "give the path of a folder"),
        ("file.txt", "no folder"),
        ("a\0b", "no folder"),
    ],
)
def test_missing_data_is_a_user_error(tmp_path, data, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").touch()
    with pytest.raises(UserError, match=message):
        read_all(data, tmp_path)


def test_a_set_without_a_usable_image(tmp_path, own_set):
    (own_set(tmp_path / "mine") / "a.jpg").unlink()
    with pytest.raises(UserError, match="none of their images can be used: 1 x no such image file"):
        read_all("mine", tmp_path)


def test_a_unreadable_folder_is_counted_and_the_rest_read(tmp_path, own_set, make_image, closed):
    own_set(tmp_path / "mine")
    own_set(tmp_path / "deep" / "yours", "b.jpg")
    make_image(tmp_path / "no_faces" / "c.jpg")
    for folder in ("lost+found", "deep/lost+found", "no_faces/lost+found"):
        make_image(tmp_path / folder / "d.jpg")
        closed(tmp_path / folder)
    images, skipped = read_all(str(tmp_path), tmp_path)
    assert by_source(images) == {"mine": 1, "yours": 1, "no_faces": 1}
    assert skipped.counts == {"no permission to read the folder": 3}
    assert sorted(skipped.names["no permission to read the folder"]) == [
        str(tmp_path / folder)
        for folder in ("deep/lost+found", "lost+found", "no_faces/lost+found")
    ]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may look into every folder")
def test_a_really_unreadable_folder_is_counted_and_the_rest_read(tmp_path, own_set):
    own_set(tmp_path / "mine")
    for folder, mode in (("lost+found", 0), ("listed", 0o444)):
        own_set(tmp_path / folder).chmod(mode)
    try:
        images, skipped = read_all(str(tmp_path), tmp_path)
    finally:
        for folder in ("lost+found", "listed"):
            (tmp_path / folder).chmod(0o755)
    assert by_source(images) == {"mine": 1}
    assert skipped.counts == {"no permission to read the folder": 2}


def test_a_unreadable_file_of_perhaps_no_data_set_is_counted(tmp_path, own_set):
    own_set(tmp_path / "mine")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "training.txt").symlink_to(tmp_path / "mine")  # a folder
    (tmp_path / "other" / "face_boxes.txt").write_text("x")
    assert by_source(read_all(str(tmp_path), tmp_path)[0]) == {"mine": 1}


def test_nothing_but_a_unreadable_folder(tmp_path, closed):
    (tmp_path / "all").mkdir()
    closed(tmp_path / "all")
    with pytest.raises(UserError, match=r"recognized in .*no permission to read"):
        read_all("all", tmp_path)
    with pytest.raises(UserError, match="cannot be read"):
        read_all("lfw:all", tmp_path)
    with pytest.raises(UserError, match="no permission to read"):
        read_all("no_faces:all", tmp_path)


def test_a_folder_that_fails_otherwise_is_counted(tmp_path, own_set, monkeypatch):
    own_set(tmp_path / "mine")
    (tmp_path / "stale").mkdir()

    def failing(look_into):
        def stale(path="."):
            if Path(path) == tmp_path / "stale":
                raise OSError(116, "Stale file handle", str(path))
            return look_into(path)

        return stale

    for name in ("listdir", "scandir"):  # one is what pathlib calls, by the version of Python
        monkeypatch.setattr(os, name, failing(getattr(os, name)))
    images, skipped = read_all(str(tmp_path), tmp_path)
    assert by_source(images) == {"mine": 1}
    assert skipped.counts == {"a folder: Stale file handle": 1}


def test_missing_folders_are_refused_without_reading_any(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "faces.json").write_text("broken")
    refuse_missing_data("faces+helen:faces", tmp_path / "project")
    for data in ("faces+fases", "helen:fases"):
        with pytest.raises(UserError, match=r"no folder .*did you mean .*/faces\?"):
            refuse_missing_data(data, tmp_path / "project")
