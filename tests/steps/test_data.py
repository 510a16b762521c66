import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from hyperface.errors import UserError
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.steps.data import count, read_data, read_evaluated, usable_weights
from hyperface.steps.setting_groups import DataSettings, group


def test_counts_go_by_data_set(images):
    assert count(images(helen=[1, 1], bare=[0, 0, 0], afw=[3])) == {
        "afw": (1, 3),
        "bare": (3, 0),
        "helen": (2, 2),
    }
    assert count([]) == {}


DEFAULTS = {
    "EVALUATION_DATA": "",
    "VALIDATION_FRACTION": 0.1,
    "SPLIT_SEED": 1,
    "LANDMARKS": "21",
    "WITHOUT_GENDER": (),
    "DATA_WEIGHTS": {},
}


class Said(list):
    def log(self, line):
        self.append(line)


def own_set(folder, colors):
    """A set of faces in plain images; the last is for validation."""
    folder.mkdir()
    entries = []
    for number, color in enumerate(colors):
        Image.effect_noise((90, 70), 60 + color).convert("RGB").save(folder / f"{number}.png")
        split = "validation" if number == len(colors) - 1 else "train"
        face = {"box": [10, 10, 60, 60], "person": f"{folder.name} {number}"}
        entries.append({"file": f"{number}.png", "split": split, "faces": [face]})
    content = {"format": "hyperface-faces", "version": 1, "pictures": entries}
    (folder / "faces.json").write_text(json.dumps(content))


def given(**settings):
    return group(DataSettings, SimpleNamespace(**(DEFAULTS | settings)))


def read(tmp_path, **settings):
    training, validation = read_data(given(**settings), tmp_path, Said())
    return [[f"{p.source} {p.name}" for p in side] for side in (training, validation)]


def test_the_held_out_part_of_the_data_is_evaluated(tmp_path):
    own_set(tmp_path / "a", (1, 2, 3))
    assert read(tmp_path, DATA="a") == [["a 0.png", "a 1.png"], ["a 2.png"]]


def test_the_split_has_a_seed_of_its_own(tmp_path):
    own_set(tmp_path / "a", range(24))
    path = tmp_path / "a" / "faces.json"
    path.write_text(path.read_text().replace('"split": "train", ', ""))
    first, again, other = (
        read(tmp_path, DATA="a", VALIDATION_FRACTION=0.5, SEED=seed, SPLIT_SEED=split)
        for seed, split in ((1, 1), (2, 1), (1, 2))
    )
    assert first == again != other


def test_faces_that_are_all_held_out_are_named(tmp_path):
    own_set(tmp_path / "a", (1, 2, 3))
    own_set(tmp_path / "b", (4,))
    said = Said()
    read_data(given(DATA="a+b"), tmp_path, said)
    assert "b: all images are held out for validation, so that none is trained on" in said
    with pytest.raises(UserError, match="All annotated faces under b are held out"):
        read_data(given(DATA="b"), tmp_path, Said())


def test_weights_of_0_for_all_faces_are_refused_in_training_alone(tmp_path):
    own_set(tmp_path / "a", (1, 2, 3))
    own_set(tmp_path / "b", (4, 5))
    with pytest.raises(UserError, match="DATA_WEIGHTS are 0 for all data sets with faces, a"):
        read_data(given(DATA="a", DATA_WEIGHTS={"a": 0.0}), tmp_path, Said())
    sides = given(DATA="a", EVALUATION_DATA="b", DATA_WEIGHTS={"b": 0.0})
    training, validation = read_data(sides, tmp_path, Said())
    assert usable_weights(training, {"b": 0.0}) == {"b": 0.0}
    assert usable_weights(validation, {"b": 0.0}) == {}


