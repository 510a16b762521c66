"""Data flows one way: what each module may import, read from its source."""

import ast
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"
PACKAGE = SOURCE / "hyperface"

# A folder may import itself and those before it.
ORDER = [
    *("geometry", "images", "annotations", "rendering", "proposals", "regions", "samples"),
    *("models", "training", "detection", "predictions", "evaluation", "visualization"),
    *("steps", "pipeline", "commands"),
]
FOR_ALL = ["errors", "startup", "tasks", "utils"]  # every folder may import these
WITHOUT_KERAS = [
    *("geometry", "images", "annotations", "proposals", "regions", "samples", "evaluation"),
]
RENDERERS = {"anny", "mitsuba", "drjit", "pyoidn"}  # extras, which no training may need
KERAS = {"keras", "tensorflow", "tf_keras", "jax", "torch"}

FILES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
SCRIPTS = {path.stem for path in SOURCE.glob("*.py")}


@cache
def imports(module):
    """The full names of all that a module imports, also inside functions."""
    names = set()
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:  # not run
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively, which hides from where"
            names |= {node.module}
            inside = (f"{node.module}.{alias.name}" for alias in node.names)
            names |= {name for name in inside if name in FILES}
    return frozenset(names)


@cache
def reached(module):
    """The modules of the package that importing a module brings in, by whatever way."""
    found, ahead = set(), [module]
    while ahead:
        current = ahead.pop()
        if current in FILES and current not in found:
            found.add(current)
            packages = current.split(".")
            ahead += [".".join(packages[:end]) for end in range(1, len(packages))]
            ahead += imports(current)
    return frozenset(found)


def modules_in(*folders):
    return [name for name in FILES if folder_of(name) in folders]


def folder_of(name):
    """`hyperface.annotations.readers.mtfl` -> `annotations`."""
    return name.split(".")[1] if name.startswith("hyperface.") else ""


def test_every_folder_has_its_place():
    on_disk = {folder_of(name) for name in FILES} - {""}
    assert on_disk == {*ORDER, *FOR_ALL}


def test_the_check_sees_what_there_is():
    assert "main" in SCRIPTS
    assert "config" in SCRIPTS
    assert "keras" in imports("hyperface.models.trunk")
    assert "hyperface.annotations.readers.mtfl" in imports("hyperface.annotations.finding")
    assert "hyperface.tasks" in reached("hyperface.regions.batches")  # by way of others


@pytest.mark.parametrize("module", FILES)
def test_nothing_in_the_package_imports_a_script(module):
    tops = {name.split(".")[0] for name in imports(module)}
    assert not tops & SCRIPTS


@pytest.mark.parametrize("module", modules_in(*ORDER))
def test_no_folder_imports_a_later_one(module):
    allowed = {"", *FOR_ALL, *ORDER[: ORDER.index(folder_of(module)) + 1]}
    backward = {n for n in imports(module) if n in FILES and folder_of(n) not in allowed}
    assert not backward


@pytest.mark.parametrize("module", modules_in(*FOR_ALL))
def test_what_all_may_import_imports_no_stage(module):
    stages = {n for n in imports(module) if n in FILES and folder_of(n) in ORDER}
    assert not stages


@pytest.mark.parametrize("module", modules_in(*WITHOUT_KERAS))
def test_numpy_and_keras_do_not_mix(module):
    guilty = {
        other for other in reached(module) if {n.split(".")[0] for n in imports(other)} & KERAS
    }
    assert not guilty


@pytest.mark.parametrize("module", FILES)
def test_only_rendering_needs_the_renderer(module):
    if folder_of(module) != "rendering":
        used = {other for other in reached(module) if folder_of(other) == "rendering"}
        assert not used
        assert not {name.split(".")[0] for name in imports(module)} & RENDERERS


@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in PACKAGE.rglob("*.py")}), ids=lambda path: path.name
)
def test_every_folder_says_what_it_is(folder):
    source = (folder / "__init__.py").read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source))
