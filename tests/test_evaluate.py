"""evaluate.py with untrained networks: the figures mean nothing."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

import config
from hyperface.annotations.readers import matlab
from hyperface.commands import evaluate_command
from hyperface.commands.detection_options import detection_settings
from hyperface.commands.project import Project
from hyperface.detection.detection_settings import DetectionSettings
from hyperface.errors import UserError
from hyperface.steps.setting_groups import DataSettings, group
from hyperface.utils.settings import resolve

SOURCE = Path(__file__).resolve().parents[1] / "src"
PHOTOGRAPHS = SOURCE.parent / "data" / "photographs"
FEW = "PROPOSAL_BOXES=4", "FAST_MAX_PROPOSALS=4"  # for each image


def load(name):
    spec = importlib.util.spec_from_file_location(f"{name}_script", SOURCE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def weights(untrained):
    return (
        *("--weights", str(untrained / "hyperface.weights.h5")),
        *("--fast-weights", str(untrained / "proposal_detector.weights.h5")),
    )


@pytest.fixture
def script(tmp_path):
    """evaluate.py, with a project of its own."""
    script = load("evaluate")
    script.PROJECT = tmp_path
    return script


def table(text):
    """By data set and (measure, over), the cells of its row."""
    rows, data = {}, None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if line.count(": ") == 1 and line.endswith("faces"):
            data = line.split(":")[0]
        elif len(cells) > 2 and cells[0] not in ("metric", "---"):
            rows[data, cells[0], cells[1]] = cells[2:]
    return rows


@pytest.fixture
def judge(script, tmp_path, capsys):
    """The table of a data set, judged with the given rows of predictions."""

    def run(data, *rows, arguments=()):
        path = tmp_path / "theirs.jsonl"
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        given = ["--data", data, "--predictions", str(path), "--set", f"DATA={data}", *arguments]
        assert script.main([*given, "--out", str(tmp_path / "out")]) == 0
        return table(capsys.readouterr().out)

    return run


def image(path, width=200, height=150):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.effect_noise((width, height), 60).save(path)


AFW_YAW = "pose: yaw, in steps of 15 degrees, within 15 degrees, %"


@pytest.mark.parametrize(("yaw", "right"), [(-30, True), (-52, True), (-53, False), (30, False)])
def test_afw_from_its_file_to_its_table(tmp_path, judge, monkeypatch, yaw, right):
    """Its yaw of 30 is -30 here; its box, counted from 1, is the face size: 60 x 80."""
    monkeypatch.setattr(matlab, "PROCESSES", 0)  # one takes a second to start
    points = np.float32([[60, 60], [90, 60], [75, 80], [65, 95], [75, 96], [85, 95]])
    columns = [[[41, 31], [100, 110]]], [[30, 0, 0]], points + 0.5
    cells = np.empty((1, 4), object)
    cells[0, 0] = "1.jpg"
    for column, content in enumerate(columns, start=1):
        inner = np.empty((1, 1), object)
        inner[0, 0] = np.squeeze(np.array(content, float))
        if column == 2:
            inner[0, 0] = inner[0, 0][None].astype(np.int16)
        cells[0, column] = inner
    image(tmp_path / "afw" / "1.jpg")
    scipy.io.savemat(tmp_path / "afw" / "anno.mat", {"anno": cells})
    landmarks = np.full((21, 2), 10.0)
    landmarks[[7, 10, 14, 17, 18, 19]] = points + np.float32([7, 0])  # a tenth of the face size, 70
    face = {"box": [40, 30, 100, 110], "score": 0.9, "landmarks": landmarks.tolist()}
    face["pose"] = {"yaw": yaw}
    rows = judge(f"afw:{tmp_path / 'afw'}", {"image": "1.jpg", "faces": [face]})
    precision = rows["afw", "detection: average precision, %", "all"]
    assert precision[1] == "100.00 (100.00 to 100.00)"
    assert precision[5].startswith("HyperFace 97.9, R-CNN 90.3")
    assert rows["afw", AFW_YAW, "all"][0].startswith("100.00" if right else "0.00")
    assert rows["afw", "landmarks: error / face size, %", "19 points"][0].startswith("10.00")
    assert ("afw", "pose: roll error, degrees", "all") not in rows
    assert (tmp_path / "out" / "report.html").exists()
    figures = json.loads((tmp_path / "out" / "figures.json").read_text())["figures"]["afw"]
    assert {figure["task"] for figure in figures} == {"detection", "landmarks", "pose"}


def test_fddb_is_evaluated_with_its_ellipses_and_all_images(tmp_path, judge):
    for name in "ab":
        image(tmp_path / "fddb" / "originalPics" / f"{name}.jpg")
    lists = tmp_path / "fddb" / "FDDB-folds" / "FDDB-fold-01-ellipseList.txt"
    lists.parent.mkdir()
    lists.write_text("a\n1\n40 30 0 99.5 74.5 1\nb\n1\n40 30 0 99.5 74.5 1\n")
    face = {"box": [60, 45, 140, 105], "score": 0.9}  # around the ellipse
    rows = judge(
        str(tmp_path / "fddb"),
        {"image": "a.jpg", "faces": [face], "status": "ok"},
        {"image": "b.jpg", "faces": [], "status": "no_face"},
    )
    discrete = "detection: FDDB, discrete score at 100 false positives, %"
    assert rows["fddb", discrete, "all"][1].startswith("50.00")
    continuous = "detection: FDDB, continuous score at 100 false positives, %"
    assert rows["fddb", continuous, "all"][1].startswith(f"{100 * np.pi / 4 / 2:.2f}")
    assert rows["fddb", discrete, "all"][3:5] == ["2", "1"]


def test_split_and_images_choose_what_is_evaluated(tmp_path, judge):
    entries = []
    for number in range(3):
        image(tmp_path / "mine" / f"{number}.jpg")
        split = "validation" if number == 2 else "train"
        faces = [{"box": [60, 45, 140, 105], "gender": "female"}]
        entries.append({"file": f"{number}.jpg", "split": split, "faces": faces})
    content = {"format": "hyperface-faces", "version": 1, "pictures": entries}
    (tmp_path / "mine" / "faces.json").write_text(json.dumps(content))
    found = [{"box": [60, 45, 140, 105], "score": 1}]
    rows = [{"image": f"{number}.jpg", "faces": found} for number in range(3)]
    precision = "mine", "detection: average precision, %", "all"
    for arguments, faces in (
        ([], "1"),
        (["--split", "all"], "3"),
        (["--split", "all", "--images", "2"], "2"),
    ):
        assert judge(str(tmp_path / "mine"), *rows, arguments=arguments)[precision][3] == faces


def test_a_list_of_all_faces_makes_every_detection_count(tmp_path, judge):
    entries = []
    for number in range(2):
        image(tmp_path / "mine" / f"{number}.jpg")
        faces = [{"box": [60, 45, 140, 105]}]
        entries.append({"file": f"{number}.jpg", "complete": False, "faces": faces})
    content = {"format": "hyperface-faces", "version": 1, "pictures": entries}
    (tmp_path / "mine" / "faces.json").write_text(json.dumps(content))
    found = [([60, 45, 140, 105], 0.9), ([0, 0, 40, 40], 0.95), ([150, 100, 199, 149], 0.7)]
    row = {"image": "0.jpg", "faces": [{"box": box, "score": score} for box, score in found]}
    listed = tmp_path / "list.json"
    listed.write_text(json.dumps({"mine": {"0.jpg": {"faces": [[0, 0, 40, 40]]}}}))
    arguments = ["--split", "all", "--complete", str(listed)]
    rows = judge(str(tmp_path / "mine"), row, arguments=arguments)
    precision = rows["mine", "detection: average precision, %", "all"]
    assert precision[1].startswith("100.00")  # the third, which is wrong, has the lowest score
    assert precision[3] == "2"
    listed.write_text(json.dumps({"mine": {"0.jpg": {}}}))
    rows = judge(str(tmp_path / "mine"), row, arguments=arguments)
    precision = rows["mine", "detection: average precision, %", "all"]
    assert precision[1].startswith("50.00")  # the best-scoring detection is wrong now
    assert precision[3] == "1"


@pytest.mark.slow
@pytest.mark.parametrize("proposals", ["fast", "selective_search"])
def test_a_second_evaluation_reuses_the_detections(script, weights, tmp_path, capsys, proposals):
    arguments = [*weights, "--split", "all", "--threshold", "0", "--images", "2"]
    arguments += ["--data", str(PHOTOGRAPHS), "--proposals", proposals]
    arguments += ["--set", f"DATA={PHOTOGRAPHS}", *FEW]
    assert script.main(arguments) == 0
    first = table(capsys.readouterr().out)
    (folder,) = (tmp_path / "runs" / "evaluation").iterdir()
    rows = (folder / "faces.jsonl").read_bytes()
    assert rows.count(b"\n") == 2
    assert script.main(arguments) == 0
    assert table(capsys.readouterr().out) == first
    assert (folder / "faces.jsonl").read_bytes() == rows
    # Another setting has another folder.
    assert script.main([*arguments, "--threshold", "0.9"]) == 0
    assert len(list((tmp_path / "runs" / "evaluation").iterdir())) == 2


@pytest.mark.slow
def test_every_mode_has_its_row(script, weights, capsys):
    arguments = ["--set", f"DATA={PHOTOGRAPHS}", "VALIDATION_FRACTION=0.5", *FEW]
    assert script.main(["ablation", *weights, "--pictures", "3", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert Path(lines[-1]).name == "report.html" and Path(lines[-1]).is_file()
    rows = [line for line in lines if line.startswith("|")]
    assert [row.split("|")[1].strip() for row in rows] == [
        *("mode", "---", "full", "without IRP", "IRP boxes not enlarged", "without L-NMS"),
        *("mean instead of median", "nested faces kept", "selective search"),
    ]
    assert len({row.count("|") for row in rows}) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nowhere"], "no folder"),
        (["--fast-weights", "gone.weights.h5"], "--fast-weights is"),
        (["--predictions", "gone.jsonl"], "gone.jsonl"),
    ],
)
def test_faults_end_with_one_sentence(weights, tmp_path, capsys, arguments, message):
    detector = [] if "--predictions" in arguments else weights
    given = [*detector, *arguments, "--out", str(tmp_path / "out")]
    assert load("evaluate").main(given) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [["--images", "0"], ["--sure", "2"], ["--count-threshold", "2"], ["--threshold", "-1"]]
)
def test_numbers_out_of_range(wrong):
    with pytest.raises(SystemExit) as stopped:
        load("evaluate").main(wrong)
    assert stopped.value.code == 2


@pytest.mark.parametrize(
    "option",
    [["--threshold", "0.9"], ["--weights", "a.h5"], ["--plain-nms"], ["--top-k", "5"]],
)
def test_options_of_the_detector_do_not_go_with_predictions(option, capsys):
    with pytest.raises(SystemExit) as stopped:
        load("evaluate").main(["--predictions", "theirs.jsonl", *option])
    assert stopped.value.code == 2
    assert f"{option[0]} belong" in capsys.readouterr().err


def test_data_is_evaluated_where_that_of_the_default_training_is_not(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    data = group(DataSettings, resolve(config, ["EVALUATION_DATA=mine"]))
    assert evaluate_command._without_default_data(data, tmp_path).data == "mine"
    assert "is not here" in capsys.readouterr().out
    given = group(DataSettings, resolve(config, ["EVALUATION_DATA=mine", "DATA=away"]))
    assert evaluate_command._without_default_data(given, tmp_path) == given
    for name in data.data.split("+"):
        (tmp_path / name).mkdir(parents=True)
    assert evaluate_command._without_default_data(data, tmp_path) == data


def test_evaluates_with_every_option_of_predicting(tmp_path):
    words = "--threshold 0.3 --rounds 2 --plain-nms --overlap 0.4 --members 3 --combine mean"
    asked = [
        detection_settings(
            evaluate_command.parse(arguments, Project(tmp_path, None, {})),
            evaluate_command.THRESHOLD,
        )
        for arguments in ([*words.split(), "--nested", "1"], [])
    ]
    assert asked == [
        DetectionSettings(0.3, 2, "regions", 0.4, 3, "mean", 1.0),
        DetectionSettings(threshold=0.05),
    ]


def test_an_ablation_of_exported_networks_is_refused_before_they_are_loaded(tmp_path, monkeypatch):
    (tmp_path / "project" / "exported").mkdir(parents=True)  # only in the project's folder
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path / "project", config, {})
    options = evaluate_command.parse(["ablation", "--weights", "exported"], project)
    with pytest.raises(UserError, match="a folder of exported networks, but an ablation"):
        evaluate_command.compare_modes(options)


def test_the_count_threshold_has_a_former_name(tmp_path):
    options = evaluate_command.parse(["ablation", "--sure", "0.7"], Project(tmp_path, None, {}))
    assert options.count_threshold == 0.7


def test_the_output_folder_of_earlier_versions_has_the_same_name():
    before = {"detection": {"rounds": 1, "overlap": 0.3}, "others": {"members": 5}, "data": "d"}
    now = {"detection": {"irp_iterations": 1, "iou_threshold": 0.3}, "others": {"top_k": 5}}
    name = evaluate_command.short_name_of(now | {"data": "d"})
    assert name == evaluate_command.short_name_of(before)
    assert name != evaluate_command.short_name_of(now | {"data": "e"})
