"""Keeps what a step has computed from images, in case the run is resumed.

A kept value is valid as long as the images are the same: without a broken one, for instance, the
indices of the others differ.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hyperface.annotations.digest import digest_of
from hyperface.annotations.record import AnnotatedImage
from hyperface.utils.json_text import write_json

DIGEST = "pictures"  # the key of the images' digest


def read_kept(path: Path, name: str, images: Iterable[AnnotatedImage]) -> Any:
    """The value that `write_kept` wrote for the same images; None if there is none."""
    if not path.is_file():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(kept, list):  # of former releases
        return kept
    return kept[name] if kept.get(DIGEST) == digest_of(images) else None


def write_kept(path: Path, name: str, images: Iterable[AnnotatedImage], value: Any) -> None:
    """Writes a value under a name, with the digest of the images that it was computed from."""
    write_json(path, {DIGEST: digest_of(images), name: value})
