from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import config
from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.annotations.writers.own_writers import write_own_faces
from hyperface.errors import UserError
from hyperface.steps.face_model_regions import face_model_regions, read_face_model_data
from hyperface.steps.setting_groups import NetworkSettings, group, step_settings
from hyperface.steps.starting import chosen_heads, trains_face_model
from hyperface.utils.settings import resolve


class Said(list):
    def log(self, line):
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


def own_settings(*overrides):
    return step_settings(resolve(config, overrides)).face_model


def test_without_settings_of_its_own_it_has_the_networks_regions():
    regions, split = object(), SimpleNamespace(training=[], validation=[])
    groups = step_settings(resolve(config))
    own, network = groups.face_model, groups.sampling
    assert face_model_regions(own, network, regions, {}, split, None, Said()) is regions


def test_its_own_settings_replace_the_networks():
    own = own_settings(
        *("FACE_MODEL_DATA=a", "FACE_MODEL_BACKGROUND_IOU=0.1"),
        *("FACE_MODEL_BACKGROUND_MIN_IOU=0", "FACE_MODEL_BATCH_SHARES.hard_negative=0"),
    )
    rules, shares = own.sampling.rules, own.sampling.batch_shares
    assert (own.face_model_data, rules.background, rules.background_min) == ("a", 0.1, 0.0)
    assert shares == {"face": 0.6, "hard_negative": 0.0, "background": 0.2}
    assert own.sampling != step_settings(resolve(config)).sampling


def test_an_unknown_share_is_refused():
    with pytest.raises(UserError, match=r"FACE_MODEL_BATCH_SHARES has an entry .* does not have"):
        resolve(config, ["FACE_MODEL_BATCH_SHARES.faces=1"])
    with pytest.raises(UserError, match="FACE_MODEL_BACKGROUND_MIN_IOU is above"):
        resolve(config, ["FACE_MODEL_BACKGROUND_MIN_IOU=0.4"])
    with pytest.raises(UserError, match="FACE_MODEL_BACKGROUND_MIN_IOU is above"):
        resolve(config, ["FACE_MODEL_BACKGROUND_IOU=0.05"])


def test_the_face_model_learns_whatever_the_loss_weights_of_the_network_are():
    assert own_settings("LOSS_WEIGHTS.detection=0").training.loss_weights == {"detection": 1.0}


def test_people_held_out_from_the_network_are_skipped(tmp_path):
    own_set(tmp_path / "first", ["ann", "bob", None])
    held_out = own_set(tmp_path / "other", ["bob"])
    settings = own_settings("FACE_MODEL_DATA=first")
    step = Said()
    kept = read_face_model_data(settings, held_out, tmp_path, step)
    # Bob is held out; the first image is the same as his held-out one.
    assert [image.name for image in kept] == ["2.png"]
    assert any("2 x held out (0.png, 1.png)" in line for line in step)


def test_no_image_left_is_an_error(tmp_path):
    held_out = own_set(tmp_path / "first", ["ann"])
    settings = own_settings("FACE_MODEL_DATA=first")
    with pytest.raises(UserError, match="FACE_MODEL_DATA = first"):
        read_face_model_data(settings, held_out, tmp_path, Said())


def test_heads_are_those_of_the_network_in_its_order():
    def heads(*settings):
        return chosen_heads(group(NetworkSettings, resolve(config, settings)))

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
    groups = step_settings(resolve(config, [setting]))
    assert trains_face_model(groups.network, groups.start) is trained
