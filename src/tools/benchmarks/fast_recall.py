"""Compares the fast proposals with selective search: recall and number of regions."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

import config
from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage
from hyperface.detection.fast_proposals import FastProposals, fast_settings
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.models.pretrained import PROPOSAL_WEIGHTS, pretrained_weights
from hyperface.proposals.selective_search import SearchOptions, propose, search_options
from hyperface.steps.data import read_evaluated
from hyperface.steps.setting_groups import DataSettings, group
from hyperface.utils.command import exit_status
from hyperface.utils.log import PrintedStep
from hyperface.utils.progress import progress
from hyperface.utils.settings import resolve
from hyperface.visualization.metric_tables import print_table
from tools.benchmarks.recall import FOUND_IOU

EXAMPLE = """example:
  python src/tools/benchmarks/fast_recall.py --data /path/to/the/sets --images 50 --min-face 32"""
SCORES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
HEAD = ("data", "faces", "proposals", "regions / image", "regions / face", "recall, %", "CPU-s")

# Gives an image's (N, 4) boxes and their (N,) scores.
Scored = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Found:
    """The result of one proposal method on some images.

    Attributes:
        faces: Number of faces to find.
        annotated: Number of annotated faces of any size, which the boxes are about.
        images: Number of images.
        regions: Number of boxes by cut.
        hits: Number of faces with a box of an IoU of at least 0.5, by cut.
        seconds: Total processor time.
    """

    faces: int
    annotated: int
    images: int
    regions: np.ndarray
    hits: np.ndarray
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints the table; returns the exit status."""
    options = parse(arguments)
    return exit_status(lambda: compare(options), "the same command begins anew")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", default=config.DATA, help=f"data sets, given like DATA (default: {config.DATA})")
    add(
        "--weights",
        type=Path,
        metavar="FILE",
        help="weights of the proposal detector (default: the included ones)",
    )
    add("--images", type=int, default=50, help="number of images of each data set (default: 50)")
    add("--min-face", type=float, default=32.0, metavar="PIXELS",
        help="side of the smallest face to find, in pixels (default: 32)")  # fmt: skip
    add("--long-side", type=int, default=config.FAST_LONG_SIDE, metavar="PIXELS",
        help=f"longer side of the shrunk image (default: {config.FAST_LONG_SIDE})")  # fmt: skip
    add("--max-long-side", type=int, default=config.FAST_MAX_LONG_SIDE, metavar="PIXELS",
        help="longer side of the image in the second pass"
        f" (default: {config.FAST_MAX_LONG_SIDE})")  # fmt: skip
    add("--no-search", action="store_true", help="skip selective search, which is slow")
    return parser.parse_args(arguments)


def compare(options: argparse.Namespace) -> None:
    """Measures on the held-out images of every data set, and prints the table."""
    settings = resolve(config, [f"DATA={options.data}"])
    images = read_evaluated(group(DataSettings, settings), Path.cwd(), (), PrintedStep())
    weights = options.weights or pretrained_weights(PROPOSAL_WEIGHTS)
    fast = replace(
        fast_settings(settings),
        score_threshold=min(SCORES),
        long_side=options.long_side,
        max_long_side=options.max_long_side,
    )
    ways: dict[str, tuple[Scored, Sequence[float]]] = {
        "score from": (FastProposals.load(weights, settings=fast).scored, SCORES)
    }
    if not options.no_search:
        ways["selective search"] = (partial(_searched, search_options(settings)), (-np.inf,))
    rows: list[tuple[str, ...]] = []
    for source in sorted({image.source for image in images if image.faces}):
        chosen = [image for image in images if image.source == source and image.faces]
        step = max(1, len(chosen) // max(1, options.images))
        chosen = chosen[::step][: options.images]
        for name, (scored, cuts) in ways.items():
            found = measure(scored, progress(chosen, description=source), cuts, options.min_face)
            rows += rows_of(source, name, found, cuts)
    print_table(HEAD, rows)


def _searched(options: SearchOptions, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Selective search, whose boxes have no scores."""
    boxes = propose(image, **options)
    return boxes, np.zeros(len(boxes))


def measure(
    scored: Scored,
    images: Iterable[AnnotatedImage],
    cuts: Sequence[float],
    min_face_px: float,
    read: Callable[[AnnotatedImage], np.ndarray] = read_pixels,
) -> Found:
    """Counts boxes and the faces that they find.

    Args:
        scored: Proposes boxes with scores.
        images: The images to search.
        cuts: Minimum scores of a box.
        min_face_px: Side of the smallest face to find.
        read: Returns the pixels of an image.
    """
    faces = annotated = count = 0
    seconds = 0.0
    regions, hits = np.zeros(len(cuts), int), np.zeros(len(cuts), int)
    for image in images:
        pixels = read(image)
        start = time.process_time()
        boxes, scores = scored(pixels)
        seconds += time.process_time() - start
        truth = np.array([face.box_xyxy for face in image.faces]).reshape(-1, 4)
        sides = np.sqrt((truth[:, 2:] - truth[:, :2]).prod(axis=1))
        annotated, count = annotated + len(truth), count + 1
        truth = truth[sides >= min_face_px]
        faces += len(truth)
        good = iou_matrix_xyxy(truth, boxes) >= FOUND_IOU  # (faces, N)
        for number, cut in enumerate(cuts):
            regions[number] += (scores >= cut).sum()
            hits[number] += good[:, scores >= cut].any(axis=1).sum()
    return Found(faces, annotated, count, regions, hits, seconds)


def rows_of(source: str, name: str, found: Found, cuts: Sequence[float]) -> list[tuple[str, ...]]:
    """A row for each cut."""
    faces, images = max(found.faces, 1), max(found.images, 1)
    return [
        (
            source,
            f"{found.faces:,} of {found.annotated:,}",
            f"{name} {cut:g}" if np.isfinite(cut) else name,
            f"{found.regions[number] / images:.1f}",
            f"{found.regions[number] / max(found.annotated, 1):.1f}",
            f"{100 * found.hits[number] / faces:.1f}",
            f"{found.seconds / images:.3f}",
        )
        for number, cut in enumerate(cuts)
    ]


if __name__ == "__main__":
    sys.exit(main())
