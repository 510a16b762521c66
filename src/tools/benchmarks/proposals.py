"""Compares methods of selective search: recall, boxes, seconds (`make bench-proposals`)."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import random
import tempfile
from collections.abc import Sequence
from functools import partial

import numpy as np
from PIL import Image

import config
from hyperface.annotations.finding import read_all
from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.errors import UserError
from hyperface.proposals.selective_search import METHODS
from hyperface.utils.command import exit_status
from hyperface.utils.pool import map_in_processes
from hyperface.utils.progress import progress
from hyperface.visualization.metric_tables import print_table
from tools import PROJECT
from tools.benchmarks.recall import FOUND_IOU, NATIVE, Summary, search_all_ways, summarize

CROPS = frozenset({"utkface"})  # Skipped: the face fills nearly the whole image.
SIDES = ("128", "160", "200", "300")  # Longer side of the searched copy, in pixels.
MOSAICS = "mosaic"  # Name of their data set in the table.
CUTS = (200, 500, 1000, 2000, None)  # How many of the first boxes are kept; None is all.
MOSAIC_SIDE = 510  # Pixels.

EXAMPLE = """example:
  python src/tools/benchmarks/proposals.py --data /path/to/the/sets --images 200"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints the table; returns the exit status."""
    options = parse(arguments)
    return exit_status(lambda: compare(options), "the same command starts over")


def compare(options: argparse.Namespace) -> None:
    """Measures every method at every working size on the same images, and prints the table."""
    images = sample_images(options.data, options.images, options.seed)
    search = partial(search_all_ways, methods=options.methods, sides=options.sides, cuts=CUTS)
    with tempfile.TemporaryDirectory() as folder:
        images += make_mosaics(images, Path(folder), options.seed)
        results = map_in_processes(search, images, options.workers)
        done = list(progress(results, total=len(images), description="selective search"))
    rows = [
        summarize(method, side, [searches[method, side] for searches in done], images)
        for method in options.methods
        for side in options.sides
    ]
    print_summaries(rows)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--data",
        default=config.DATA,
        help=f"data sets, given like DATA in src/config.py (default: {config.DATA})",
    )
    add(
        "--images",
        type=int,
        default=200,
        help="number of images in all, equally many from each data set (default: 200)",
    )
    add("--seed", type=int, default=1, help="seed of the choice of images (default: 1)")
    add("--workers", type=int, default=2, help="number of processes (default: 2)")
    add("--methods", nargs="+", default=METHODS, choices=METHODS, metavar="METHOD",
        help=f"methods to compare (default: {' '.join(METHODS)})")  # fmt: skip
    add("--sides", nargs="+", default=SIDES, metavar="SIDE",
        help="longer sides to which images are resized for the search, in pixels, or native"
        f" (default: {' '.join(SIDES)})")  # fmt: skip
    options = parser.parse_args(arguments)
    for side in options.sides:
        if side != NATIVE and not (side.isdigit() and int(side) > 0):
            parser.error(f"--sides got {side!r}, expected pixels such as 200, or {NATIVE}")
    if options.images < 1:
        parser.error(f"--images got {options.images}, expected at least 1")
    return options


def sample_images(data: str, count: int, seed: int) -> list[AnnotatedImage]:
    """Images with faces, drawn evenly from the data sets."""
    everything, skipped = read_all(data, PROJECT)
    for line in skipped.lines():
        print(f"skipped: {line}")
    of_source: dict[str, list[AnnotatedImage]] = {}
    for image in everything:
        if image.faces and image.source not in CROPS:
            of_source.setdefault(image.source, []).append(image)
    if not of_source:
        raise UserError(
            f"--data {data} has no whole images with faces, only crops; give a set of whole images."
        )
    generator = np.random.default_rng(seed)
    images = []
    for number, (source, found) in enumerate(sorted(of_source.items())):
        share = (count + number) // len(of_source)  # The shares add up to `count`.
        chosen = generator.choice(len(found), min(share, len(found)), replace=False)
        images += [found[index] for index in sorted(chosen)]
        print(f"{source}: {len(chosen)} of {len(found):,} images")
    for source in sorted(CROPS & {image.source for image in everything}):
        print(f"{source}: skipped, its images are tight crops of faces")
    return images


def make_mosaics(images: list[AnnotatedImage], folder: Path, seed: int) -> list[AnnotatedImage]:
    """The same faces again, but small: the original ones are large and easily found."""
    shuffled = list(images)
    random.Random(seed).shuffle(shuffled)
    nines = [shuffled[start : start + 9] for start in range(0, len(shuffled), 9)]
    print(f"{len(nines)} mosaics of 3 x 3 of them, for small faces")
    return [
        mosaic(nine, folder / f"{number}.png", across=3, side=MOSAIC_SIDE)
        for number, nine in enumerate(nines)
    ]


def mosaic(images: Sequence[AnnotatedImage], path: Path, across: int, side: int) -> AnnotatedImage:
    """Lays images out in a square grid, each shrunk or enlarged into its cell.

    Args:
        images: At most `across` squared images.
        path: The PNG file to write.
        across: Number of cells in a row.
        side: Side of the mosaic in pixels.

    Returns:
        The mosaic with the boxes of all faces, no other labels.
    """
    cell = side // across
    canvas = Image.new("RGB", (cell * across, cell * across))
    faces = []
    for place, image in enumerate(images):
        pixels = Image.fromarray(read_pixels(image))
        zoom = cell / max(pixels.size)
        size = tuple(max(1, round(length * zoom)) for length in pixels.size)
        corner = cell * (place % across), cell * (place // across)
        resampling = Image.Resampling.BOX if zoom < 1 else Image.Resampling.BICUBIC
        canvas.paste(pixels.resize(size, resampling), corner)
        scale = np.array(size * 2) / np.array(pixels.size * 2)
        shift = np.array(corner * 2)
        faces += [Face(box_xyxy=face.box_xyxy * scale + shift) for face in image.faces]
    canvas.save(path)
    return AnnotatedImage(path, path.name, MOSAICS, canvas.width, canvas.height, tuple(faces))


def print_summaries(rows: list[Summary]) -> None:
    """Prints one row for each method and working side."""
    sources = sorted(rows[0].recall_of_source)
    cuts = [f"first {cut}" if cut else "all" for cut in CUTS]
    table = []
    for row in rows:
        recalls = [*row.recall, *(row.recall_of_source[source] for source in sources)]
        means = [f"{each:.2f}" for each in (row.seconds, row.seconds_large, row.overlap)]
        shares = [f"{100 * each:.1f}" for each in recalls]
        table.append([row.method, row.side, f"{row.boxes:.0f}", *means, *shares])
    print(
        f"\nFaces found (a box with IoU over {FOUND_IOU}), %; mean IoU of the best box; "
        "seconds of one core for an image\n"
    )
    print_table(["method", "side", "boxes", "s", "s at 500 px", "IoU", *cuts, *sources], table)


if __name__ == "__main__":
    sys.exit(main())
