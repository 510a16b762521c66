"""main.py as two processes of one training, on a copy of the project."""

import csv
import json

import pytest
from test_main import command, copy_project
from two_processes import MINUTE, start_two, takes_minutes

SHORT = (
    *("NETWORK_WIDTH=0.125", "INIT_FROM=random", "TRAIN_FACE_MODEL=False", "FACE_MODEL_WEIGHTS="),
    *("EPOCHS=1", "REGIONS_PER_EPOCH=8", "BATCH_SIZE=4", "TRAIN_PROPOSAL_DETECTOR=False"),
    *("VALIDATION_REGIONS=4", "EVALUATION_REGIONS=8", "DATA=data/photographs"),
    *("PHOTOGRAPH=", "SHEET_FACES=2", "OCCLUSION_PROB=0.5"),
)


@pytest.fixture
def project(tmp_path):
    return copy_project(tmp_path / "project")


@pytest.mark.slow
@takes_minutes
def test_two_processes_make_one_run_and_the_second_leaves_no_file(project, tmp_path, monkeypatch):
    pytest.importorskip("jax")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    logs = {rank: tmp_path / f"log{rank}" for rank in "01"}
    for process in start_two(lambda rank: command(project, "--set", *SHORT), logs.get):
        assert process.wait(10 * MINUTE) == 0, [log.read_text() for log in logs.values()]

    assert {path.name for path in project.iterdir()} == {"src", "data", "runs", "weights"}
    (run,) = (project / "runs").iterdir()
    names = {path.name for path in run.iterdir()}
    assert {"report.html", "metrics.json", "finished.json", "hyperface"} <= names
    with (run / "hyperface" / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert len(json.loads((run / "environment.json").read_text())) == 1
    first, second = (log.read_text() for log in logs.values())
    assert "on jax, 2 devices" in first
    losses = [line for line in first.splitlines() if "validation loss" in line]
    assert len(losses) == 2
    assert all(line in second for line in losses)
    assert "Write the report" in first
    assert "Write the report" not in second

    assert not list((tmp_path / "temporary").glob("hyperface-*"))
