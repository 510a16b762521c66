"""Renders any number of images of heads with exact labels, for training."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import os
from collections.abc import Sequence

from hyperface.utils.command import exit_status
from tools import PROJECT
from tools.rendering.making import make_set
from tools.rendering.studio import StudioSettings
from tools.rendering.wardrobe import check_meshes


def main(arguments: Sequence[str] | None = None) -> int:
    """Renders; returns the exit status."""
    options = parse(arguments)
    return exit_status(lambda: render(options), "the same command renders the missing images")


def render(options: argparse.Namespace) -> None:
    """Renders according to the command line."""
    studio = StudioSettings(options.meshes, PROJECT / "data" / "photographs")
    check_meshes(options.meshes)
    made = make_set(options.out, options.count, options.seed, studio, options.workers)
    print(f"{made:,} images rendered into {options.out}; train with --set DATA={options.out}")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""examples:
  python src/tools/render.py --count 500 --seed 1 --out runs/rendered
  python src/tools/render.py --count 2000 --seed 2 --out runs/rendered --meshes /data/makehuman

Install its packages with `pip install -r requirements-render.txt`. The first start takes some
minutes to build the body model. An image depends only on the seed and its number: a larger --count
adds images to the same set. The same command resumes an interrupted run.""",
    )
    add = parser.add_argument
    add("--count", type=int, default=500, help="number of images (default: 500)")
    add("--seed", type=int, default=1, help="seed of the set (default: 1)")
    add(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="output folder for images and faces.json",
    )
    add("--meshes", type=Path, metavar="DIR",
        help="folder of MakeHuman's meshes: hair, eyebrows, eyelashes, clothes, teeth")  # fmt: skip
    add(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        help="number of processes (default: all cores)",
    )
    options = parser.parse_args(arguments)
    if options.count < 1 or options.workers < 0 or not 0 <= options.seed < 2**32:
        parser.error("--count must be at least 1, --workers at least 0, --seed 0 to 4294967295")
    return options


if __name__ == "__main__":
    sys.exit(main())
