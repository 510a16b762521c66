"""Compares the ways of selective search: faces found, boxes, seconds (`make bench-proposals`)."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parent))  # `python -P` leaves it out
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import random
import tempfile
from functools import partial

import numpy as np

import config
from hyperface.annotations.finding import read_all
from hyperface.annotations.record import Picture
from hyperface.errors import UserError
from hyperface.proposals.mosaic import mosaic
from hyperface.proposals.recall import FOUND_IOU, NATIVE, Summary, search_in_every_way, summarise
from hyperface.proposals.selective_search import METHODS
from hyperface.utils.pool import map_in_processes
from hyperface.utils.progress import progress

CROPS = frozenset({"utkface"})  # Left out: nearly the whole picture is the face.
SIDES = ("128", "160", "200", "300")  # Longer side of the copy searched, in pixels.
CUTS = (200, 500, 1000, 2000, None)  # How many of the first boxes are kept; None is all.
MOSAIC_SIDE = 510  # Pixels.
CLOSE = 0.01  # Recalls this close to the best count as equal: then the faster, the fewer.

EXAMPLE = "example:\n  python src/bench_proposals.py --data /path/to/the/sets --pictures 200"


def main() -> None:
    """Measures every method at every working size on the same pictures, and prints the table."""
    arguments = parse_arguments()
    pictures = sample_pictures(arguments.data, arguments.pictures, arguments.seed)
    search = partial(
        search_in_every_way, methods=arguments.methods, sides=arguments.sides, cuts=CUTS
    )
    with tempfile.TemporaryDirectory() as folder:
        pictures += make_mosaics(pictures, Path(folder), arguments.seed)
        results = map_in_processes(search, pictures, arguments.workers)
        done = list(progress(results, total=len(pictures), description="selective search"))
    rows = [
        summarise(method, side, [searches[method, side] for searches in done], pictures)
        for method in arguments.methods
        for side in arguments.sides
    ]
    print_table(rows)
    print(recommendation(rows, arguments.seconds))


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", default=config.DATA, help=f"as DATA of src/config.py ({config.DATA})")
    add("--pictures", type=int, default=200, help="how many, evenly from each data set (200)")
    add("--seed", type=int, default=1, help="of the choice of pictures (1)")
    add("--workers", type=int, default=2, help="processes (2)")
    add("--methods", nargs="+", default=METHODS, choices=METHODS, metavar="METHOD",
        help=f"the searches to compare ({' '.join(METHODS)})")  # fmt: skip
    add("--sides", nargs="+", default=SIDES, metavar="SIDE",
        help=f"longer sides to search, in pixels, or native ({' '.join(SIDES)})")  # fmt: skip
    add("--seconds", type=float, default=0.5, metavar="S",
        help="most that the recommended setting takes of one core at 500 px (0.5)")  # fmt: skip
    arguments = parser.parse_args()
    for side in arguments.sides:
        if side != NATIVE and not (side.isdigit() and int(side) > 0):
            parser.error(f"--sides got {side!r}, expected pixels such as 200, or {NATIVE}")
    if arguments.pictures < 1:
        parser.error(f"--pictures got {arguments.pictures}, expected at least 1")
    return arguments


def sample_pictures(data: str, count: int, seed: int) -> list[Picture]:
    """Pictures with faces, drawn evenly from the data sets that are there."""
    everything, rejects, _ = read_all(data, Path.cwd())
    for line in rejects.lines():
        print(f"left out: {line}")
    of_source: dict[str, list[Picture]] = {}
    for picture in everything:
        if picture.faces and picture.source not in CROPS:
            of_source.setdefault(picture.source, []).append(picture)
    if not of_source:
        raise UserError(
            f"--data {data} has no pictures with faces but crops; give one with whole pictures"
        )
    generator = np.random.default_rng(seed)
    pictures = []
    for number, (source, found) in enumerate(sorted(of_source.items())):
        share = (count + number) // len(of_source)  # The shares add up to `count`.
        chosen = generator.choice(len(found), min(share, len(found)), replace=False)
        pictures += [found[index] for index in sorted(chosen)]
        print(f"{source}: {len(chosen)} of {len(found):,} pictures")
    for source in sorted(CROPS & {picture.source for picture in everything}):
        print(f"{source}: left out, its pictures are tight crops of faces")
    return pictures


def make_mosaics(pictures: list[Picture], folder: Path, seed: int) -> list[Picture]:
    """The same faces again, small: the sets' own are large, which any search would find."""
    shuffled = list(pictures)
    random.Random(seed).shuffle(shuffled)
    nines = [shuffled[start : start + 9] for start in range(0, len(shuffled), 9)]
    print(f"{len(nines)} mosaics of 3 x 3 of them, for small faces")
    return [
        mosaic(nine, folder / f"{number}.png", across=3, side=MOSAIC_SIDE)
        for number, nine in enumerate(nines)
    ]


def print_table(rows: list[Summary]) -> None:
    """An aligned table in markdown."""
    sources = sorted(rows[0].recall_of_source)
    cuts = [f"first {cut}" if cut else "all" for cut in CUTS]
    table = [["method", "side", "boxes", "s", "s at 500 px", "IoU", *cuts, *sources]]
    for row in rows:
        recalls = [*row.recall, *(row.recall_of_source[source] for source in sources)]
        numbers = [f"{row.boxes:.0f}"]
        numbers += [f"{each:.2f}" for each in (row.seconds, row.seconds_large, row.overlap)]
        table.append([row.method, row.side, *numbers, *(f"{100 * each:.1f}" for each in recalls)])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    table.insert(1, ["-" * width for width in widths])
    print(
        f"\nFaces found (a box with IoU over {FOUND_IOU}), %; mean IoU of the best box; "
        "seconds of one core a picture\n"
    )
    for method, *cells in table:
        cells = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        print(f"| {' | '.join([method.ljust(widths[0]), *cells])} |")
    print()


def recommendation(rows: list[Summary], seconds: float) -> str:
    """The best recall in the time allowed, and the fewest boxes that keep it."""
    in_time = [row for row in rows if row.seconds_at_500_pixels <= seconds]
    if not in_time:
        return f"Recommended: none, all take more than {seconds:g} s; search a smaller copy."
    best = max(row.recall[-1] for row in in_time)
    row = min(
        (row for row in in_time if row.recall[-1] >= best - CLOSE),
        key=lambda row: row.seconds_at_500_pixels,
    )
    enough = int(np.argmax(row.recall >= row.recall[-1] - CLOSE))
    kept = f"the first {CUTS[enough]} boxes" if CUTS[enough] else "all boxes"
    return (
        f"Recommended: {row.method}, side {row.side}, {kept}: "
        f"{100 * row.recall[enough]:.1f} % of the faces found, {row.seconds_at_500_pixels:.2f} s "
        f"at 500 px; no setting within {seconds:g} s finds over {CLOSE:.0%} more."
    )


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
