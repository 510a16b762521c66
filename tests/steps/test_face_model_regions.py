from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import config
from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.annotations.writers.own_faces import write_own_faces
from hyperface.errors import UserError
from hyperface.steps.face_model_regions import (
    face_model_regions,
    face_model_settings,
    read_face_model_data,
)
from hyperface.steps.starting import chosen_heads, trains_face_model
from hyperface.utils.settings import resolve


class Said(list):
    def say(self, line):
        self.append(line)


def own_set(folder, people):
    """A set with a face an image, and its records."""
    folder.mkdir()
    images = []
    for number, person in enumerate(people):
        name = f"{number}.png"
        noise = np.random.default_rng(number).integers(0, 256, (70, 90, 3), np.uint8)
        Image.fromarray(noise).save(folder / name)
        face = Face(np.float32([10, 10, 60, 60]), person=person)
        images.append(AnnotatedImage(folder / name, name, folder.name, 90, 70, (face,)))
    write_own_faces(folder, [(image.name, image) for image in images])
    return images


def test_without_knobs_of_its_own_it_has_the_networks_regions():
    settings = resolve(config)
    assert face_model_settings(settings) == settings
    regions = object()
    assert face_model_regions(settings, regions, {}, [], Path(), Said()) is regions


def test_its_own_knobs_take_the_place_of_the_networks():
    own = face_model_settings(
        resolve(
            config,
            [
                *("FACE_MODEL_DATA=a", "FACE_MODEL_BACKGROUND_IOU=0.1"),
                *("FACE_MODEL_BACKGROUND_MIN_IOU=0", "FACE_MODEL_BATCH_SHARES.hard_negative=0"),
            ],
        )
    )
    assert (own.DATA, own.BACKGROUND_IOU, own.BACKGROUND_MIN_IOU) == ("a", 0.1, 0.0)
    assert own.BATCH_SHARES == {"face": 0.6, "hard_negative": 0.0, "background": 0.2}


def test_a_share_of_nothing_known_is_refused():
    settings = resolve(config, ["FACE_MODEL_BATCH_SHARES.faces=1"])
    with pytest.raises(UserError, match="faces, but a batch is made of face, hard_negative"):
        face_model_settings(settings)


def test_whoever_is_held_out_from_the_network_is_left_out(tmp_path):
    own_set(tmp_path / "first", ["ann", "bob", None])
    held_out = own_set(tmp_path / "other", ["bob"])
    settings = SimpleNamespace(FACE_MODEL_DATA="first", LANDMARKS="21")
    step = Said()
    kept = read_face_model_data(settings, held_out, tmp_path, step)
    # Bob is held out; the first image is the same as his held-out one.
    assert [image.name for image in kept] == ["2.png"]
    assert any("2 x held out (0.png, 1.png)" in line for line in step)


def test_nothing_left_is_said(tmp_path):
    held_out = own_set(tmp_path / "first", ["ann"])
    settings = SimpleNamespace(FACE_MODEL_DATA="first", LANDMARKS="21")
    with pytest.raises(UserError, match="FACE_MODEL_DATA = first"):
        read_face_model_data(settings, held_out, tmp_path, Said())


def test_heads_are_those_of_the_network_in_its_order():
    def heads(*settings):
        return chosen_heads(resolve(config, settings))

    assert heads() == ["detection", "landmarks", "visibility", "pose", "gender"]
    assert heads("HEADS=pose,detection") == ["detection", "pose"]
    assert heads("NETWORK=r_cnn_fiducial") == ["landmarks", "visibility"]
    with pytest.raises(UserError, match="HEADS names gender, but r_cnn_pose has only pose"):
        heads("NETWORK=r_cnn_pose", "HEADS=gender,pose")


@pytest.mark.parametrize(
    ("setting", "trained"),
    [
        ("SEED=1", True),
        ("TRAIN_FACE_MODEL=False", False),
        ("NETWORK=hyperface_resnet", False),
        ("INIT_FROM=pretrained", False),
    ],
)
def test_when_a_face_model_is_trained(setting, trained):
    assert trains_face_model(resolve(config, [setting])) is trained
