import pytest

from hyperface.predictions.inputs import find_inputs, place_of


def test_files_and_folders_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b/z.jpg", "b/a.MP4", "b/deep/c.txt", "b/.hidden.jpg", "b/.git/d.jpg", "e.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    found = find_inputs(["e.jpg", "b", "./e.jpg", "e.jpg", "missing.jpg", "b/z.jpg"])
    assert [each.name for each in found] == [
        *("e.jpg", "b/a.MP4", "b/z.jpg", "b/deep/c.txt", "missing.jpg"),
    ]
    assert [each.is_video for each in found] == [False, True, False, False, False]
    assert find_inputs([]) == []


@pytest.mark.parametrize(
    ("name", "suffix", "place"),
    [
        ("a.jpg", ".jpg", "a.jpg"),
        ("holiday/a.JPEG", ".jpg", "holiday/a.JPEG"),
        ("holiday/a.png", ".jpg", "holiday/a.png.jpg"),
        ("/data/a.jpg", ".jpg", "data/a.jpg"),
        ("../../a.jpg", ".jpg", "_/_/a.jpg"),
        ("./clip.avi", ".mp4", "clip.avi.mp4"),
        ("clip.mp4", "", "clip.mp4"),
    ],
)
def test_what_is_drawn_stays_in_its_folder(name, suffix, place):
    assert place_of(name, suffix) == place


def test_odd_arguments_are_names_of_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["~backup.jpg", "x" * 5000]
    assert [each.name for each in find_inputs(names)] == names


def test_the_results_folder_is_left_out(tmp_path):
    for name in ("a.jpg", "out/b.jpg", "other/out/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_inputs([str(tmp_path)], leave_out=tmp_path / "out")
    assert [each.path.name for each in found] == ["a.jpg", "c.jpg"]
