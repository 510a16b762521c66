"""Step: read the data and split it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hyperface.annotations.finding import read_all
from hyperface.annotations.record import Picture, SkipReport
from hyperface.annotations.schemes import in_68
from hyperface.annotations.splitting import split_pictures
from hyperface.errors import UserError
from hyperface.images.fingerprints import fingerprint_all, near_identical_groups
from hyperface.utils.log import Step
from hyperface.utils.settings import Settings

FINGERPRINTS = Path("data", "cache", "fingerprints.npy")  # in the project's folder


def read_data(settings: Settings, project: Path, step: Step) -> tuple[list[Picture], list[Picture]]:
    """Reads every data set and splits what is sound into (training, validation).

    Where EVALUATION_DATA names other data sets, all are split together, so that nobody is on both
    sides; then DATA gives the training and EVALUATION_DATA the validation.
    """
    data = _read_and_split(settings, project)
    training = [data.pictures[row] for row in data.training if row in data.to_train]
    validation = [data.pictures[row] for row in data.validation if row in data.to_judge]
    if settings.LANDMARKS == "68":
        training, validation = in_68(training), in_68(validation)
    for line in _unknown_sets(settings, data.pictures):
        step.say(line)
    training, validation = (
        [_without_gender(picture, settings.WITHOUT_GENDER) for picture in side]
        for side in (training, validation)
    )
    for name, side in (("training", training), ("validation", validation)):
        for source, (n_pictures, n_faces) in count(side).items():
            step.say(f"{name}: {source}, {n_pictures:,} pictures, {n_faces:,} faces")
    for line in data.skipped:
        step.say(f"skipped {line}")
    if not any(picture.faces for picture in training):
        raise UserError(
            f"no picture under {settings.DATA} has an annotated face to train on: add one, or see "
            "data/README.md for how faces are annotated"
        )
    return training, validation


def read_judged(
    settings: Settings, project: Path, whole: Collection[str] | None, step: Step
) -> list[Picture]:
    """Reads the pictures to evaluate a network on: the held-out ones of such a training.

    Args:
        settings: EVALUATION_DATA, or else DATA, is judged.
        project: What relative paths start from.
        whole: Data sets to be judged whole, not their held-out part alone; None for every one.
        step: Told what was read.

    Raises:
        UserError: Nothing of the data can be read, or nothing of it is held out.
    """
    data = _read_and_split(settings, project)
    held_out = set(data.validation)
    judged = [
        _without_gender(picture, settings.WITHOUT_GENDER)
        for row, picture in enumerate(data.pictures)
        if row in data.to_judge and (row in held_out or whole is None or picture.source in whole)
    ]
    for source, (n_pictures, n_faces) in count(judged).items():
        step.say(f"judged: {source}, {n_pictures:,} pictures, {n_faces:,} faces")
    for line in data.skipped:
        step.say(f"skipped {line}")
    if not judged:
        raise UserError(
            f"No picture under {settings.EVALUATION_DATA or settings.DATA} is held out; give "
            "--split all, other data, or a larger VALIDATION_FRACTION."
        )
    return judged


@dataclass(frozen=True, eq=False)
class _Data:
    """What was read, by row of `pictures`.

    Attributes:
        pictures: Sound ones.
        training: Rows of that side.
        validation: Rows of that side.
        to_train: Rows of DATA.
        to_judge: Rows of EVALUATION_DATA, or else of DATA.
        skipped: What could not be used, a line a reason.
    """

    pictures: list[Picture]
    training: list[int]
    validation: list[int]
    to_train: set[int]
    to_judge: set[int]
    skipped: list[str]


def _read_and_split(settings: Settings, project: Path) -> _Data:
    pictures, rejects, _ = read_all(settings.DATA, project)
    to_train = {_key(picture) for picture in pictures}
    to_judge = to_train
    skipped: list[str] = []
    if settings.EVALUATION_DATA:
        others, other_rejects, _ = read_all(settings.EVALUATION_DATA, project)
        to_judge = {_key(picture) for picture in others}
        pictures += [picture for picture in others if _key(picture) not in to_train]
        skipped += other_rejects.lines()
    pictures, training, validation = split_sound(
        pictures, settings.VALIDATION_FRACTION, settings.SEED, project / FINGERPRINTS, rejects
    )
    return _Data(
        pictures,
        training,
        validation,
        {row for row, picture in enumerate(pictures) if _key(picture) in to_train},
        {row for row, picture in enumerate(pictures) if _key(picture) in to_judge},
        list(dict.fromkeys([*rejects.lines(), *skipped])),
    )


def split_sound(
    pictures: Sequence[Picture], fraction: float, seed: int, cache_file: Path, rejects: SkipReport
) -> tuple[list[Picture], list[int], list[int]]:
    """Splits the pictures that can be decoded.

    Args:
        pictures: Any.
        fraction: Of the pictures to hold out.
        seed: Another seed gives another split.
        cache_file: Of the fingerprints.
        rejects: Told of broken pictures.

    Returns:
        The sound pictures, and among them the rows of training and those of validation.
    """
    files = [(picture.path, picture.frame) for picture in pictures]
    hashes, broken = fingerprint_all(files, cache_file)
    for index, reason in broken.items():
        rejects.add(reason, pictures[index].name)
    rows = [index for index in range(len(pictures)) if index not in broken]
    sound = [pictures[index] for index in rows]
    training, validation = split_pictures(
        sound, near_identical_groups(hashes[rows]), fraction, seed
    )
    return sound, training.tolist(), validation.tolist()


def _unknown_sets(settings: Settings, pictures: Sequence[Picture]) -> list[str]:
    """A sentence for each setting that names data sets that are not there."""
    there = sorted({picture.source for picture in pictures})
    unknown = {
        setting: sorted(set(getattr(settings, setting)) - set(there))
        for setting in ("DATA_WEIGHTS", "WITHOUT_GENDER")
    }
    return [
        f"{setting} names {', '.join(names)}, but the data has only {', '.join(there)}"
        for setting, names in unknown.items()
        if names
    ]


def _without_gender(picture: Picture, sets: Collection[str]) -> Picture:
    """The picture, its faces' genders missing where its data set is one of `sets`."""
    if picture.source not in sets:
        return picture
    return replace(picture, faces=tuple(replace(f, gender=float("nan")) for f in picture.faces))


def _key(picture: Picture) -> tuple[str, str]:
    return picture.source, picture.name


def count(pictures: Sequence[Picture]) -> dict[str, tuple[int, int]]:
    """By data set, the number of pictures and of faces."""
    numbers: dict[str, tuple[int, int]] = {}
    for picture in pictures:
        seen, faces = numbers.get(picture.source, (0, 0))
        numbers[picture.source] = (seen + 1, faces + len(picture.faces))
    return dict(sorted(numbers.items()))
