"""The documents: what they link to, show and tell people to run is there."""

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
LONGEST_README = 260  # lines
LARGEST_IMAGE = 300_000  # bytes, of what opens the README
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`[^`\n]*`")
TARGET = re.compile(r"\]\(([^()\s]+)\)|<img[^>]*\ssrc=\"([^\"]+)\"")


def documents():
    """Every Markdown file of the project, without what is built or installed in it."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):  # no git, or a copy without its history
        listed = [*PROJECT.glob("*.md"), *PROJECT.glob("[a-z]*/**/*.md")]
    return sorted(path for name in listed if (path := PROJECT / name).is_file())


DOCUMENTS = documents()
each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=[path.relative_to(PROJECT).as_posix() for path in DOCUMENTS]
)


def text_of(document):
    return document.read_text(encoding="utf-8")


def links(text):
    """The targets of links and images, as written."""
    prose = INLINE_CODE.sub("", FENCED.sub("", text))
    return [markdown or html for markdown, html in TARGET.findall(prose)]


def anchors(text):
    """What a link can name after `#`: the headings, as GitHub spells them."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_and_anchors_are_read_as_github_does():
    text = "# A `b`, c\n[x](one.md#a) ![y](two.png)\n```\n[no](z.md)\n# no\n```\n"
    text += '<img src="3.png" alt="a" width="9%"> and `[no](q.md)`\n## What-is it?\n'
    assert links(text) == ["one.md#a", "two.png", "3.png"]
    assert anchors(text) == {"a-b-c", "what-is-it"}


@each_document
def test_relative_links_and_images_exist(document):
    for link in links(text_of(document)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), f"{link} is not there"
        assert target.is_relative_to(PROJECT), f"{link} lies outside the project"
        if anchor:
            assert anchor in anchors(text_of(target)), f"{link}: no such heading"


@each_document
def test_scripts_and_make_targets_exist(document):
    text = text_of(document)
    for script in re.findall(r"\bpython3? (src/[\w/]+\.py)", text):
        assert (PROJECT / script).is_file(), script
    rules = re.findall(r"^([\w-]+):", text_of(PROJECT / "Makefile"), re.MULTILINE)
    for target in re.findall(r"(?:^|`)make ([a-z][\w-]*)", text, re.MULTILINE):
        assert target in rules, f"make {target}"


def test_the_readme_is_short_and_opens_with_a_result():
    lines = text_of(PROJECT / "README.md").splitlines()
    assert len(lines) <= LONGEST_README
    assert "![" in "\n".join(lines[:8])
    first = links("\n".join(lines[:8]))[-1]
    assert (PROJECT / first).stat().st_size < LARGEST_IMAGE


def test_the_readme_shows_both_networks_and_both_graphs():
    shown = links(text_of(PROJECT / "README.md"))
    for name in ("face_model.png", "hyperface_model.png"):
        assert f"images/{name}" in shown
        assert f"model_graphs/{name}" in shown


def test_the_code_map_names_folders_that_exist():
    (code_map,) = re.findall(
        r"## Code map\n+```\n(.*?)```", text_of(PROJECT / "README.md"), re.DOTALL
    )
    package = PROJECT / "src" / "hyperface"
    named = re.findall(r"^    (\w+)(/|\.py) ", code_map, re.MULTILINE)
    assert len(named) > 10
    for name, kind in named:
        assert (package / (name + kind)).exists(), name + kind


@pytest.mark.parametrize("command", ["make run", "make test"])
def test_the_readme_names_its_commands(command):
    assert re.search(rf"^{command}\b", text_of(PROJECT / "README.md"), re.MULTILINE)
