"""The later study's experiments: presets of the settings of config.py.

A course project of 2019 trained HyperFace on faces with 68 landmarks and transferred the result to
AFLW. `python src/main.py --experiment 2a --set DATA=... FACE_MODEL_DATA=...` repeats one of its
experiments; --set overrides the preset. Epochs, regions and learning rates are those of config.py;
docs/experiments.md has those of the study.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hyperface.errors import UserError

FACES_68 = "faces with 68 points: Helen, LFPW, 300-W, 300-VW"
AFLW = "AFLW, or other faces with 21 landmarks"


@dataclass(frozen=True)
class Experiment:
    """One preset."""

    about: str  # a description on one line
    expects: Mapping[str, str]  # the settings that the user has to give, with a description
    preset: Sequence[str]  # overrides, as after --set

    def overrides(self, given: Sequence[str]) -> list[str]:
        """The preset, followed by the user's overrides.

        Raises:
            UserError: A setting of `expects` is not given.
        """
        named = {override.partition("=")[0].strip() for override in given}
        if missing := [f"{k}=... ({v})" for k, v in self.expects.items() if k not in named]:
            raise UserError(f"The experiment needs --set {' and '.join(missing)}.")
        return [*self.preset, *given]


_FROM_FACE_MODEL = (
    "TRAIN_FACE_MODEL=False",
    "FACE_MODEL_WEIGHTS=weights/face_model.weights.h5",  # those of 2a, if its run was the latest
)
_THREE_HEADS_OF_68 = ("LANDMARKS=68", "HEADS=detection,landmarks,pose")
_FIVE_HEADS = (
    *("LANDMARKS=21", "HEADS="),
    *("LOSS_WEIGHTS.detection=1", "LOSS_WEIGHTS.landmarks=5", "LOSS_WEIGHTS.visibility=0.5"),
    *("LOSS_WEIGHTS.pose=5", "LOSS_WEIGHTS.gender=2"),
)

EXPERIMENTS = {
    "1": Experiment(
        "trains HyperFace with 68 landmarks from random weights",
        {"DATA": FACES_68},
        (
            *_THREE_HEADS_OF_68,
            *("INIT_FROM=random", "TRAIN_FACE_MODEL=False", "FACE_MODEL_WEIGHTS="),
            *("LOSS_WEIGHTS.detection=1", "LOSS_WEIGHTS.landmarks=5", "LOSS_WEIGHTS.pose=5"),
        ),
    ),
    "2a": Experiment(
        "trains a face model on 68-point faces and hard negatives, then the five heads on AFLW",
        {"FACE_MODEL_DATA": FACES_68, "DATA": AFLW},
        (
            *_FIVE_HEADS,
            *("INIT_FROM=imagenet", "TRAIN_FACE_MODEL=True"),
            # Negatives hardly overlap a face, even in images that may show unannotated faces.
            *("FACE_MODEL_BACKGROUND_IOU=0.1", "FACE_MODEL_BACKGROUND_MIN_IOU=0"),
        ),
    ),
    "2b": Experiment(
        "as 2a, but takes the face model's negatives from unrelated images",
        {
            "FACE_MODEL_DATA": f"{FACES_68}; and no_faces:/path to images such as CIFAR-10's",
            "DATA": AFLW,
        },
        (
            *_FIVE_HEADS,
            *("INIT_FROM=imagenet", "TRAIN_FACE_MODEL=True"),
            # No negatives come from the images of faces, which may show unannotated faces.
            *("FACE_MODEL_BATCH_SHARES.face=0.5", "FACE_MODEL_BATCH_SHARES.hard_negative=0"),
            "FACE_MODEL_BATCH_SHARES.background=0.5",
        ),
    ),
    "3": Experiment(
        "trains detection, landmarks and visibility on AFLW, from 2a's face model",
        {"DATA": AFLW},
        (
            *_FROM_FACE_MODEL,
            *("LANDMARKS=21", "HEADS=detection,landmarks,visibility"),
            *("LOSS_WEIGHTS.detection=1", "LOSS_WEIGHTS.landmarks=5"),
            "LOSS_WEIGHTS.visibility=0.5",
        ),
    ),
    "4": Experiment(
        "trains on 68-point faces only, from 2a's face model; draws landmarks after each epoch",
        {"DATA": FACES_68},
        (
            *_FROM_FACE_MODEL,
            *_THREE_HEADS_OF_68,
            *("LOSS_WEIGHTS.detection=1", "LOSS_WEIGHTS.landmarks=5", "LOSS_WEIGHTS.pose=5"),
            "LANDMARK_OVERLAYS=8",
        ),
    ),
    "5": Experiment(
        "continues the training of a network with the landmark loss alone",
        {"DATA": FACES_68, "PRETRAINED_WEIGHTS": "the weights that experiment 1 or 4 left"},
        (
            *_THREE_HEADS_OF_68,
            *("INIT_FROM=pretrained", "FROZEN_LAYERS="),
            *("LOSS_WEIGHTS.detection=0", "LOSS_WEIGHTS.landmarks=5", "LOSS_WEIGHTS.pose=0"),
        ),
    ),
}
