"""Where the project's own files lie."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
WEIGHTS = PROJECT / "weights" / "hyperface.weights.h5"
FAST_WEIGHTS = PROJECT / "weights" / "proposal_network.weights.h5"
