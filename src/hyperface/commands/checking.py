"""Command: what is in a folder of data sets, and what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path

from hyperface.annotations.finding import read_all
from hyperface.annotations.leaks import find_leaks
from hyperface.annotations.pose_agreement import compare_poses
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.annotations.summary import summarize
from hyperface.errors import UserError
from hyperface.images.fingerprints import fingerprint_all, near_identical_groups
from hyperface.visualization.contact_sheet import contact_sheet
from hyperface.visualization.data_report import Findings


@dataclass(frozen=True)
class ExtraPasses:
    """What a check does beyond reading annotations and headers; each decodes images.

    Attributes:
        duplicates: Decodes every image, so that broken and near-identical ones are found.
        sheet_images: How many images to draw on a contact sheet; 0 for none.
        seed: Of the choice of those.
    """

    duplicates: bool = False
    sheet_images: int = 0
    seed: int = 1


def check_data(data: str, base: Path, extra: ExtraPasses, cache_file: Path) -> Findings:
    """Reads data sets as training would, and looks for what is wrong.

    Args:
        data: As DATA in the config.
        base: The project's folder; relative paths start from the current folder or from it.
        extra: Passes that decode images.
        cache_file: Where fingerprints of images are kept.

    Raises:
        UserError: There is no data set, or none of its images can be used.
    """
    images, rejects, _ = read_all(data, base)
    groups, near_identical = None, None
    if extra.duplicates:
        images, groups = _look_alike(images, rejects, cache_file)
        near_identical = sum(int(group) != index for index, group in enumerate(groups))
    findings = Findings(
        data,
        summarize(images),
        rejects,
        compare_poses(images),
        find_leaks(images, groups),
        near_identical,
    )
    if extra.sheet_images:
        try:
            findings.sheet = contact_sheet(images, extra.sheet_images, extra.seed)
        except ValueError as error:
            raise UserError(f"There is no contact sheet of {data}: {error}.") from error
    return findings


def _look_alike(images: list[AnnotatedImage], rejects: SkipReport, cache_file: Path):
    """The images that can be decoded, and their groups; the others are rejected."""
    files = [(image.path, image.frame) for image in images]
    hashes, broken = fingerprint_all(files, cache_file)
    for index, reason in broken.items():
        rejects.add(reason, images[index].name)
    sound = [index for index in range(len(images)) if index not in broken]
    return [images[index] for index in sound], near_identical_groups(hashes[sound])
