"""Sample files on disk: shards of regions, written atomically.

| array | shape | what |
|---|---|---|
| images | (N, 227, 227, 3) uint8 | the regions, RGB |
| boxes_xyxy | (N, 4) int32 | where each was cut, in pixels of its image |
| overlap | (N,) float32 | intersection over union with the face it covers best |
| picture | (N,) int32 | which of the shard's images |
| detection, landmarks, visibility, pose, gender | float32 | as `regions/encoding.py` |

`pictures` has a record of each image, as JSON: name, data set, split, width, height, and its
faces as in `faces.json`; with it the file can be trained on (`annotations/readers/samples.py`).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from hyperface.regions.cropping import REGION_SIDE
from hyperface.regions.encoding import TARGET_SHAPES
from hyperface.utils.files import atomic_write
from hyperface.utils.json_text import json_text

ARRAYS: dict[str, tuple[tuple[int, ...], type]] = {
    "images": ((REGION_SIDE, REGION_SIDE, 3), np.uint8),
    "boxes_xyxy": ((4,), np.int32),
    "overlap": ((), np.float32),
    "picture": ((), np.int32),
    **{task: (shape, np.float32) for task, shape in TARGET_SHAPES.items()},
}
RECORDS = "pictures"


class BrokenShard(Exception):  # noqa: N818 - the name describes the shard
    """A shard that is damaged, or no shard."""


def shard_path(folder: Path, number: int) -> Path:
    """The path of a shard."""
    return folder / f"samples-{number:05d}.h5"


def write_shard(path: Path, arrays: Mapping[str, np.ndarray], images: list[dict[str, Any]]) -> None:
    """Writes a shard atomically.

    Raises:
        ValueError: An array is missing or of another shape.
    """
    _check(arrays, len(images))
    size = sum(array.nbytes for array in arrays.values())
    with atomic_write(path, size) as aside, h5py.File(aside, "w") as file:
        for name, array in arrays.items():
            # One row per chunk and a checksum, so that rows can be read singly.
            chunks = {"chunks": (1, *array.shape[1:]), "fletcher32": True} if len(array) else {}
            file.create_dataset(name, data=array, **chunks)
        file[RECORDS] = json_text(images)


def read_shard(path: Path) -> tuple[dict[str, np.ndarray], list[dict[str, Any]]]:
    """Reads a shard back, checked: arrays by name, and its images.

    Raises:
        BrokenShard: It is damaged, or no shard.
    """
    try:
        with h5py.File(path, "r") as file:  # checksums of the chunks are checked on the way
            arrays = {name: file[name][()] for name in ARRAYS}
            images = json.loads(file[RECORDS][()])
        _check(arrays, len(images))
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, EOFError) as error:
        raise BrokenShard(f"{path} is not a whole sample file ({error})") from error
    return arrays, images


def _check(arrays: Mapping[str, np.ndarray], num_images: int) -> None:
    count = len(arrays["images"])
    for name, (shape, kind) in ARRAYS.items():
        if arrays[name].shape != (count, *shape) or arrays[name].dtype != kind:
            raise ValueError(f"{name} of {arrays[name].shape} {arrays[name].dtype}")
    if count and not 0 <= arrays["picture"].min() <= arrays["picture"].max() < num_images:
        raise ValueError("image numbers without their images")
