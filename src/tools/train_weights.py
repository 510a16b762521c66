"""Trains the weights that come with the project: the recipe of the third version.

    python src/tools/train_weights.py /path/to/sets --stage 1 --out runs/third
    python src/tools/train_weights.py /path/to/sets --stage 2 --out runs/third
    python src/tools/train_weights.py /path/to/sets --stage proposals --out runs/third

The folder of sets must have those that `SETS` names, as docs/data-sets.md describes them. Each
numbered stage is a whole run of main.py in its own folder. The first one starts from the included
weights, and the second from those of the first. The stage "proposals" trains only the proposal
detector, from the included one. src/tools/publish_weights.py can publish the weights of a stage.
The same command resumes an interrupted stage.
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from hyperface.errors import UserError
from hyperface.utils.command import exit_status
from hyperface.utils.defaults import default_settings
from hyperface.utils.log import PrintedStep
from hyperface.utils.settings import Settings
from tools import PROJECT

# Sampling weight of the faces of each data set: a fifth of the sampled faces is turned by more than
# 45 degrees, a seventh comes from crowds, and small sets are seen as often as large ones.
SETS = {
    "mtfl": 1.0,
    "helen": 2.9,
    "lfpw": 2.7,
    "youtube_faces": 1.75,
    "utkface": 1.0,
    "cfp": 2.9,
    "wider_face": 1.25,
    "fairface": 1.15,
    "pointing04": 2.8,
    "face_masks": 2.0,
    "no_faces": 1.0,  # without faces: it has no influence
}
POINTS = "teacher_points"  # beside the sets: landmarks for faces that have fewer
OWN = {"sample": 2.1, "people": 1.0}  # in the project's data folder

SHARED: Mapping[str, Any] = {
    "INIT_FROM": "pretrained",
    "NORMALIZATION": "lrn",
    "WITHOUT_GENDER": ("sample",),
    "TRAIN_PROPOSAL_DETECTOR": False,
    "PHOTOGRAPH": "",
    "BATCH_SIZE": 32,
    "BATCH_SHARES": {"face": 0.66, "hard_negative": 0.14, "background": 0.2},
    "LOSS_WEIGHTS": {
        "detection": 1.0,
        "landmarks": 50.0,
        "visibility": 1.0,
        "pose": 5.0,
        "gender": 3.0,
    },
    "OPTIMIZER": "adam",
    "WEIGHT_DECAY": 1e-4,
    "EMA_MOMENTUM": 0.995,
    "KEPT_EPOCH": "last",
    "ROTATION_PROB": 0.2,
    "DOWNSCALE_PROB": 0.3,
    "FROZEN_LAYERS": ("conv1", "conv2"),
    "PROPOSAL_IMAGES": 80,
    "PROPOSAL_IMAGES_VALIDATION": 40,
    "VALIDATION_REGIONS": 512,
    "EVALUATION_REGIONS": 3000,
    "REGIONS_PER_EPOCH": 4096,
    "SPLIT_SEED": 1,  # as of the weights that training starts from
}
# Every stage searches the images again, so that its negatives are those of the network it starts
# from.
STAGES: tuple[Mapping[str, Any], ...] = (
    {"EPOCHS": 14, "LEARNING_RATE": 1e-4, "MINING_IMAGES": 150, "SEED": 1},
    {"EPOCHS": 16, "LEARNING_RATE": 1e-4, "MINING_IMAGES": 250, "SEED": 2},
)
# The stage of the proposal detector: nearly half of the pasted images are from WIDER FACE, where
# faces are the smallest and the most covered.
PROPOSALS = "proposals"
PROPOSALS_SETS = {
    "wider_face": 8.0,
    "mtfl": 0.6,
    "cfp": 1.6,
    "pointing04": 1.5,
    "face_masks": 1.5,
    "fairface": 0.4,
    "utkface": 0.2,
    "sample": 0.5,
    "people": 0.5,
}
PROPOSALS_STAGE: Mapping[str, Any] = {
    "PROPOSAL_DETECTOR_EPOCHS": 24,
    "PROPOSAL_DETECTOR_SCENES": 4096,
    "PROPOSAL_DETECTOR_RATE": 0.006,
    "EMA_MOMENTUM": 0.998,
    "TRAIN_PROPOSAL_DETECTOR": True,
    "DATA_WEIGHTS": dict.fromkeys([*SETS, *OWN], 1.0) | PROPOSALS_SETS,
    "SEED": 4,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains one stage; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path, help="folder of the data sets")
    parser.add_argument(
        "--stage",
        choices=[*map(str, range(1, len(STAGES) + 1)), PROPOSALS],
        required=True,
        help="stage to train: a number, or the proposal detector",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of all stages")
    parser.add_argument("--epochs", type=int, help="number of epochs (default: that of the stage)")
    options = parser.parse_args(arguments)

    def run() -> None:
        if options.stage == PROPOSALS:
            train_proposals(options.sets, options.out, options.epochs)
        else:
            train(options.sets, options.out, int(options.stage), options.epochs)

    return exit_status(run, "the same command resumes after the last finished epoch")


def train(sets: Path, out: Path, stage: int, epochs: int | None) -> None:
    """Runs one numbered stage.

    Raises:
        UserError: A data set, or the stage before, is missing.
    """
    from hyperface.pipeline import (
        train_and_evaluate,  # imports Keras, for which --help need not wait
    )

    work = out / f"stage-{stage}"
    work.mkdir(parents=True, exist_ok=True)
    given = {} if epochs is None else {"EPOCHS": epochs}
    if stage > 1:
        start = out / f"stage-{stage - 1}" / "weights" / "hyperface.weights.h5"
        if not start.is_file():
            raise UserError(f"There are no weights at {start}: train stage {stage - 1} first.")
        given |= {"PRETRAINED_WEIGHTS": str(start.resolve())}
    train_and_evaluate(stage_settings(sets, stage, **given), work)


def train_proposals(sets: Path, out: Path, epochs: int | None) -> None:
    """Trains the proposal detector, and writes its weights into the stage's folder.

    Raises:
        UserError: A data set is missing.
    """
    from hyperface.models.weights import write_weights
    from hyperface.steps.data import read_data
    from hyperface.steps.proposal_training import FACTS, train_proposal_detector
    from hyperface.steps.setting_groups import step_settings

    given = {} if epochs is None else {"PROPOSAL_DETECTOR_EPOCHS": epochs}
    settings = stage_settings(sets, PROPOSALS, **given)
    groups, step, work = step_settings(settings), PrintedStep(), out / f"stage-{PROPOSALS}"
    work.mkdir(parents=True, exist_ok=True)
    images = read_data(groups.data, work, step)
    model = train_proposal_detector(images, groups.proposals, work, step).model
    facts = {"data": images.counts(), "settings": settings.as_dict(), **FACTS}
    write_weights(model, work / "weights" / f"{model.name}.weights.h5", facts)


def stage_settings(sets: Path, stage: int | str, **given: Any) -> Settings:
    """The settings of a stage.

    Args:
        sets: Folder of the data sets.
        stage: From 1, or "proposals".
        **given: Other settings.

    Raises:
        UserError: A data set is missing.
    """
    folders = [sets / name for name in SETS]
    if missing := [folder.name for folder in (*folders, sets / POINTS) if not folder.is_dir()]:
        raise UserError(f"{sets} lacks the data sets {', '.join(missing)}: see docs/data-sets.md.")
    own = [PROJECT / "data" / name for name in OWN]
    data = "+".join(str(folder) for folder in (*folders, *own))
    own_values = PROPOSALS_STAGE if stage == PROPOSALS else STAGES[int(stage) - 1]
    values = {
        **SHARED,
        "DATA": data,
        "DATA_WEIGHTS": {**SETS, **OWN},
        **own_values,
        **given,
    }
    return default_settings(**values)


if __name__ == "__main__":
    sys.exit(main())
