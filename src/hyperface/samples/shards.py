"""Sample files on disk: a shard of regions each, whole or not there.

| array | shape | what |
|---|---|---|
| images | (N, 227, 227, 3) uint8 | the regions, RGB |
| boxes_xyxy | (N, 4) int32 | where each was cut, in pixels of its picture |
| overlap | (N,) float32 | intersection over union with the face it covers best |
| picture | (N,) int32 | which of the shard's pictures |
| detection, landmarks, visibility, pose, gender | float32 | as `regions/encoding.py` |

`pictures` gives name, data set and split of each picture. A shard is one HDF5 file, or a folder of
`.npy` files with the names in `pictures.json`. Neither holds a pickle.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np

from hyperface.regions.cutting import REGION_SIDE
from hyperface.regions.encoding import TARGET_SHAPES
from hyperface.utils.files import ASIDE, write_aside

HDF5, NPY = "hdf5", "npy"
FORMATS = (HDF5, NPY)
ARRAYS: dict[str, tuple[tuple[int, ...], type]] = {
    "images": ((REGION_SIDE, REGION_SIDE, 3), np.uint8),
    "boxes_xyxy": ((4,), np.int32),
    "overlap": ((), np.float32),
    "picture": ((), np.int32),
    **{task: (shape, np.float32) for task, shape in TARGET_SHAPES.items()},
}
NAMES = "pictures"
PICTURE_KEYS = ("name", "source", "split")


class BrokenShard(Exception):  # noqa: N818 - it says what the shard is
    """A shard that is damaged, or no shard."""


def shard_path(folder: Path, number: int, form: str) -> Path:
    """Where a shard is."""
    return folder / (f"samples-{number:05d}" + (".h5" if form == HDF5 else ""))


def write_shard(
    path: Path, arrays: Mapping[str, np.ndarray], pictures: list[dict[str, str | None]]
) -> None:
    """Writes a shard aside and puts it in its place.

    Args:
        path: As `shard_path` gives it; its suffix tells the format.
        arrays: All of `ARRAYS`.
        pictures: Name, source and split of each picture, as `picture` numbers them.

    Raises:
        ValueError: An array is missing or of another shape.
    """
    _check(arrays, len(pictures))
    if path.suffix == ".h5":
        with write_aside(path) as aside, h5py.File(aside, "w") as file:
            for name, array in arrays.items():
                _store(file, name, array)
            file[NAMES] = json.dumps(pictures)
        return
    aside = path.with_name(f"{ASIDE}{os.getpid()}-{path.name}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        for name, array in arrays.items():
            np.save(aside / f"{name}.npy", array, allow_pickle=False)
        (aside / f"{NAMES}.json").write_text(json.dumps(pictures) + "\n", encoding="utf-8")
        aside.rename(path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def read_shard(path: Path) -> tuple[dict[str, np.ndarray], list[dict[str, str | None]]]:
    """Reads a shard back, checked: arrays by name, and its pictures.

    Raises:
        BrokenShard: It is damaged, or no shard.
    """
    try:
        if path.suffix == ".h5":
            with h5py.File(path, "r") as file:  # checksums of the chunks are checked on the way
                arrays = {name: file[name][()] for name in ARRAYS}
                pictures = json.loads(file[NAMES][()])
        else:
            arrays = {name: np.load(path / f"{name}.npy", allow_pickle=False) for name in ARRAYS}
            pictures = json.loads((path / f"{NAMES}.json").read_text(encoding="utf-8"))
        _check(arrays, len(pictures))
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, EOFError) as error:
        raise BrokenShard(f"{path} is not a whole sample file ({error})") from error
    return arrays, pictures


def _store(file: h5py.File, name: str, array: np.ndarray) -> None:
    """A row a chunk, so that regions can be read one by one, with a checksum each."""
    if len(array):
        file.create_dataset(name, data=array, chunks=(1, *array.shape[1:]), fletcher32=True)
    else:
        file.create_dataset(name, data=array)


def _check(arrays: Mapping[str, np.ndarray], num_pictures: int) -> None:
    count = len(arrays["images"])
    for name, (shape, kind) in ARRAYS.items():
        if arrays[name].shape != (count, *shape) or arrays[name].dtype != kind:
            raise ValueError(f"{name} of {arrays[name].shape} {arrays[name].dtype}")
    if count and not 0 <= arrays["picture"].min() <= arrays["picture"].max() < num_pictures:
        raise ValueError("picture numbers without their pictures")
