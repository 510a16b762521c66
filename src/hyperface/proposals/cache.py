"""A cache of region proposals on disk, so that each image is searched once.

There is one folder of HDF5 shards for each choice of settings. A shard has the boxes of up to 64
images; it is written atomically, so that an interrupted run loses at most one shard.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.errors import UserError
from hyperface.images.reading import UnreadableImage
from hyperface.proposals.selective_search import SEARCH_CONSTANTS, propose
from hyperface.utils.files import atomic_write
from hyperface.utils.pool import map_in_processes
from hyperface.utils.progress import progress

SHARD_IMAGES = 64
PLACE = "\0"  # in a key, before the path of the image's file
FORMAT = 1  # Increase whenever the search or the layout on disk changes.
STALE_SECONDS = 3600  # An older temporary file was left by a killed process.


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class ProposalCache:
    """Computes and caches the proposals of images for fixed settings; can be resumed.

    The settings are the keyword arguments of `selective_search.propose`. All proposals are in one
    folder. `log` is called with a message about every shard that cannot be used.
    """

    def __init__(
        self, folder: str | Path, settings: Mapping[str, Any], log: Callable[[str], None] = _log
    ) -> None:
        self.settings = dict(settings)
        # Boxes of other releases or other constants must not be mixed with these.
        made_by = {"format": FORMAT, "opencv": cv2.__version__, "constants": SEARCH_CONSTANTS}
        self.signature = json.dumps(made_by | self.settings, sort_keys=True)
        self.folder = Path(folder) / (
            f"{settings['method']}-{hashlib.sha256(self.signature.encode()).hexdigest()[:12]}"
        )
        self.log = log

    def compute(
        self, images: Sequence[AnnotatedImage], workers: int = 2, skipped: SkipReport | None = None
    ) -> list[np.ndarray | None]:
        """The proposals of every image, from the cache or computed by worker processes.

        Returns:
            (N, 4) float32 xyxy in pixels for each image; None if it cannot be read.

        Raises:
            UserError: The folder cannot be written, or a worker was killed. Finished
                shards are kept, and the next call resumes.
        """
        skipped = SkipReport() if skipped is None else skipped
        keys = [_key(image, skipped) for image in images]
        found = self._load({key for key in keys if key is not None})
        missing = {
            key: image
            for key, image in zip(keys, images, strict=True)
            if key is not None and key not in found
        }
        with closing(self._search(missing, workers, skipped)) as shards:
            for shard in shards:
                self._save(shard)
                found.update(shard)
        return [None if key is None else found.get(key) for key in keys]

    def _search(
        self, missing: dict[str, AnnotatedImage], workers: int, skipped: SkipReport
    ) -> Generator[dict[str, np.ndarray], None, None]:
        """Searches the missing images; yields their boxes by key, one shard at a time."""
        if not missing:
            return
        search = partial(_search_image, settings=self.settings)
        unlabeled = [replace(image, faces=()) for image in missing.values()]  # fewer bytes to send
        results = map_in_processes(search, unlabeled, workers)
        bar = progress(
            zip(missing.items(), results, strict=True),
            total=len(missing),
            description="selective search",
        )
        shard: dict[str, np.ndarray] = {}
        try:
            for (key, image), boxes in bar:
                if isinstance(boxes, str):
                    skipped.add(boxes, image.name)
                    continue
                shard[key] = boxes
                if len(shard) == SHARD_IMAGES:
                    yield shard
                    shard = {}
        except BrokenProcessPool as error:
            raise UserError(
                "A worker process of the selective search was killed, probably for lack of memory: "
                "free some, or lower PROPOSAL_SIDE; the same command resumes."
            ) from error
        finally:
            bar.close()
            results.close()
        if shard:
            yield shard

    def _save(self, shard: dict[str, np.ndarray]) -> None:
        keys = json.dumps(list(shard))
        boxes = np.concatenate(list(shard.values()))
        counts = np.array([len(each) for each in shard.values()], np.int64)
        path = self.folder / f"{hashlib.sha256(keys.encode()).hexdigest()[:16]}.h5"
        try:
            with atomic_write(path) as aside, h5py.File(aside, "w") as file:
                file.attrs["settings"] = self.signature
                file.attrs["checksum"] = _checksum(keys, counts, boxes)
                file["keys"] = keys
                file["counts"] = counts  # (images,)
                file["boxes_xyxy"] = boxes  # (sum of counts, 4)
        except (OSError, RuntimeError) as error:  # HDF5 reports a full disk as either.
            raise UserError(
                f"Proposals could not be written to {path.parent} ({error}); "
                "finished shards are intact; free some space or use another folder, and run again."
            ) from error

    def _load(self, wanted: set[str]) -> dict[str, np.ndarray]:
        """The boxes of the wanted keys that are on disk."""
        found: dict[str, np.ndarray] = {}
        moved: dict[str, np.ndarray] = {}
        facts = {_facts(key) for key in wanted}

        def is_moved(key: str) -> bool:
            """Whether it belongs to a wanted image at its former path, or to an older release."""
            place = key[len(_facts(key)) + len(PLACE) :]
            return key not in wanted and _facts(key) in facts and not os.path.lexists(place)

        for path in sorted(self.folder.glob("*.h5")):
            if path.name.startswith("."):  # A temporary file, of another or a killed process.
                with suppress(FileNotFoundError):  # renamed meanwhile
                    if time.time() - path.stat().st_mtime > STALE_SECONDS:
                        path.unlink()
                continue
            try:
                shard = self._read(path)
            except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
                aside = path.with_name(path.name + ".unusable")
                path.replace(aside)  # Not deleted, as it may be needed.
                self.log(
                    f"{path.name} in {path.parent} is not a complete shard of these proposals "
                    f"({error}); it is renamed to {aside.name} and rebuilt"
                )
                continue
            found.update((key, boxes) for key, boxes in shard.items() if key in wanted)
            moved.update((_facts(key), boxes) for key, boxes in shard.items() if is_moved(key))
        return {key: moved[_facts(key)] for key in wanted if _facts(key) in moved} | found

    def _read(self, path: Path) -> dict[str, np.ndarray]:
        """Reads one shard; raises if it is damaged, foreign, or has other settings."""
        with h5py.File(path, "r") as file:
            if file.attrs["settings"] != self.signature:
                raise ValueError("its settings differ")
            keys = file["keys"][()].decode()
            counts = file["counts"][()]
            boxes = file["boxes_xyxy"][()]
            if file.attrs["checksum"] != _checksum(keys, counts, boxes):
                raise ValueError("its checksum is wrong")
        pieces = np.split(boxes, np.cumsum(counts)[:-1])
        return dict(zip(json.loads(keys), pieces, strict=True))


def _key(image: AnnotatedImage, skipped: SkipReport) -> str | None:
    """The key of an image and its content: name, size, time and path of its file."""
    try:
        stat = image.path.stat()
    except OSError as error:
        skipped.add(error.strerror or "not readable", image.name)
        return None
    facts = f"{image.source}/{image.name}|{stat.st_size}|{stat.st_mtime_ns}"
    return f"{facts}{PLACE}{image.path.absolute()}"


def _facts(key: str) -> str:
    """A key without the path of the image, the only part that changes when a folder is moved."""
    return key.partition(PLACE)[0]


def _checksum(keys: str, counts: np.ndarray, boxes: np.ndarray) -> str:
    return hashlib.sha256(keys.encode() + counts.tobytes() + boxes.tobytes()).hexdigest()


def _search_image(image: AnnotatedImage, settings: dict[str, Any]) -> np.ndarray | str:
    """The boxes, or the reason why the image cannot be read; runs in a worker."""
    try:
        pixels = read_pixels(image)
    except UnreadableImage as error:
        return error.reason
    return propose(pixels, **settings)
