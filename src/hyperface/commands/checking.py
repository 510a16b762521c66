"""Command: what is in a folder of data sets, and what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path

from hyperface.annotations.finding import read_all
from hyperface.annotations.leaks import find_leaks
from hyperface.annotations.pose_agreement import compare_poses
from hyperface.annotations.record import Picture, SkipReport
from hyperface.annotations.summary import summarize
from hyperface.errors import UserError
from hyperface.images.fingerprints import fingerprint_all, near_identical_groups
from hyperface.visualization.contact_sheet import contact_sheet
from hyperface.visualization.data_report import Findings


@dataclass(frozen=True)
class ExtraPasses:
    """What a check does beyond reading annotations and headers; each decodes pictures.

    Attributes:
        duplicates: Decodes every picture, so that broken and near-identical ones are found.
        sheet_pictures: How many pictures to draw on a contact sheet; 0 for none.
        seed: Of the choice of those.
    """

    duplicates: bool = False
    sheet_pictures: int = 0
    seed: int = 1


def check_data(data: str, base: Path, extra: ExtraPasses, cache_file: Path) -> Findings:
    """Reads data sets as training would, and looks for what is wrong.

    Args:
        data: As DATA in the config.
        base: What relative paths start from.
        extra: Passes that decode pictures.
        cache_file: Where fingerprints of pictures are kept.

    Raises:
        UserError: There is no data set, or none of its pictures can be used.
    """
    pictures, rejects, _ = read_all(data, base)
    groups, near_identical = None, None
    if extra.duplicates:
        pictures, groups = _look_alike(pictures, rejects, cache_file)
        near_identical = sum(int(group) != index for index, group in enumerate(groups))
    findings = Findings(
        data,
        summarize(pictures),
        rejects,
        compare_poses(pictures),
        find_leaks(pictures, groups),
        near_identical,
    )
    if extra.sheet_pictures:
        try:
            findings.sheet = contact_sheet(pictures, extra.sheet_pictures, extra.seed)
        except ValueError as error:
            raise UserError(f"There is no contact sheet of {data}: {error}.") from error
    return findings


def _look_alike(pictures: list[Picture], rejects: SkipReport, cache_file: Path):
    """The pictures that can be decoded, and their groups; the others are rejected."""
    files = [(picture.path, picture.frame) for picture in pictures]
    hashes, broken = fingerprint_all(files, cache_file)
    for index, reason in broken.items():
        rejects.add(reason, pictures[index].name)
    sound = [index for index in range(len(pictures)) if index not in broken]
    return [pictures[index] for index in sound], near_identical_groups(hashes[sound])
