"""Fingerprints of images, to find near-identical and broken ones."""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from hyperface.images.decoding import decode_stored
from hyperface.images.reading import UnreadableImage
from hyperface.utils.ahead import map_ahead
from hyperface.utils.files import atomic_write
from hyperface.utils.progress import progress

SIDE = 16  # side of the grid of differences: 256 bits
WORDS = 4  # uint64 words in a fingerprint
# Bits of 256. In pairs of images of MTFL, Helen, UTKFace and images without faces, up to 25 bits
# nearly all are versions of one photograph (saved, colored or cropped differently), at 26 to 29
# some are, and from 30 on they show different people in the same pose. At 28 the largest group has
# 4 images; from 36 on the aligned crops of UTKFace chain into one giant group.
MAX_DISTANCE = 28
THREADS = 2  # images decoded at the same time
_READ_SIDE = 64  # pixels; a JPEG is decoded to about this size
_ROWS_AT_ONCE = 64  # compared with all others: about 10 MB for 18,000 images
_SAVE_EVERY = 2000  # images; an interrupted run resumes there
_KEY_WORDS = 2
_LOG = logging.getLogger(__name__)

# An image's file and None, or a video and a frame of it, or a sample file and a region.
ImageFile = tuple[Path, int | None]


def fingerprint(path: str | Path, frame: int | None = None) -> np.ndarray:
    """(4,) uint64 hash of an image: which of two neighbors is brighter, on a 16 x 16 grid.

    The whole image is decoded, which reveals truncated files. It is a file of its own, or a frame
    of a video or a region of a sample file, which `frame` numbers.

    Raises:
        UnreadableImage: With the reason.
    """
    gray = Image.fromarray(decode_stored(Path(path), frame, _READ_SIDE)).convert("L")
    small = np.asarray(gray.resize((SIDE + 1, SIDE), Image.Resampling.BOX))
    return np.packbits(small[:, 1:] > small[:, :-1]).view(np.uint64)


def near_identical_groups(hashes: np.ndarray) -> np.ndarray:
    """Groups (N, 4) uint64 fingerprints within MAX_DISTANCE, directly or by way of others.

    Returns:
        (N,) int, for each image the lowest index in its group.
    """
    unique, first, inverse = np.unique(hashes, axis=0, return_index=True, return_inverse=True)
    labels = np.arange(len(unique))
    for start in range(0, len(unique), _ROWS_AT_ONCE):
        rows, columns = unique[start : start + _ROWS_AT_ONCE], unique[start:]
        distances = np.zeros((len(rows), len(columns)), np.uint16)
        for word in range(WORDS):
            distances += np.bitwise_count(rows[:, None, word] ^ columns[None, :, word])
        row, column = np.nonzero(distances <= MAX_DISTANCE)
        others = column > row
        labels = _merged(labels, start + row[others], start + column[others])
    smallest = np.full(len(unique), len(hashes))
    np.minimum.at(smallest, labels, first)
    return smallest[labels][inverse.reshape(-1)]


def _merged(labels: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(N,) group labels after merging the groups of every pair `first[i]`, `second[i]`."""
    if not len(first):
        return labels
    from scipy.sparse import coo_array  # takes most of a second, and only this function needs it
    from scipy.sparse.csgraph import connected_components

    pairs = np.ones(len(first), bool), (labels[first], labels[second])
    graph = coo_array(pairs, shape=(len(labels), len(labels)))
    return connected_components(graph, directed=False)[1][labels]


def fingerprint_all(
    files: Sequence[ImageFile], cache_file: Path
) -> tuple[np.ndarray, dict[int, str]]:
    """Fingerprints many images with a cache.

    The cache identifies an image by path, size and modification time. It is saved every few
    thousand images, so that an interrupted run loses little; a broken one is reported and rebuilt.

    Args:
        files: The image files; for a frame of a video, the video and the frame's number.
        cache_file: A `.npy` file, created if it is missing.

    Returns:
        (N, 4) uint64, and the reason for each image that cannot be read, by its index; its
        fingerprint is 0.
    """
    cache = _load_cache(cache_file)
    keys = [_key(*file) for file in files]
    todo = [index for index, key in enumerate(keys) if key not in cache]
    broken: dict[int, str] = {}
    made = map_ahead(lambda index: (index, _try(*files[index])), todo, THREADS)
    for done, (index, result) in enumerate(progress(made, len(todo), "fingerprints"), 1):
        if isinstance(result, str):
            broken[index] = result
        else:
            cache[keys[index]] = result.tobytes()
        if done % _SAVE_EVERY == 0 or done == len(todo):
            _save_cache(cache_file, cache)
    nothing = bytes(8 * WORDS)
    found = b"".join(cache.get(key, nothing) for key in keys)
    return np.frombuffer(found, np.uint64).reshape(-1, WORDS), broken


def _try(path: Path, frame: int | None) -> np.ndarray | str:
    """The fingerprint, or why there is none."""
    try:
        return fingerprint(path, frame)
    except UnreadableImage as error:
        return error.reason


def _key(path: Path, frame: int | None) -> bytes:
    """The key of a file in the cache; a missing file has one too, and fails when read."""
    try:
        status = path.stat()
        state = f"{status.st_size}\0{status.st_mtime_ns}"
    except (OSError, ValueError):
        state = "missing"
    name = str(path.absolute()).encode(errors="surrogatepass")
    state += "" if frame is None else f"\0{frame}"
    return hashlib.blake2b(name + b"\0" + state.encode(), digest_size=8 * _KEY_WORDS).digest()


def _save_cache(file: Path, cache: dict[bytes, bytes]) -> None:
    """Writes keys and fingerprints as rows of six words; the first row is their checksum."""
    content = b"".join(key + value for key, value in cache.items())
    with atomic_write(file) as aside:
        np.save(aside, np.frombuffer(_checksum(content) + content, np.uint64).reshape(-1, 6))


def _load_cache(file: Path) -> dict[bytes, bytes]:
    if not file.is_file():
        return {}
    try:
        rows = np.load(file, allow_pickle=False)
        content = rows[1:].tobytes()
        if rows.dtype != np.uint64 or rows[0].tobytes() != _checksum(content):
            raise ValueError("checksum differs")
    except (OSError, ValueError, EOFError, IndexError) as error:
        _LOG.warning("The fingerprint cache %s is broken (%s) and is rebuilt.", file, error)
        return {}
    return {row[:_KEY_WORDS].tobytes(): row[_KEY_WORDS:].tobytes() for row in rows[1:]}


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=8 * (_KEY_WORDS + WORDS)).digest()
