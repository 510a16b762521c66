import io
import sys

import pytest

from hyperface.utils.progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_without_a_terminal_one_line_ends_it(capsys):
    assert list(progress([1, 2, 3], description="cut")) == [1, 2, 3]
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "cut: 3 in 0.0 s\n"


def test_a_loop_left_early_says_how_far_it_came(capsys):
    items = progress(iter("abcd"), total=4, description="cut")
    for item in items:
        if item == "c":
            break
    items.close()
    assert capsys.readouterr().err == "cut: 2 of 4 in 0.0 s\n"


def test_an_exception_from_the_items_passes_and_is_counted(capsys):
    def items():
        yield 1
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        list(progress(items(), total=2))
    assert capsys.readouterr().err == "1 of 2 in 0.0 s\n"


def test_no_items_is_no_error(capsys):
    assert list(progress([], description="cut")) == []
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(progress(range(3), description="cut")) == [0, 1, 2]
    assert "cut" in terminal.getvalue()
    assert "3/3" in terminal.getvalue()


def test_a_program_without_a_console_continues(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert list(progress([1, 2], description="rows")) == [1, 2]