def test_other_data_can_be_evaluated(tmp_path):
    own_set(tmp_path / "a", (1, 2, 3))
    own_set(tmp_path / "b", (4, 5))
    training, validation = read(tmp_path, DATA="a", EVALUATION_DATA="b")
    assert training == ["a 0.png", "a 1.png"]
    assert validation == ["b 1.png"]
    both = read(tmp_path, DATA="a+b", EVALUATION_DATA="b")
    assert both == [["a 0.png", "a 1.png", "b 0.png"], ["b 1.png"]]


def evaluated(tmp_path, whole, **settings):
    said = Said()
    images = read_evaluated(given(**settings), tmp_path, whole, said)
    return [f"{image.source} {image.name}" for image in images], said


def test_the_held_out_part_or_the_whole_of_some_sets_is_evaluated(tmp_path):
    own_set(tmp_path / "a", (1, 2))
    own_set(tmp_path / "b", (4, 5))
    assert evaluated(tmp_path, (), DATA="a+b")[0] == ["a 1.png", "b 1.png"]
    assert evaluated(tmp_path, ("b",), DATA="a+b")[0] == ["a 1.png", "b 0.png", "b 1.png"]
    everything, said = evaluated(tmp_path, None, DATA="a", EVALUATION_DATA="b")
    assert everything == ["b 0.png", "b 1.png"]
    assert said == ["evaluation: b, 2 images, 2 faces"]


def test_nothing_held_out_is_an_error(tmp_path):
    own_set(tmp_path / "a", (1, 2))
    content = json.loads((tmp_path / "a" / "faces.json").read_text())
    for entry in content["pictures"]:
        entry["split"] = "train"
    (tmp_path / "a" / "faces.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match="is held out; give --split all"):
        evaluated(tmp_path, (), DATA="a")
    assert len(evaluated(tmp_path, None, DATA="a")[0]) == 2


def test_genders_of_a_set_can_be_left_out(tmp_path):
    for name, colors in (("a", (1, 2, 3)), ("b", (4, 5, 6))):
        own_set(tmp_path / name, colors)
        path = tmp_path / name / "faces.json"
        content = json.loads(path.read_text())
        for entry in content["pictures"]:
            entry["faces"][0]["gender"] = "female"
        path.write_text(json.dumps(content))
    sides = read_data(given(DATA="a+b", WITHOUT_GENDER=("b",)), tmp_path, Said())
    for side in sides:
        genders = {(p.source, bool(np.isnan(f.gender))) for p in side for f in p.faces}
        assert genders == {("a", False), ("b", True)}


def test_an_unknown_data_set_is_named(tmp_path):
    own_set(tmp_path / "a", (1, 2, 3))
    settings = {"DATA": "a", "WITHOUT_GENDER": ("b", "a"), "DATA_WEIGHTS": {"helen": 2.0}}
    said = Said()
    read_data(given(**settings), tmp_path, said)
    assert said[:2] == [
        "DATA_WEIGHTS names helen, but the data has only a",
        "WITHOUT_GENDER names b, but the data has only a",
    ]


def test_68_landmarks_need_faces_that_have_them(tmp_path):
    own_set(tmp_path / "own", [1, 2])
    with pytest.raises(UserError, match="LANDMARKS is 68, but no face under own has 68"):
        read(tmp_path, DATA="own", LANDMARKS="68")


def test_landmarks_from_a_file_are_reported(tmp_path):
    own_set(tmp_path / "a", (1, 2, 3))
    header = ",".join(["file", *(f"{axis}{n}" for n in range(21) for axis in "xy")])
    (tmp_path / "teacher_points").mkdir()
    points = MEAN_FACE[:, :2] * (18, -18) + (35, 24)
    cells = ",".join(f"{value:.1f}" for value in points.ravel())
    (tmp_path / "teacher_points" / "a.csv").write_text(f"{header}\n0.png,{cells}\n")
    said = Said()
    training = read_data(given(DATA="a"), tmp_path, said).training
    assert np.isfinite(training[0].faces[0].landmarks).all()
    assert any(line.startswith("landmarks of 1 faces of a completed from") for line in said)
