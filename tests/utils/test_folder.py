import json
import os
import re
import subprocess
import sys
import textwrap

import pytest

from hyperface.errors import UserError
from hyperface.utils import folder
from hyperface.utils.folder import open_run
from hyperface.utils.settings import Settings

SETTINGS = Settings({"EPOCHS": 3, "FROZEN": ("conv1",)})
OTHER = Settings({"EPOCHS": 5, "FROZEN": ("conv1",)})


@pytest.fixture(autouse=True)
def quick_environment(monkeypatch):
    monkeypatch.setattr(folder.environment, "describe", lambda: {"date": "today", "cores": 2})


def started(runs, settings=SETTINGS, finish=False):
    """The path of a run that a process began and left."""
    with open_run(runs, settings) as run:
        if finish:
            run.finish()
    return run.path


def test_a_first_run_starts_in_a_folder_named_by_its_time(tmp_path):
    with open_run(tmp_path / "runs", SETTINGS) as run:
        assert run.path.parent == tmp_path / "runs"
        assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d", run.name)
        assert not run.resumed
        assert run.notices == []
        assert Settings.from_json((run.path / "settings.json").read_text()) == SETTINGS
        assert json.loads((run.path / "environment.json").read_text()) == [
            {"date": "today", "cores": 2}
        ]


def test_the_same_settings_resume_the_newest_unfinished_run(tmp_path):
    for name in ("2026-11-22_14-03-05", "2026-11-22_14-03-05-2", "2026-11-22_14-03-05-10"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.json").write_text(SETTINGS.as_json())
    with open_run(tmp_path, SETTINGS) as run:
        assert run.resumed
        assert run.name == "2026-11-22_14-03-05-10"
        run.finish()
    with open_run(tmp_path, SETTINGS) as run:
        assert run.name == "2026-11-22_14-03-05-2"


def test_an_older_unfinished_run_is_resumed_past_newer_others(tmp_path):
    path = started(tmp_path)
    started(tmp_path, OTHER)
    (tmp_path / "9999-notes").mkdir()
    (tmp_path / "2099-01-01_00-00-00").write_text("a file")
    with open_run(tmp_path, SETTINGS) as run:
        assert run.path == path
        assert run.notices == []


def test_other_settings_start_a_new_run(tmp_path):
    path = started(tmp_path)
    with open_run(tmp_path, OTHER) as run:
        assert not run.resumed
        assert run.path != path


def test_a_finished_run_is_not_resumed(tmp_path):
    path = started(tmp_path, finish=True)
    assert "time" in json.loads((path / "finished.json").read_text())
    with open_run(tmp_path, SETTINGS) as run:
        assert not run.resumed
        assert run.path != path


def test_a_taken_name_gets_a_suffix(tmp_path, monkeypatch):
    class Noon(folder.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 11, 22, 12, 0, 0)

    monkeypatch.setattr(folder, "datetime", Noon)
    names = [started(tmp_path, finish=True).name for _ in range(3)]
    assert names == ["2026-11-22_12-00-00", "2026-11-22_12-00-00-2", "2026-11-22_12-00-00-3"]


def test_resume_names_the_run_to_resume(tmp_path):
    first = started(tmp_path / "a")
    started(tmp_path / "b")
    with open_run(tmp_path / "b", SETTINGS, resume=first) as run:
        assert run.path == first
        assert run.resumed


def test_resume_with_other_settings_is_refused_with_the_differences(tmp_path):
    path = started(tmp_path, OTHER)
    with pytest.raises(
        UserError, match=r"other settings(.|\n)*\n  EPOCHS: 3 here, 5 in the run\nGive the same"
    ):
        open_run(tmp_path, SETTINGS, resume=path)


def test_resume_of_a_finished_run_says_so(tmp_path):
    path = started(tmp_path, finish=True)
    with pytest.raises(UserError, match="that run is finished"):
        open_run(tmp_path, SETTINGS, resume=path)


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"EPOCHS": NaN}'])
def test_resume_of_no_run_says_so(tmp_path, text):
    path = tmp_path / "somewhere"
    if text is not None:
        path.mkdir()
        (path / "settings.json").write_text(text)
    with pytest.raises(UserError, match="is not the folder of a run"):
        open_run(tmp_path, SETTINGS, resume=path)


