"""Tools for maintainers, not installed: rendering, figures, benchmarks, publishing of weights."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
