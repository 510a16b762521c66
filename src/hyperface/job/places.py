"""Where the project's own files lie."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
TRAINED = PROJECT / "weights"  # what main.py writes
# What comes with the project, and what finds faces unless other weights are given.
WEIGHTS = TRAINED / "pretrained" / "hyperface.weights.h5"
FAST_WEIGHTS = TRAINED / "pretrained" / "proposal_network.weights.h5"


def in_words(weights: Path) -> str:
    """Which weights are used, for the person who may not have chosen any."""
    if weights == WEIGHTS:
        return f"weights: those that come with the project ({weights.relative_to(PROJECT)})"
    return f"weights: {weights}"
