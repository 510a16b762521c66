from hyperface.utils import defaults, environment


def test_defaults_are_those_of_the_last_commit(monkeypatch, tmp_path):
    (tmp_path / "config.py").write_text("EPOCHS: int = 7\n")
    monkeypatch.setattr(defaults, "_settings_file", lambda name: tmp_path / f"{name}.py")
    for committed, epochs in (
        ("EPOCHS: int = 3\n", 3),
        (None, 7),  # no git
        ("from no_such_module import *", 7),
    ):
        monkeypatch.setattr(environment, "committed_text", lambda path, text=committed: text)
        assert epochs == defaults.unedited_settings.__wrapped__().EPOCHS


def test_a_committed_file_is_read_from_git(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    monkeypatch.setattr(environment, "_git", lambda *arguments: asked.append(arguments))
    environment.committed_text(tmp_path / "src" / "config.py")
    assert asked == []  # no repository
    (tmp_path / ".git").mkdir()
    environment.committed_text(tmp_path / "src" / "config.py")
    assert asked == [("show", "HEAD:./src/config.py")]
