"""The messages of `UserError`, read from the source: each is a sentence."""

import ast
import re
from pathlib import Path

import pytest

import config

SOURCE = Path(__file__).resolve().parents[1] / "src"
# A capital letter also begins the names of settings and of environment variables.
BEGINS_WELL = re.compile(r"[A-Z]|--[a-z]")
INSERTED = None  # a part of a message that only the running program knows


def texts(node):
    """The beginning and the end of each text that an expression may be; INSERTED if unknown."""
    if isinstance(node, ast.Constant):
        return [(node.value, node.value)]
    if isinstance(node, ast.JoinedStr):
        first, last = (texts(node.values[index])[0] for index in (0, -1))
        return [(first[0], last[1])]
    if isinstance(node, ast.BinOp):
        return [(one[0], two[1]) for one in texts(node.left) for two in texts(node.right)]
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    return [(INSERTED, INSERTED)]


def broken_rules(message):
    """What is wrong with a message, given as an expression."""
    return [
        *(f"begins with {begin[:20]!r}" for begin, _ in texts(message)
          if begin is not INSERTED and not BEGINS_WELL.match(begin)),
        *(f"ends with {end[-20:]!r}" for _, end in texts(message)
          if end is not INSERTED and not end.endswith(".")),
    ]  # fmt: skip


def messages(tree):
    """The expressions that are given to `UserError`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", None))
            if name == "UserError":
                yield node.args[0]


def test_a_message_is_a_sentence():
    found = [
        (path, message)
        for path in sorted(SOURCE.rglob("*.py"))
        for message in messages(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert len(found) > 100
    assert [
        f"{path}:{message.lineno} {wrong}"
        for path, message in found
        for wrong in broken_rules(message)
    ] == []


def test_the_rules_of_the_settings_are_sentences():
    for _, sentence in config.RULES:
        assert BEGINS_WELL.match(sentence)
        assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ("'There is none.'", []),
        ("'--out is given twice.'", []),
        ("f'{path} is a folder.'", []),
        ("f'{path} cannot be read: {error}'", []),
        ("sentence", []),
        ("'there is none.'", ["begins with 'there is none.'"]),
        ("f'There is no {path}' + end", []),
        ("f'There is no {path}; ' + 'give another'", ["ends with 'give another'"]),
        ("'There is none.' if a else 'none'", ["begins with 'none'", "ends with 'none'"]),
    ],
)  # fmt: skip
def test_a_message_in_another_style_is_found(message, wrong):
    assert broken_rules(ast.parse(message, mode="eval").body) == wrong
