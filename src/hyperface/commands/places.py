"""Where the project's own files lie."""

import argparse
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
TRAINED = PROJECT / "weights"  # what main.py writes
# What comes with the project, and what finds faces unless other weights are given.
WEIGHTS = TRAINED / "pretrained" / "hyperface.weights.h5"
FAST_WEIGHTS = TRAINED / "pretrained" / "proposal_network.weights.h5"
FINGERPRINTS = Path("data", "cache", "fingerprints.npy")  # in the project's folder
GRAPHS = "model_graphs"  # in the folder of a run


def in_words(weights: Path) -> str:
    """Which weights are used, for the person who may not have chosen any."""
    if weights == WEIGHTS:
        return f"weights: those that come with the project ({weights.relative_to(PROJECT)})"
    return f"weights: {weights}"


def add_weights_options(parser: argparse.ArgumentParser) -> None:
    """Gives a script the options --weights and --fast-weights."""
    parser.add_argument(
        "--weights",
        type=Path,
        default=WEIGHTS,
        metavar="FILE",
        help="of HyperFace, for instance your own training's, weights/hyperface.weights.h5 (those "
        "that come with the project)",
    )
    parser.add_argument(
        "--fast-weights",
        type=Path,
        default=FAST_WEIGHTS,
        metavar="FILE",
        help="of the small network of the fast mode, as --weights",
    )
