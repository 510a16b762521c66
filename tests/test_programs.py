"""The scripts and the tools start by their path, from anywhere, whatever the surroundings."""

import ast
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"
SCRIPTS = [SOURCE / name for name in ("main.py", "predict.py", "evaluate.py", "data.py")]
TOOLS = [
    path for path in sorted((SOURCE / "tools").rglob("*.py")) if "__main__" in path.read_text()
]
MAKEFILE = (SOURCE.parent / "Makefile").read_text()


def test_the_list_of_tools_is_complete():
    assert [str(path.relative_to(SOURCE / "tools")) for path in TOOLS] == [
        *("benchmarks/export_cost.py", "benchmarks/fast_recall.py", "benchmarks/networks.py"),
        "benchmarks/peers.py",
        *("benchmarks/prediction.py", "benchmarks/proposals.py"),
        *("calibrate_weights.py", "figures/draw_figures.py", "held_out_tables.py"),
        *("make_people.py", "publish_weights.py", "render.py", "train_weights.py"),
    ]


def test_make_runs_every_tool_by_its_path():
    run = {word for word in MAKEFILE.split() if word.startswith("src/tools/")}
    there = {str(path.relative_to(SOURCE.parent)) for path in TOOLS}
    by_hand = (
        "benchmarks/export_cost",
        "calibrate_weights",
        "held_out_tables",
        "make_people",
        "publish_weights",
        "train_weights",
    )
    assert run == there - {f"src/tools/{name}.py" for name in by_hand}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_prepare_the_process_before_they_import_more_than_pythons_own(script):
    body = ast.parse(script.read_text(encoding="utf-8")).body
    texts = [ast.unparse(statement) for statement in body]
    prepared = next(number for number, text in enumerate(texts) if "prepare_process()" in text)
    assert texts[prepared].startswith("if __name__ == '__main__':")
    for statement in body[:prepared]:
        if isinstance(statement, ast.Import):
            assert {alias.name for alias in statement.names} <= sys.stdlib_module_names
        elif isinstance(statement, ast.ImportFrom):
            assert statement.module.split(".")[0] in sys.stdlib_module_names
        else:
            assert isinstance(statement, ast.Expr), "the docstring alone"
    assert isinstance(body[prepared], ast.If)
    (imported,) = (line for line in body[prepared].body if isinstance(line, ast.ImportFrom))
    assert imported.module == "hyperface.startup"


# One program after the other; each gets its environment and imports the project anew, while what
# takes seconds to import, TensorFlow above all, is imported once.
STARTING = """
    import contextlib, io, json, os, runpy, sys, traceback

    source, programs = json.loads(sys.argv[1])
    path, ends = list(sys.path), {}
    for program, environment in programs:
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path
        for name, module in list(sys.modules.items()):
            if name != "__main__" and (getattr(module, "__file__", None) or "").startswith(source):
                del sys.modules[name]
        sys.argv = [program, "--help"]
        status, out, err = None, io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                runpy.run_path(program, run_name="__main__")
            except SystemExit as end:
                status = end.code
            except BaseException:
                traceback.print_exc()
        ends[program] = status, out.getvalue(), err.getvalue()
    print(json.dumps(ends))
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """The exit status, stdout and stderr of every program with --help, from another folder.

    The scripts are started in a notebook's surroundings, the tools with hardly any; none of them
    has its own folder in the path.
    """
    elsewhere, home = (tmp_path_factory.mktemp(name) for name in ("elsewhere", "keras"))
    told = {"image_data_format": "channels_first", "backend": "theano"}
    (home / "keras.json").write_text(json.dumps(told))
    foreign = ("KERAS_BACKEND", "MATPLOTLIBRC", "PYTHONPATH", "TF_CPP_MIN_LOG_LEVEL")
    notebook = {name: value for name, value in os.environ.items() if name not in foreign}
    notebook |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    notebook |= {"KERAS_HOME": str(home), "PYTHONPATH": ""}
    bare = {"PATH": "", "HOME": str(elsewhere)}
    programs = [(str(path), notebook) for path in SCRIPTS] + [(str(path), bare) for path in TOOLS]
    given = json.dumps([str(SOURCE), programs])
    done = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(STARTING), given],
        cwd=elsewhere,
        env=notebook,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("program", [*SCRIPTS, *TOOLS], ids=lambda path: path.stem)
def test_every_program_starts_from_any_folder_and_names_itself(started, program):
    status, said, errors = started[str(program)]
    assert status == 0, errors
    assert "usage:" in said
    assert f"python {program.relative_to(SOURCE.parent)} " in said
    assert "Traceback" not in errors
