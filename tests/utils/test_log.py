import io
import re
import sys

import pytest

from hyperface.utils.log import Log, duration

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  "


def test_steps_are_numbered_and_timed_on_the_terminal_and_in_the_file(tmp_path, capsys):
    log = Log(tmp_path / "log.txt")
    log.log("HyperFace")
    with log.step("Read the data") as step:
        step.log("7,876 faces\n3 skipped")
    with log.step("Train"):
        pass
    expected = [
        "HyperFace",
        "1. Read the data",
        "   7,876 faces",
        "   3 skipped",
        "   done in 0.0 s",
        "2. Train",
        "   done in 0.0 s",
    ]
    assert capsys.readouterr().out.splitlines() == expected
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert all(re.match(STAMP, line) for line in lines)
    assert [re.sub(STAMP, "", line) for line in lines] == expected


def test_a_step_that_fails_is_reported_and_raises(tmp_path, capsys):
    log = Log(tmp_path / "log.txt")
    with pytest.raises(KeyboardInterrupt), log.step("Train"):
        raise KeyboardInterrupt
    assert capsys.readouterr().out == "1. Train\n   stopped after 0.0 s: KeyboardInterrupt\n"


def test_an_existing_log_is_continued(tmp_path, capsys):
    path = tmp_path / "log.txt"
    path.write_text("2026-11-22 14:03:05  1. Tra")
    Log(path).log("on")
    assert capsys.readouterr().out == "resumed\non\n"
    text = path.read_text()
    assert re.fullmatch(rf"2026-11-22 14:03:05  1. Tra\n{STAMP}resumed\n{STAMP}on\n", text)


def test_odd_file_names_do_not_stop_a_run(tmp_path, monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    Log(tmp_path / "log.txt").log("skipped \udcff é")
    terminal.seek(0)
    assert terminal.read() == "skipped \\udcff \\xe9\n"
    assert (tmp_path / "log.txt").read_text(encoding="utf-8").endswith("skipped \\udcff é\n")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 s"), (12.34, "12.3 s"), (99.94, "99.9 s"), (99.96, "1 min 40 s"),
     (3599.4, "59 min 59 s"), (3599.6, "1 h 00 min"), (7384, "2 h 03 min")],
)  # fmt: skip
def test_durations(seconds, text):
    assert duration(seconds) == text
