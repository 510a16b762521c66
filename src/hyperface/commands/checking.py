"""Command: what is in a folder of data sets, and what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path

from hyperface.annotations.finding import read_all
from hyperface.annotations.leaks import find_leaks
from hyperface.annotations.pose_agreement import compare_poses
from hyperface.annotations.summary import summarize
from hyperface.errors import UserError
from hyperface.steps.data import grouped_images
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

    `data` is given as DATA in config.py. Relative paths start from the current folder or from
    `base`. Fingerprints of images are kept in `cache_file`.

    Raises:
        UserError: There is no data set, or none of its images can be used.
    """
    images, rejects, _ = read_all(data, base)
    groups, near_identical = None, None
    if extra.duplicates:
        images, groups = grouped_images(images, cache_file, rejects)
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
