import json
from types import SimpleNamespace

from PIL import Image

from hyperface.job.data import count, read_data


def test_counts_go_by_data_set(pictures):
    assert count(pictures(helen=[1, 1], bare=[0, 0, 0], afw=[3])) == {
        "afw": (1, 3),
        "bare": (3, 0),
        "helen": (2, 2),
    }
    assert count([]) == {}


class Said(list):
    def say(self, line):
        self.append(line)


def own_set(folder, colours):
    """A set of faces in plain pictures; the last is for validation."""
    folder.mkdir()
    entries = []
    for number, colour in enumerate(colours):
        Image.effect_noise((90, 70), 60 + colour).convert("RGB").save(folder / f"{number}.png")
        split = "validation" if number == len(colours) - 1 else "train"
        face = {"box": [10, 10, 60, 60], "person": f"{folder.name} {number}"}
        entries.append({"file": f"{number}.png", "split": split, "faces": [face]})
    content = {"format": "hyperface-faces", "version": 1, "pictures": entries}
    (folder / "faces.json").write_text(json.dumps(content))


def read(tmp_path, **knobs):
    given = {"EVALUATION_DATA": "", "VALIDATION_FRACTION": 0.1, "SEED": 1, "LANDMARKS": "21"}
    settings = SimpleNamespace(**(given | knobs))
    training, validation = read_data(settings, tmp_path, Said())
    return [[f"{p.source} {p.name}" for p in side] for side in (training, validation)]


def test_the_held_out_part_of_the_data_is_judged(tmp_path):
    own_set(tmp_path / "a", (1, 2, 3))
    assert read(tmp_path, DATA="a") == [["a 0.png", "a 1.png"], ["a 2.png"]]


def test_other_data_can_be_judged(tmp_path):
    own_set(tmp_path / "a", (1, 2, 3))
    own_set(tmp_path / "b", (4, 5))
    training, validation = read(tmp_path, DATA="a", EVALUATION_DATA="b")
    assert training == ["a 0.png", "a 1.png"]
    assert validation == ["b 1.png"]
    both = read(tmp_path, DATA="a+b", EVALUATION_DATA="b")
    assert both == [["a 0.png", "a 1.png", "b 0.png"], ["b 1.png"]]
