"""What each module may import, read from its source: data flows one way, tools stand outside."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"
PACKAGE = SOURCE / "hyperface"
TOOLS = SOURCE / "tools"

# A folder may import itself and those before it.
ORDER = [
    *("geometry", "images", "annotations", "proposals", "regions", "samples"),
    *("models", "training", "exporting", "detection", "predictions", "cluster"),
    *("evaluation", "visualization", "steps", "pipeline", "commands"),
]
FOR_ALL = ["errors", "startup", "tasks", "utils"]  # every folder may import these
WITHOUT_KERAS = [
    *("geometry", "images", "annotations", "proposals", "regions", "samples", "evaluation"),
]
RENDERERS = {"anny", "mitsuba", "drjit", "pyoidn"}  # extras, which only tools.rendering may need
KERAS = {"keras", "tensorflow", "tf_keras", "jax", "torch"}


def modules_under(folder):
    """The files by the full names of their modules."""
    return {
        ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(folder.rglob("*.py"))
    }


LIBRARY = modules_under(PACKAGE)
TOOL_FILES = modules_under(TOOLS)
SCRIPTS = {path.stem: path for path in sorted(SOURCE.glob("*.py"))}
FILES = {**LIBRARY, **TOOL_FILES, **SCRIPTS}


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
def imports_at_once(module):
    """As `imports`, of what is outside functions alone."""
    inner = ast.parse(FILES[module].read_text(encoding="utf-8"))
    ahead, names = [inner], set()
    while ahead:
        for node in ast.iter_child_nodes(ahead.pop()):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif not (
                isinstance(node, ast.FunctionDef)
                or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
            ):
                ahead.append(node)
    return frozenset(name for name in names if name in FILES or name.split(".")[0] in KERAS)


@cache
def reached(module, imports=imports):
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


def tops(module):
    """The first parts of the names of all that a module imports: `hyperface`, `numpy`."""
    return {name.split(".")[0] for name in imports(module)}


def modules_in(*folders):
    return [name for name in LIBRARY if folder_of(name) in folders]


def folder_of(name):
    """`hyperface.annotations.readers.mtfl` -> `annotations`."""
    return name.split(".")[1] if name.startswith("hyperface.") else ""


def test_every_folder_has_its_place():
    on_disk = {folder_of(name) for name in LIBRARY} - {""}
    assert on_disk == {*ORDER, *FOR_ALL}


def test_the_check_sees_what_there_is():
    assert "main" in SCRIPTS
    assert "config" in SCRIPTS
    assert "keras" in imports("hyperface.models.trunk")
    assert "hyperface.annotations.readers.mtfl" in imports("hyperface.annotations.finding")
    assert "hyperface.tasks" in reached("hyperface.regions.batches")  # by way of others
    assert "tools.rendering.making" in imports("tools.render")
    assert "mitsuba" in imports("tools.rendering.scene")


@pytest.mark.parametrize("module", LIBRARY)
def test_nothing_in_the_package_imports_a_script_or_a_tool(module):
    assert not tops(module) & {*SCRIPTS, "tools"}


@pytest.mark.parametrize("module", SCRIPTS)
def test_no_script_imports_a_tool(module):
    assert "tools" not in tops(module)


@pytest.mark.parametrize("module", TOOL_FILES)
def test_a_tool_imports_no_script_but_the_settings(module):
    assert not tops(module) & {*SCRIPTS} - {"config"}


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
    assert not {other for other in reached(module) if tops(other) & KERAS}


PROGRAMS = [name for name, path in FILES.items() if "__main__" in path.read_text("utf-8")]


@pytest.mark.parametrize("module", [*PROGRAMS, *[n for n in LIBRARY if n.endswith("_command")]])
def test_a_command_line_is_read_without_keras(module):
    """Importing Keras takes seconds; `--help` and a wrong option do not wait for it."""
    assert "hyperface.commands.project" in reached("predict", imports_at_once)
    assert "hyperface.models.weights" not in reached("predict", imports_at_once)
    brings = {
        other: kept
        for other in reached(module, imports_at_once)
        if (kept := {name.split(".")[0] for name in imports_at_once(other)} & KERAS)
    }
    assert not brings


@pytest.mark.parametrize("module", FILES)
def test_only_rendering_needs_the_renderer(module):
    if not module.startswith("tools.rendering"):
        assert not tops(module) & RENDERERS


def test_rendering_needs_no_network():
    """Its environment, of requirements-render.txt, has no Keras."""
    assert not {module for module in reached("tools.render") if tops(module) & (KERAS - {"torch"})}


def test_two_files_never_share_a_name():
    """A file is told by its name alone, as in a traceback."""
    files = [*LIBRARY.values(), *TOOL_FILES.values()]
    names = Counter(path.name for path in files if path.name != "__init__.py")
    assert [name for name, number in names.items() if number > 1] == []


@pytest.mark.parametrize(
    "folder",
    sorted({path.parent for path in [*LIBRARY.values(), *TOOL_FILES.values()]}),
    ids=lambda path: path.name,
)
def test_every_folder_says_what_it_is(folder):
    source = (folder / "__init__.py").read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source))
