from pathlib import Path

import pytest

from hyperface.annotations.record import SkipReport
from hyperface.errors import UserError
from hyperface.predictions.inputs import find_inputs, refuse_missing

OUT = Path("out")  # is not there


def test_files_and_folders_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b/z.jpg", "b/a.MP4", "b/deep/c.txt", "b/.hidden.jpg", "b/.git/d.jpg", "e.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    found = find_inputs(
        ["e.jpg", "b", "./e.jpg", "e.jpg", "missing.jpg", "b/z.jpg"], OUT, SkipReport()
    )
    assert [each.name for each in found] == [
        *("e.jpg", "b/a.MP4", "b/z.jpg", "b/deep/c.txt", "missing.jpg"),
    ]
    assert [each.is_video for each in found] == [False, True, False, False, False]
    assert find_inputs([], OUT, SkipReport()) == []


def test_unusual_arguments_are_file_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["~backup.jpg", "x" * 5000]
    assert [each.name for each in find_inputs(names, OUT, SkipReport())] == names


def test_the_results_folder_is_skipped(tmp_path):
    for name in ("a.jpg", "out/b.jpg", "other/out/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_inputs([str(tmp_path)], tmp_path / "out", SkipReport())
    assert [each.path.name for each in found] == ["a.jpg", "c.jpg"]


def made(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_skipped_files_are_reported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made(tmp_path, "b/a.jpg", "b/.hidden.jpg", "b/.git/d.jpg", "b/c/e.jpg")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    skipped = SkipReport()
    found = find_inputs(["b/a.jpg", "b"], OUT, skipped)
    assert [each.name for each in found] == ["b/a.jpg", "b/c/e.jpg"]
    assert skipped.names == {
        "file given twice": ["b/a.jpg"],
        "hidden": ["b/.git", "b/.hidden.jpg"],
        "link to a folder that contains it": ["b/loop"],
    }


def test_linked_folders_are_searched_once(tmp_path):
    made(tmp_path, "elsewhere/deep/x.jpg", "album/a.jpg", "album/z/b.jpg")
    album = tmp_path / "album"
    (album / "best").symlink_to(tmp_path / "elsewhere")
    (album / "again").symlink_to(tmp_path / "elsewhere")
    (album / "inside").symlink_to(album / "z")
    (tmp_path / "elsewhere" / "back").symlink_to(album)
    skipped = SkipReport()
    found = find_inputs([str(album)], OUT, skipped)
    names = [each.path.relative_to(album).as_posix() for each in found]
    assert names == ["a.jpg", "z/b.jpg", "again/deep/x.jpg"]
    already = skipped.names["folder that is searched already"]
    assert {name.removeprefix(f"{album}/") for name in already} == {
        *("best", "inside", "again/back"),
    }


def test_a_link_to_a_file_is_a_file_of_its_own(tmp_path):
    made(tmp_path, "a.jpg")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "a.jpg")
    (tmp_path / "broken.jpg").symlink_to(tmp_path / "nowhere.jpg")
    names = ["a.jpg", "broken.jpg", "link.jpg"]
    assert [each.path.name for each in find_inputs([str(tmp_path)], OUT, SkipReport())] == names


def test_the_same_file_through_a_linked_folder_is_reported(tmp_path):
    made(tmp_path, "real/a.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    given = [str(tmp_path / "real" / "a.jpg"), str(tmp_path / "link" / "a.jpg")]
    skipped = SkipReport()
    assert len(find_inputs(given, OUT, skipped)) == 1
    assert skipped.names == {"file given twice": given[1:]}


def test_folders_of_other_results_are_skipped_and_said(tmp_path):
    made(tmp_path, "album/a.jpg", "album/one/drawn/a.jpg", "album/one/faces.jsonl")
    made(tmp_path, "album/judged/best.jpg", "album/judged/figures.json")
    made(tmp_path, "album/site/b.jpg", "album/two/c.jpg")
    for name in ("one", "judged", "site"):  # a web site has such a file, too
        (tmp_path / "album" / name / "about.json").write_text("{}")
    album, skipped = tmp_path / "album", SkipReport()
    found = find_inputs([str(album)], album / "two", skipped)
    assert [each.path.name for each in found] == ["a.jpg", "about.json", "b.jpg"]
    assert [*skipped.names] == ["output folder"]
    names = [name.rpartition("/")[2] for name in skipped.names["output folder"]]
    assert names == ["judged", "one", "two"]


def test_the_results_folder_itself_is_no_input(tmp_path):
    made(tmp_path, "out/faces.jsonl", "out/drawn/a.jpg")
    skipped = SkipReport()
    assert find_inputs([str(tmp_path / "out")], tmp_path / "out", skipped) == []
    assert skipped.counts == {"output folder": 1}


def test_missing_paths_are_refused_with_a_similar_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made(tmp_path, "holiday/beach.jpg", "group.JPG")
    out = tmp_path / "out"
    refuse_missing(["holiday", "group.JPG", "holiday/beach.jpg"], tmp_path, out)
    for given, similar in (
        (["holidya"], "holiday"),
        (["holiday", "Holidy/beach.jpg", "away"], "holiday/beach.jpg"),
        (["group.jpeg"], "group.JPG"),
    ):
        with pytest.raises(UserError, match=r"^PATH is '.*, and there is nothing at ") as refused:
            refuse_missing(given, tmp_path, out)
        assert f"(did you mean {tmp_path / similar}?)" in str(refused.value)
        assert ("missing, too: 'away'" in str(refused.value)) == (len(given) == 3)
    with pytest.raises(UserError) as refused:
        refuse_missing(["something else"], tmp_path, out)
    assert "did you mean" not in str(refused.value)
    assert not out.exists()


def test_missing_files_with_rows_are_accepted(tmp_path):
    made(tmp_path, "out/faces.jsonl")
    (tmp_path / "out" / "faces.jsonl").write_text(
        '{"image": "a.jpg", "status": "no_face", "faces": []}\n'
        '{"image": "b/c.jpg", "status": "no_face", "faces": []}\n{"im'
    )
    refuse_missing(["a.jpg", "b/", "./b/c.jpg"], tmp_path, tmp_path / "out")
    with pytest.raises(UserError, match=r"'c\.jpg'"):
        refuse_missing(["c.jpg"], tmp_path, tmp_path / "out")
    for empty in ("", " "):
        with pytest.raises(UserError, match="path is empty"):
            refuse_missing(["a.jpg", empty], tmp_path, tmp_path / "out")
    found = find_inputs(["b/", "a.jpg"], tmp_path / "out", SkipReport())
    assert [each.name for each in found] == ["b/c.jpg", "a.jpg"]
