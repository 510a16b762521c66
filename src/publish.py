"""Makes the weights that come with the project (weights/pretrained) out of trained ones."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parent))  # `python -P` leaves it out
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
from collections.abc import Sequence
from itertools import islice

from hyperface.annotations.readers import own_faces
from hyperface.annotations.record import Rejects
from hyperface.commands.project import PROJECT, TRAINED
from hyperface.commands.publishing import copy_weights, publish
from hyperface.models.normalization import NORMALIZATIONS
from hyperface.utils.command import exit_status
from hyperface.utils.log import PrintedStep

COMPARED = 100  # pictures of the sample


def main(arguments: Sequence[str] | None = None) -> int:
    """Publishes; returns the exit status."""
    options = parse(arguments)
    return exit_status(lambda: run(options), "the same command begins anew")


def run(options: argparse.Namespace) -> None:
    """Writes both networks' weights."""
    sample = own_faces.read(PROJECT / "data" / "sample", Rejects())
    pictures = list(islice((picture for picture in sample if picture.faces), COMPARED))
    target = options.out / "hyperface.weights.h5"
    publish(
        options.weights, target, options.normalization, options.threshold, pictures, PrintedStep()
    )
    copy_weights(options.fast_weights, options.out)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""example:
  python src/publish.py --out weights/pretrained

Batch normalisation is folded into the layers before it, so that the published network has the
paper's layers; what the two networks answer is compared on rendered faces. Stored in float16.""",
    )
    add = parser.add_argument
    add("--weights", type=Path, nargs="+", default=[TRAINED / "hyperface.weights.h5"],
        metavar="FILE", help="of HyperFace, by main.py; of several, the mean")  # fmt: skip
    add("--fast-weights", type=Path, default=TRAINED / "proposal_network.weights.h5",
        metavar="FILE", help="of the proposal network")  # fmt: skip
    add("--normalization", choices=[n for n in NORMALIZATIONS if n != "batch"], default="lrn",
        help="of the published network, if the trained one's is batch (lrn)")  # fmt: skip
    add("--threshold", type=float, default=0.95,
        help="probability of a face that is recommended with them (0.95)")  # fmt: skip
    add("--out", type=Path, required=True, metavar="DIR", help="replaces the weights there")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
