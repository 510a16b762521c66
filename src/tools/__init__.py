"""For maintainers, not installed: rendered data, figures, benchmarks, weights to publish."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
