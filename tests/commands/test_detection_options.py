import argparse
import json
from pathlib import Path

import pytest

import config
from hyperface.commands.detection_options import (
    add_detection_options,
    describe_threshold,
    detection_settings,
    detector_recipe,
)
from hyperface.commands.project import Project
from hyperface.detection.detection_settings import DetectionSettings
from hyperface.utils.defaults import default_settings

ROOT = Path(__file__).resolve().parents[2]


def parse(*arguments):
    parser = argparse.ArgumentParser()
    add_detection_options(parser, "0.1")
    return detection_settings(parser.parse_args(arguments), 0.1)


def test_without_options_the_settings_are_the_usual_ones():
    assert parse() == DetectionSettings(threshold=0.1)


def test_every_option_is_read():
    words = (
        "--threshold 0 --rounds 0 --plain-nms --overlap 0.4 --members 3 --combine mean --nested 1"
    )
    assert parse(*words.split()) == DetectionSettings(0.0, 0, "regions", 0.4, 3, "mean", 1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        *(("--threshold", "1.01"), ("--threshold", "nan"), ("--threshold=-0.1",), ("--rounds=-1",)),
        *(("--rounds", "101"), ("--rounds", "0.5"), ("--overlap", "2"), ("--members", "0")),
        *(("--nested", "1.5"), ("--combine", "max")),
    ],
)
def test_what_is_out_of_range_is_refused_with_its_option_named(wrong, capsys):
    with pytest.raises(SystemExit) as stopped:
        parse(*wrong)
    assert stopped.value.code == 2
    (line,) = (s for s in capsys.readouterr().err.splitlines() if "argument " in s)
    assert wrong[0].split("=")[0] in line.partition("argument ")[2].partition(": ")[0]


def test_former_names_of_options_mean_the_same():
    former = parse("--rounds", "2", "--overlap", "0.4", "--members", "3", "--nested", "0.6")
    present = parse(
        *("--irp-iterations", "2", "--iou-threshold", "0.4", "--top-k", "3"),
        *("--max-containment", "0.6"),
    )
    assert former == present
    assert former == DetectionSettings(
        irp_iterations=2, iou_threshold=0.4, top_k=3, max_containment=0.6, threshold=0.1
    )


def test_the_threshold_is_printed_with_advice():
    assert describe_threshold(0.95, True) == "threshold: 0.95, the value stored with these weights"
    said = describe_threshold(0.5, False)
    assert said.startswith("threshold: 0.5, since none is stored with the weights; to choose one")
    assert "--threshold" in said
    assert "--draw" in said


@pytest.mark.parametrize("proposals", ["fast", "selective_search"])
def test_the_networks_and_the_calibration_are_printed_and_stored(proposals, capsys):
    parser = Project(ROOT, config, {}).parser("", "")
    add_detection_options(parser, "0.1")
    options = parser.parse_args(["--proposals", proposals])
    recipe, about = detector_recipe(options, default_settings())
    weights = ROOT / "weights" / "pretrained" / "hyperface.weights.h5"
    assert recipe.weights == weights
    facts = json.loads(weights.with_name("hyperface.json").read_text())
    assert about["calibration"] == facts["calibration"]
    said = capsys.readouterr().out
    assert "weights: the included ones" in said
    fast = "proposals: the included ones" in said, recipe.fast is not None
    assert fast == (proposals == "fast",) * 2
    assert ("proposals: selective search" in said) == (proposals == "selective_search")
