from types import ModuleType

import pytest

from hyperface.commands import train_command
from hyperface.commands.project import Project, add_settings_option


def test_help_and_errors_name_the_command_that_was_given(tmp_path, capsys):
    project = Project(tmp_path, ModuleType("config"), {}, "hyperface train")
    with pytest.raises(SystemExit):
        train_command.parse(["--help"], project)
    said = capsys.readouterr().out
    assert said.startswith("usage: hyperface train ")
    assert "  hyperface train --experiment list" in said


@pytest.mark.parametrize(
    ("words", "hint"),
    [(["DATA=mine"], True), (["LOSS_WEIGHTS.pose=1"], True), (["mine"], False)],
)
def test_a_setting_without_the_option_is_told_where_it_belongs(tmp_path, words, hint, capsys):
    parser = Project(tmp_path, ModuleType("config"), {}).parser(None, "")
    add_settings_option(parser, "override settings")
    with pytest.raises(SystemExit) as stopped:
        parser.parse_args(words)
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert f"unrecognized arguments: {words[0]}" in said
    assert ("give settings after --set: --set NAME=VALUE" in said) == hint
