"""Step: read the data and split it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hyperface.annotations.digest import digest_of
from hyperface.annotations.finding import read_all
from hyperface.annotations.landmarks_68 import with_68_landmarks
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.annotations.splitting import few_held_out, split_images
from hyperface.errors import UserError
from hyperface.images.fingerprints import fingerprint_all, near_identical_groups
from hyperface.steps.setting_groups import DataSettings
from hyperface.training.processes import Arrays, from_first, joined, require_same
from hyperface.utils.defaults import unedited_settings
from hyperface.utils.log import Step

FINGERPRINTS = Path("data", "cache", "fingerprints.npy")  # in the project's folder


class SplitImages(NamedTuple):
    """The images to train on, and those that are held out for validation."""

    training: list[AnnotatedImage]
    validation: list[AnnotatedImage]

    @property
    def held_out(self) -> bool:
        """Whether the validation images show a face."""
        return any(image.faces for image in self.validation)

    @property
    def evaluated(self) -> list[AnnotatedImage]:
        """The images to evaluate on: those held out or, if they show no face, all images."""
        return self.validation if self.held_out else [*self.training, *self.validation]

    def counts(self) -> dict[str, dict[str, tuple[int, int]]]:
        """The number of images and of faces, by side of the split and data set."""
        return {name: count(side) for name, side in self._asdict().items()}


def read_data(settings: DataSettings, project: Path, step: Step) -> SplitImages:
    """Reads every data set, and splits the images that can be decoded.

    If EVALUATION_DATA names other data sets, all data sets are split together, so that no person is
    on both sides; the training images are then those of DATA, the validation images those of
    EVALUATION_DATA.
    """
    read = [read_all(data, project) for data in settings.sources]
    data = _split(read, settings, project)
    training = [data.images[row] for row in data.training if row in data.to_train]
    validation = [data.images[row] for row in data.validation if row in data.to_evaluate]
    if settings.landmarks == "68":
        training, validation = with_68_landmarks(training), with_68_landmarks(validation)
        if not any(np.isfinite(face.landmarks).any() for i in training for face in i.faces):
            raise UserError(
                f"LANDMARKS is 68, but no face under {settings.data} has 68 annotated points: give "
                "other data, or set LANDMARKS to 21."
            )
    for line in _unknown_sets(settings, data.images):
        step.log(line)
    images = SplitImages(
        *(
            [_without_gender(image, settings.without_gender) for image in side]
            for side in (training, validation)
        )
    )
    report_images("training", images.training, (), step)
    report_images("validation", images.validation, data.report, step)
    if images.held_out:  # results on training faces are reported elsewhere
        for line in few_held_out(sum(len(image.faces) for image in images.validation)):
            step.log(line)
    given = [data.images[row] for row in data.to_train]
    for source in sorted({i.source for i in given} - {i.source for i in training}):
        step.log(f"{source}: all images are held out for validation, so that none is trained on")
    _check_training(training, any(image.faces for image in given), settings)
    return images


def _check_training(
    training: Sequence[AnnotatedImage], annotated: bool, settings: DataSettings
) -> None:
    """Checks that there are faces to train on; `annotated` is whether DATA has any.

    Raises:
        UserError: There are none.
    """
    sources = {image.source for image in training if image.faces}
    if not sources and annotated:
        raise UserError(
            f"All annotated faces under {settings.data} are held out for validation: add images, "
            "lower VALIDATION_FRACTION, or change SPLIT_SEED."
        )
    if not sources:
        raise UserError(
            f"No image under {settings.data} has an annotated face to train on: add one, or see "
            "data/README.md for how faces are annotated."
        )
    if not any(settings.data_weights.get(source, 1.0) for source in sources):
        raise UserError(
            f"DATA_WEIGHTS are 0 for all data sets with faces, {', '.join(sorted(sources))}: raise "
            "one of them."
        )


def read_evaluated(
    settings: DataSettings, project: Path, whole: Collection[str] | None, step: Step
) -> list[AnnotatedImage]:
    """Reads the images of EVALUATION_DATA, or else DATA, that a training holds out.

    Of the data sets in `whole` all images are used; None means all data sets.

    Raises:
        UserError: No image can be read, or none is held out.
    """
    read = [read_all(data, project) for data in settings.sources]
    data = _split(read, settings, project)
    held_out = set(data.validation)
    images = [
        _without_gender(image, settings.without_gender)
        for row, image in enumerate(data.images)
        if row in data.to_evaluate and (row in held_out or whole is None or image.source in whole)
    ]
    report_images("evaluation", images, data.report, step)
    if not images:
        raise UserError(
            f"No image under {settings.evaluation_data or settings.data} is held out; give "
            "--split all, other data, or a larger VALIDATION_FRACTION."
        )
    return images


def usable_weights(
    images: Iterable[AnnotatedImage], weights: Mapping[str, float]
) -> Mapping[str, float]:
    """DATA_WEIGHTS, or none if it is 0 for all faces, such as those of data only evaluated."""
    return weights if any(weights.get(i.source, 1.0) for i in images if i.faces) else {}


def report_images(
    name: str, images: Sequence[AnnotatedImage], report: Iterable[str], step: Step
) -> None:
    """Logs the number of images and faces of each data set, and how they were read."""
    for source, (n_images, n_faces) in count(images).items():
        step.log(f"{name}: {source}, {n_images:,} images, {n_faces:,} faces")
    for line in report:
        step.log(line)


@dataclass(frozen=True, eq=False)
class _Data:
    """The images that were read, and the rows of `images` by use."""

    images: list[AnnotatedImage]  # those that can be decoded
    training: list[int]  # rows of the training side
    validation: list[int]  # rows of the validation side
    to_train: set[int]  # rows of DATA
    to_evaluate: set[int]  # rows of EVALUATION_DATA, or else of DATA
    report: list[str]  # lines on how the data was read, and on what was skipped


def _split(
    read: Sequence[tuple[list[AnnotatedImage], SkipReport]], settings: DataSettings, project: Path
) -> _Data:
    """Splits the images of DATA, the first entry, and of EVALUATION_DATA, the last, together."""
    (trained, skipped), (evaluated, _) = read[0], read[-1]
    to_train = {_key(image) for image in trained}
    to_evaluate = {_key(image) for image in evaluated}
    images, training, validation = split_readable(
        [*trained, *(image for image in evaluated if _key(image) not in to_train)],
        settings.validation_fraction,
        settings.split_seed,
        project / FINGERPRINTS,
        skipped,
    )
    return _Data(
        images,
        training,
        validation,
        {row for row, image in enumerate(images) if _key(image) in to_train},
        {row for row, image in enumerate(images) if _key(image) in to_evaluate},
        list(dict.fromkeys(line for _, report in read for line in report.report())),
    )


def split_readable(
    images: Sequence[AnnotatedImage],
    fraction: float,
    seed: int,
    cache_file: Path,
    skipped: SkipReport,
) -> tuple[list[AnnotatedImage], list[int], list[int]]:
    """The images that can be decoded, and the indices of training and validation images."""
    sound, groups = grouped_images(images, cache_file, skipped)
    training, validation = split_images(sound, groups, fraction, seed)
    return sound, training.tolist(), validation.tolist()


def grouped_images(
    images: Sequence[AnnotatedImage], cache_file: Path, skipped: SkipReport
) -> tuple[list[AnnotatedImage], np.ndarray]:
    """The images that can be decoded, and (N,) int groups, equal for near-identical images."""
    files = [(image.path, image.frame) for image in images]

    def fingerprints() -> Arrays:
        hashes, broken = fingerprint_all(files, cache_file)
        reasons = np.array(list(broken.values()), str)
        return {"hashes": hashes, "broken": np.array(list(broken), int), "reasons": reasons}

    if joined():
        require_same("The images or labels", digest_of(images, files=False).encode())
    found = from_first(fingerprints)
    hashes, broken = found["hashes"], set(found["broken"].tolist())
    for index, reason in zip(found["broken"], found["reasons"].tolist(), strict=True):
        skipped.add(reason, images[index].name)
    sound = [index for index in range(len(images)) if index not in broken]
    return [images[index] for index in sound], near_identical_groups(hashes[sound])


def _unknown_sets(settings: DataSettings, images: Sequence[AnnotatedImage]) -> list[str]:
    """A warning for each setting that names data sets that were not read.

    The default values, before any edit of config.py, name the included data sets, which need not be
    there.
    """
    there = sorted({image.source for image in images})
    usual = unedited_settings()
    unknown = {
        setting: sorted(set(names) - set(there) - set(default))
        for setting, names, default in (
            ("DATA_WEIGHTS", settings.data_weights, usual.DATA_WEIGHTS),
            ("WITHOUT_GENDER", settings.without_gender, usual.WITHOUT_GENDER),
        )
    }
    return [
        f"{setting} names {', '.join(names)}, but the data has only {', '.join(there)}"
        for setting, names in unknown.items()
        if names
    ]


def _without_gender(image: AnnotatedImage, sets: Collection[str]) -> AnnotatedImage:
    """The image, without the gender of its faces if its data set is one of `sets`."""
    if image.source not in sets:
        return image
    return replace(image, faces=tuple(replace(f, gender=float("nan")) for f in image.faces))


def _key(image: AnnotatedImage) -> tuple[str, str]:
    return image.source, image.name


def count(images: Sequence[AnnotatedImage]) -> dict[str, tuple[int, int]]:
    """The number of images and of faces by data set."""
    numbers: dict[str, tuple[int, int]] = {}
    for image in images:
        seen, faces = numbers.get(image.source, (0, 0))
        numbers[image.source] = (seen + 1, faces + len(image.faces))
    return dict(sorted(numbers.items()))
