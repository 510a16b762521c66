"""Step: read the data and split it."""

from collections.abc import Sequence
from pathlib import Path

from hyperface.errors import UserError
from hyperface.pictures.fingerprints import fingerprint_all, near_identical_groups
from hyperface.records.finding import read_all
from hyperface.records.record import Picture
from hyperface.records.schemes import in_68
from hyperface.records.splitting import split_pictures
from hyperface.runs.log import Step
from hyperface.runs.settings import Settings


def read_data(settings: Settings, project: Path, step: Step) -> tuple[list[Picture], list[Picture]]:
    """Reads every data set and splits what is sound into (training, validation).

    Where EVALUATION_DATA names other data sets, all are split together, so that nobody is on both
    sides; then DATA gives the training and EVALUATION_DATA the validation.
    """
    pictures, rejects, _ = read_all(settings.DATA, project)
    to_train = {_key(picture) for picture in pictures}
    to_judge = to_train
    skipped: list[str] = []
    if settings.EVALUATION_DATA:
        others, other_rejects, _ = read_all(settings.EVALUATION_DATA, project)
        to_judge = {_key(picture) for picture in others}
        pictures += [picture for picture in others if _key(picture) not in to_train]
        skipped += other_rejects.lines()
    hashes, broken = fingerprint_all(
        [(picture.path, picture.frame) for picture in pictures],
        project / "data" / "cache" / "fingerprints.npy",
    )
    for index, reason in broken.items():
        rejects.add(reason, pictures[index].name)
    sound = [index for index in range(len(pictures)) if index not in broken]
    pictures = [pictures[index] for index in sound]
    train_rows, validation_rows = split_pictures(
        pictures,
        near_identical_groups(hashes[sound]),
        settings.VALIDATION_FRACTION,
        settings.SEED,
    )
    training = [pictures[row] for row in train_rows if _key(pictures[row]) in to_train]
    validation = [pictures[row] for row in validation_rows if _key(pictures[row]) in to_judge]
    if settings.LANDMARKS == "68":
        training, validation = in_68(training), in_68(validation)
    for name, side in (("training", training), ("validation", validation)):
        for source, (n_pictures, n_faces) in count(side).items():
            step.say(f"{name}: {source}, {n_pictures:,} pictures, {n_faces:,} faces")
    for line in dict.fromkeys([*rejects.lines(), *skipped]):
        step.say(f"skipped {line}")
    if not any(picture.faces for picture in training):
        raise UserError(
            f"no picture under {settings.DATA} has an annotated face to train on: add one, or see "
            "data/README.md for how faces are annotated"
        )
    return training, validation


def _key(picture: Picture) -> tuple[str, str]:
    return picture.source, picture.name


def count(pictures: Sequence[Picture]) -> dict[str, tuple[int, int]]:
    """By data set, the number of pictures and of faces."""
    numbers: dict[str, tuple[int, int]] = {}
    for picture in pictures:
        seen, faces = numbers.get(picture.source, (0, 0))
        numbers[picture.source] = (seen + 1, faces + len(picture.faces))
    return dict(sorted(numbers.items()))
