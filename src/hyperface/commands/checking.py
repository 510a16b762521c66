"""Command: check data sets, and report what they contain and what is wrong with them."""

from pathlib import Path

import numpy as np

from hyperface.annotations.finding import read_all
from hyperface.annotations.leaks import find_leaks
from hyperface.annotations.pose_agreement import compare_poses
from hyperface.annotations.splitting import few_held_out, split_images
from hyperface.annotations.summary import summarize
from hyperface.errors import UserError
from hyperface.steps.data import grouped_images
from hyperface.visualization.contact_sheet import contact_sheet
from hyperface.visualization.data_report import Findings

NO_COMPLETE_IMAGE = (
    "every image may show faces that are not annotated, so no background is certain: add "
    'images without faces (+no_faces:/folder), or mark images as "complete" where every face is '
    "annotated (data/README.md)"
)


def check_data(
    data: str,
    base: Path,
    split: tuple[float, int],
    cache_file: Path | None,
    sheet_images: int,
    seed: int,
) -> Findings:
    """Reads data sets as training does, and looks for errors.

    `data` is given like DATA in config.py. Relative paths start from the current folder or from
    `base`. With `cache_file`, the cache of fingerprints, all images are decoded to find broken and
    near-identical ones. `split` is the validation fraction and the seed of a training; without the
    search for near-identical images, the split is approximate. Images chosen by `seed` are drawn on
    a contact sheet.

    Raises:
        UserError: There is no data set, or none of its images can be used.
    """
    images, skipped = read_all(data, base)
    groups, near_identical = None, None
    if cache_file is not None:
        images, groups = grouped_images(images, cache_file, skipped)
        near_identical = sum(int(group) != index for index, group in enumerate(groups))
    _, validation = split_images(
        images, np.arange(len(images)) if groups is None else groups, *split
    )
    skipped.notes += few_held_out(sum(len(images[index].faces) for index in validation))
    if not any(image.complete for image in images):
        skipped.notes.append(NO_COMPLETE_IMAGE)
    findings = Findings(
        data,
        summarize(images),
        skipped,
        compare_poses(images),
        find_leaks(images, groups),
        near_identical,
    )
    if sheet_images:
        try:
            findings.sheet = contact_sheet(images, sheet_images, seed)
        except ValueError as error:
            raise UserError(f"No contact sheet of {data} can be drawn: {error}.") from error
    return findings