def test_a_folder_with_unreadable_settings_is_ignored_with_a_notice(tmp_path):
    path = started(tmp_path)
    (path / "settings.json").write_text('{"EPOCHS": 3, "FRO')
    with open_run(tmp_path, SETTINGS) as run:
        assert not run.resumed
        assert run.path != path
        assert run.notices == [f"{path.name} is ignored: its settings.json cannot be read."]
    assert (path / "settings.json").read_text() == '{"EPOCHS": 3, "FRO'


def test_a_live_run_is_refused(tmp_path):
    with open_run(tmp_path, SETTINGS) as run:
        for resume in (None, run.path):
            with pytest.raises(UserError, match=f"{run.name} is being written by another process"):
                open_run(tmp_path, SETTINGS, resume=resume)
        open_run(tmp_path, OTHER).close()
    open_run(tmp_path, SETTINGS).close()


@pytest.mark.parametrize("text", ["", "{}", "{", "[3]", "3"])
def test_unreadable_environments_are_replaced_with_a_notice(tmp_path, text):
    path = started(tmp_path)
    (path / "environment.json").write_text(text)
    with open_run(tmp_path, SETTINGS) as run:
        assert run.notices == [f"{path.name}: environment.json cannot be read and is replaced."]
    assert len(json.loads((path / "environment.json").read_text())) == 1


def test_a_changed_environment_is_reported_and_both_are_kept(tmp_path, monkeypatch):
    path = started(tmp_path)
    monkeypatch.setattr(folder.environment, "describe", lambda: {"date": "later", "cores": 4})
    with open_run(tmp_path, SETTINGS) as run:
        assert len(run.notices) == 1
        assert run.notices[0].startswith(f"{path.name}: cores changed since")
    starts = json.loads((path / "environment.json").read_text())
    assert [start["cores"] for start in starts] == [2, 4]


def test_leftovers_of_a_kill_are_removed(tmp_path):
    path = started(tmp_path)
    (path / "checkpoints").mkdir()
    (path / "checkpoints" / ".aside-123-model.weights.h5").write_text("half")
    open_run(tmp_path, SETTINGS).close()
    assert list((path / "checkpoints").iterdir()) == []


def test_a_runs_folder_that_cannot_be_made_is_the_users_error(tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(UserError, match="cannot be written"):
        open_run(tmp_path / "runs", SETTINGS)


def test_a_killed_process_leaves_a_run_that_resumes(tmp_path):
    script = """
        import sys, time
        from hyperface.utils.folder import open_run
        from hyperface.utils.settings import Settings
        run = open_run(sys.argv[1], Settings({"EPOCHS": 3, "FROZEN": ("conv1",)}))
        print(run.name, flush=True)
        time.sleep(60)
    """
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), tmp_path],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        name = holder.stdout.readline().strip()
        with pytest.raises(UserError, match=f"{name} is being written"):
            open_run(tmp_path, SETTINGS)
    finally:
        holder.kill()
        holder.communicate()
    with open_run(tmp_path, SETTINGS) as run:
        assert run.name == name


def test_a_run_that_a_mistake_ends_at_once_leaves_nothing(tmp_path):
    with pytest.raises(UserError, match="no such data"), open_run(tmp_path, SETTINGS) as run:
        (run.path / "log.txt").write_text("Read the data")
        raise UserError("no such data")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [UserError, KeyboardInterrupt, OSError])
def test_a_run_with_a_result_or_another_end_stays(tmp_path, kind):
    with pytest.raises(kind), open_run(tmp_path, SETTINGS) as run:
        if kind is UserError:
            (run.path / "face_model").mkdir()
        raise kind("stopped")
    assert (run.path / "settings.json").is_file()
    with pytest.raises(UserError), open_run(tmp_path, SETTINGS) as again:
        assert again.resumed
        raise UserError("the data is gone meanwhile")
    assert run.path.is_dir()


def test_a_temporary_run_leaves_nothing():
    with folder.TemporaryRun(SETTINGS) as run:
        (run.path / "model_graphs").mkdir()
        assert (run.path / "settings.json").is_file()
    assert not run.path.exists()
    with pytest.raises(UserError), folder.TemporaryRun(SETTINGS) as run:
        raise UserError("a mistake")
    assert not run.path.exists()
