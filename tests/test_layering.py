"""What each module may import, read from its source: data flows one way, tools stand outside."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

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


def offenders(modules, found):
    """The modules for which `found` returns anything, with what it returns."""
    return {module: wrong for module in modules if (wrong := found(module))}


def test_nothing_in_the_package_imports_a_script_or_a_tool():
    assert not offenders(LIBRARY, lambda module: tops(module) & {*SCRIPTS, "tools"})


def test_no_script_imports_a_tool():
    assert not offenders(SCRIPTS, lambda module: tops(module) & {"tools"})


def test_a_tool_imports_no_script_but_the_settings():
    assert not offenders(TOOL_FILES, lambda module: tops(module) & {*SCRIPTS} - {"config"})


def test_no_folder_imports_a_later_one():
    def later(module):
        allowed = {"", *FOR_ALL, *ORDER[: ORDER.index(folder_of(module)) + 1]}
        return {n for n in imports(module) if n in FILES and folder_of(n) not in allowed}

    assert not offenders(modules_in(*ORDER), later)


def test_what_all_may_import_imports_no_stage():
    def stages(module):
        return {n for n in imports(module) if n in FILES and folder_of(n) in ORDER}

    assert not offenders(modules_in(*FOR_ALL), stages)


def test_numpy_and_keras_do_not_mix():
    def with_keras(module):
        return {other for other in reached(module) if tops(other) & KERAS}

    assert not offenders(modules_in(*WITHOUT_KERAS), with_keras)


def test_a_command_line_is_read_without_keras():
    """Importing Keras takes seconds; `--help` and a wrong option do not wait for it."""
    assert "hyperface.commands.project" in reached("predict", imports_at_once)
    assert "hyperface.models.weights" not in reached("predict", imports_at_once)

    def brings(module):
        return {
            other: kept
            for other in reached(module, imports_at_once)
            if (kept := {name.split(".")[0] for name in imports_at_once(other)} & KERAS)
        }

    programs = [name for name, path in FILES.items() if "__main__" in path.read_text("utf-8")]
    commands = [name for name in LIBRARY if name.endswith("_command")]
    assert programs and commands
    assert not offenders([*programs, *commands], brings)


def test_only_rendering_needs_the_renderer():
    others = [module for module in FILES if not module.startswith("tools.rendering")]
    assert not offenders(others, lambda module: tops(module) & RENDERERS)


def test_rendering_needs_no_network():
    """Its environment, of requirements-render.txt, has no Keras."""
    assert not {module for module in reached("tools.render") if tops(module) & (KERAS - {"torch"})}


def test_two_files_never_share_a_name():
    """A file is told by its name alone, as in a traceback."""
    files = [*LIBRARY.values(), *TOOL_FILES.values()]
    names = Counter(path.name for path in files if path.name != "__init__.py")
    assert [name for name, number in names.items() if number > 1] == []


def test_every_folder_says_what_it_is():
    folders = {path.parent for path in [*LIBRARY.values(), *TOOL_FILES.values()]}
    sources = {folder: (folder / "__init__.py").read_text(encoding="utf-8") for folder in folders}
    assert [x for x, text in sources.items() if not ast.get_docstring(ast.parse(text))] == []
