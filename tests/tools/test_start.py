"""The tools start like the scripts: by their path, from anywhere, whatever the surroundings."""

import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
PROGRAMS = [
    path for path in sorted((SOURCE / "tools").rglob("*.py")) if "__main__" in path.read_text()
]
MAKEFILE = (SOURCE.parent / "Makefile").read_text()


def test_the_list_of_tools_is_complete():
    assert [str(path.relative_to(SOURCE / "tools")) for path in PROGRAMS] == [
        *("benchmarks/export_cost.py", "benchmarks/fast_recall.py", "benchmarks/networks.py"),
        "benchmarks/peers.py",
        *("benchmarks/prediction.py", "benchmarks/proposals.py"),
        *("calibrate_weights.py", "figures/draw_figures.py", "make_people.py"),
        *("publish_weights.py", "render.py", "train_weights.py"),
    ]


def test_make_runs_every_tool_by_its_path():
    run = {word for word in MAKEFILE.split() if word.startswith("src/tools/")}
    there = {str(path.relative_to(SOURCE.parent)) for path in PROGRAMS}
    by_hand = (
        "benchmarks/export_cost",
        "calibrate_weights",
        "make_people",
        "publish_weights",
        "train_weights",
    )
    assert run == there - {f"src/tools/{name}.py" for name in by_hand}


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_every_tool_starts_from_any_folder_and_names_itself(program, tmp_path):
    done = subprocess.run(
        [sys.executable, "-P", str(program), "--help"],
        cwd=tmp_path,
        env={"PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"python {program.relative_to(SOURCE.parent)} " in done.stdout
    assert "Traceback" not in done.stderr
