import pytest

from hyperface.errors import UserError
from hyperface.utils.output_dir import output_dir


def test_a_folder_is_filled_over_several_runs(tmp_path):
    folder = tmp_path / "deep" / "down"
    with output_dir(folder, "what.json", {"seed": 1, "sizes": (1, 2)}):
        (folder / "kept.txt").touch()
        (folder / ".aside-12-lost.txt").touch()
        (folder / ".aside-12-folder").mkdir()
        (folder / ".aside-12-folder" / "part.npy").touch()
    with output_dir(folder, "what.json", {"seed": 1, "sizes": (1, 2)}):
        assert sorted(path.name for path in folder.iterdir()) == [".lock", "kept.txt", "what.json"]


def test_other_settings_are_refused_and_shown(tmp_path):
    with output_dir(tmp_path, "what.json", {"seed": 1}):
        pass
    with (
        pytest.raises(UserError, match=r"'seed': 1.*'seed': 2.*another folder"),
        output_dir(tmp_path, "what.json", {"seed": 2}),
    ):
        pytest.fail("entered")
    (tmp_path / "what.json").write_text("{broken")
    with (
        pytest.raises(UserError, match="another folder"),
        output_dir(tmp_path, "what.json", {"seed": 1}),
    ):
        pytest.fail("entered")


def test_settings_of_before_are_recognized_by_their_former_names(tmp_path):
    (tmp_path / "what.json").write_text('{"how": {"members": 5}, "seed": 1}')
    (tmp_path / "kept.txt").touch()
    renamed = {"members": "top_k"}
    with output_dir(tmp_path, "what.json", {"how": {"top_k": 5}, "seed": 1}, renamed):
        pass
    with (
        pytest.raises(UserError, match="another folder"),
        output_dir(tmp_path, "what.json", {"how": {"top_k": 6}, "seed": 1}, renamed),
    ):
        pytest.fail("entered")


def test_a_folder_with_other_content_is_refused(tmp_path):
    (tmp_path / "faces.json").touch()
    with (
        pytest.raises(UserError, match=r"not empty \(faces\.json\).*give another folder"),
        output_dir(tmp_path, "what.json", {}),
    ):
        pytest.fail("entered")
    assert not (tmp_path / "what.json").exists()


def test_a_folder_is_used_by_one_process_at_a_time(tmp_path):
    with (
        output_dir(tmp_path, "what.json", {}),
        pytest.raises(UserError, match="Another process is writing"),
        output_dir(tmp_path, "what.json", {}),
    ):
        pytest.fail("entered")
    with output_dir(tmp_path, "what.json", {}):  # free again
        pass
