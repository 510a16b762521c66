"""Step: read the data and split it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hyperface.annotations.finding import read_all
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.annotations.schemes import in_68
from hyperface.annotations.splitting import split_images
from hyperface.errors import UserError
from hyperface.images.fingerprints import fingerprint_all, near_identical_groups
from hyperface.utils.log import Step
from hyperface.utils.settings import Settings

FINGERPRINTS = Path("data", "cache", "fingerprints.npy")  # in the project's folder


def read_data(
    settings: Settings, project: Path, step: Step
) -> tuple[list[AnnotatedImage], list[AnnotatedImage]]:
    """Reads every data set and splits what is sound into (training, validation).

    Where EVALUATION_DATA names other data sets, all are split together, so that nobody is on both
    sides; then DATA gives the training and EVALUATION_DATA the validation.
    """
    data = _read_and_split(settings, project)
    training = [data.images[row] for row in data.training if row in data.to_train]
    validation = [data.images[row] for row in data.validation if row in data.to_judge]
    if settings.LANDMARKS == "68":
        training, validation = in_68(training), in_68(validation)
    for line in _unknown_sets(settings, data.images):
        step.say(line)
    training, validation = (
        [_without_gender(image, settings.WITHOUT_GENDER) for image in side]
        for side in (training, validation)
    )
    for name, side in (("training", training), ("validation", validation)):
        for source, (n_images, n_faces) in count(side).items():
            step.say(f"{name}: {source}, {n_images:,} images, {n_faces:,} faces")
    for line in (*data.notes, *(f"skipped {line}" for line in data.skipped)):
        step.say(line)
    if not any(image.faces for image in training):
        raise UserError(
            f"no image under {settings.DATA} has an annotated face to train on: add one, or see "
            "data/README.md for how faces are annotated"
        )
    return training, validation


def read_judged(
    settings: Settings, project: Path, whole: Collection[str] | None, step: Step
) -> list[AnnotatedImage]:
    """Reads the images to evaluate a network on: the held-out ones of such a training.

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
        _without_gender(image, settings.WITHOUT_GENDER)
        for row, image in enumerate(data.images)
        if row in data.to_judge and (row in held_out or whole is None or image.source in whole)
    ]
    for source, (n_images, n_faces) in count(judged).items():
        step.say(f"judged: {source}, {n_images:,} images, {n_faces:,} faces")
    for line in (*data.notes, *(f"skipped {line}" for line in data.skipped)):
        step.say(line)
    if not judged:
        raise UserError(
            f"No image under {settings.EVALUATION_DATA or settings.DATA} is held out; give "
            "--split all, other data, or a larger VALIDATION_FRACTION."
        )
    return judged


@dataclass(frozen=True, eq=False)
class _Data:
    """What was read, by row of `images`.

    Attributes:
        images: Sound ones.
        training: Rows of that side.
        validation: Rows of that side.
        to_train: Rows of DATA.
        to_judge: Rows of EVALUATION_DATA, or else of DATA.
        skipped: What could not be used, a line a reason.
        notes: How the data was read.
    """

    images: list[AnnotatedImage]
    training: list[int]
    validation: list[int]
    to_train: set[int]
    to_judge: set[int]
    skipped: list[str]
    notes: list[str]


def _read_and_split(settings: Settings, project: Path) -> _Data:
    images, rejects, _ = read_all(settings.DATA, project)
    to_train = {_key(image) for image in images}
    to_judge = to_train
    skipped: list[str] = []
    notes = rejects.notes
    if settings.EVALUATION_DATA:
        others, other_rejects, _ = read_all(settings.EVALUATION_DATA, project)
        to_judge = {_key(image) for image in others}
        images += [image for image in others if _key(image) not in to_train]
        skipped += other_rejects.lines()
        notes = list(dict.fromkeys([*notes, *other_rejects.notes]))
    images, training, validation = split_sound(
        images, settings.VALIDATION_FRACTION, settings.SEED, project / FINGERPRINTS, rejects
    )
    return _Data(
        images,
        training,
        validation,
        {row for row, image in enumerate(images) if _key(image) in to_train},
        {row for row, image in enumerate(images) if _key(image) in to_judge},
        list(dict.fromkeys([*rejects.lines(), *skipped])),
        notes,
    )


def split_sound(
    images: Sequence[AnnotatedImage],
    fraction: float,
    seed: int,
    cache_file: Path,
    rejects: SkipReport,
) -> tuple[list[AnnotatedImage], list[int], list[int]]:
    """Splits the images that can be decoded.

    Args:
        images: Any.
        fraction: Of the images to hold out.
        seed: Another seed gives another split.
        cache_file: Of the fingerprints.
        rejects: Told of broken images.

    Returns:
        The sound images, and among them the rows of training and those of validation.
    """
    files = [(image.path, image.frame) for image in images]
    hashes, broken = fingerprint_all(files, cache_file)
    for index, reason in broken.items():
        rejects.add(reason, images[index].name)
    rows = [index for index in range(len(images)) if index not in broken]
    sound = [images[index] for index in rows]
    training, validation = split_images(sound, near_identical_groups(hashes[rows]), fraction, seed)
    return sound, training.tolist(), validation.tolist()


def _unknown_sets(settings: Settings, images: Sequence[AnnotatedImage]) -> list[str]:
    """A sentence for each setting that names data sets that are not there."""
    there = sorted({image.source for image in images})
    unknown = {
        setting: sorted(set(getattr(settings, setting)) - set(there))
        for setting in ("DATA_WEIGHTS", "WITHOUT_GENDER")
    }
    return [
        f"{setting} names {', '.join(names)}, but the data has only {', '.join(there)}"
        for setting, names in unknown.items()
        if names
    ]


def _without_gender(image: AnnotatedImage, sets: Collection[str]) -> AnnotatedImage:
    """The image, its faces' genders missing where its data set is one of `sets`."""
    if image.source not in sets:
        return image
    return replace(image, faces=tuple(replace(f, gender=float("nan")) for f in image.faces))


def _key(image: AnnotatedImage) -> tuple[str, str]:
    return image.source, image.name


def count(images: Sequence[AnnotatedImage]) -> dict[str, tuple[int, int]]:
    """By data set, the number of images and of faces."""
    numbers: dict[str, tuple[int, int]] = {}
    for image in images:
        seen, faces = numbers.get(image.source, (0, 0))
        numbers[image.source] = (seen + 1, faces + len(image.faces))
    return dict(sorted(numbers.items()))
