"""Fingerprints of images: near-identical images are found, and broken ones noticed."""

import hashlib
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from hyperface.images.reading import UnreadableImage, decode_image
from hyperface.images.stored_regions import holds_regions, read_region
from hyperface.images.video import read_frame
from hyperface.utils.files import atomic_write
from hyperface.utils.progress import progress

SIDE = 16  # of the grid of differences: 256 bits
WORDS = 4  # uint64 in a fingerprint
# Of 256 bits. Looked at in pairs of MTFL, Helen, UTKFace and faceless images: up to 25 nearly all
# are one photograph saved, colored or cut differently, at 26 to 29 some still are, from 30 on they
# are different people in one pose. At 28 the largest group has 4 images; from 36 on the aligned
# crops of UTKFace chain into one giant group.
MAX_DISTANCE = 28
_READ_SIDE = 64  # pixels; a JPEG is decoded about this small, in whole
_ROWS_AT_ONCE = 64  # times all others: about 10 MB for 18,000 images
_SAVE_EVERY = 2000  # images; a killed run goes on from there
_KEY_WORDS = 2
_LOG = logging.getLogger(__name__)

# An image's file and None, or a video and a frame of it, or a sample file and a region.
ImageFile = tuple[Path, int | None]


def fingerprint(path: str | Path, frame: int | None = None) -> np.ndarray:
    """Difference hash of an image: which of 16 x 16 neighbors is the brighter.

    The whole image is decoded, so a truncated one is noticed here.

    Args:
        path: An image's file, a video, or a sample file.
        frame: Number of the frame in the video, or of the region; None for an image.

    Returns:
        (4,) uint64.

    Raises:
        UnreadableImage: With the reason.
    """
    if frame is None:
        whole = decode_image(path, max_side=_READ_SIDE)
    else:
        path = Path(path)
        whole = (read_region if holds_regions(path) else read_frame)(path, frame)
    gray = Image.fromarray(whole).convert("L")
    small = np.asarray(gray.resize((SIDE + 1, SIDE), Image.Resampling.BOX))
    return np.packbits(small[:, 1:] > small[:, :-1]).view(np.uint64)


def near_identical_groups(hashes: np.ndarray, max_distance: int = MAX_DISTANCE) -> np.ndarray:
    """Groups fingerprints that differ in few bits, directly or through others.

    Args:
        hashes: (N, 4) uint64.
        max_distance: Bits of 256 in which near-identical images differ at most.

    Returns:
        (N,) int, for each image the smallest index in its group.
    """
    unique, first, inverse = np.unique(hashes, axis=0, return_index=True, return_inverse=True)
    labels = np.arange(len(unique))
    for start in range(0, len(unique), _ROWS_AT_ONCE):
        rows, columns = unique[start : start + _ROWS_AT_ONCE], unique[start:]
        distances = np.zeros((len(rows), len(columns)), np.uint16)
        for word in range(WORDS):
            distances += np.bitwise_count(rows[:, None, word] ^ columns[None, :, word])
        row, column = np.nonzero(distances <= max_distance)
        others = column > row
        labels = _merged(labels, start + row[others], start + column[others])
    smallest = np.full(len(unique), len(hashes))
    np.minimum.at(smallest, labels, first)
    return smallest[labels][inverse.reshape(-1)]


def _merged(labels: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(N,) labels of groups, after the groups of every pair `first[i]`, `second[i]` became one."""
    if not len(first):
        return labels
    from scipy.sparse import coo_array  # most of a second, which only this needs
    from scipy.sparse.csgraph import connected_components

    pairs = np.ones(len(first), bool), (labels[first], labels[second])
    graph = coo_array(pairs, shape=(len(labels), len(labels)))
    return connected_components(graph, directed=False)[1][labels]


def fingerprint_all(
    files: Sequence[ImageFile], cache_file: Path, threads: int = 2
) -> tuple[np.ndarray, dict[int, str]]:
    """Fingerprints many images, most of them from a cache.

    The cache knows an image by path, size and time of change. It is written aside every few
    thousand images, so a killed run loses little; a broken one is said and rebuilt.

    Args:
        files: The images' files; of a video's frame, the video and the frame's number.
        cache_file: A `.npy` file, made where it is missing.
        threads: Images decoded at the same time.

    Returns:
        (N, 4) uint64, and for each image that cannot be read its index and the reason; its
        fingerprint is 0.
    """
    cache = _load_cache(cache_file)
    keys = [_key(*file) for file in files]
    todo = [index for index, key in enumerate(keys) if key not in cache]
    broken: dict[int, str] = {}
    with ThreadPoolExecutor(threads) as pool:
        made = (
            (index, result)
            for start in range(0, len(todo), _SAVE_EVERY)
            for index, result in _make(files, todo[start : start + _SAVE_EVERY], pool)
        )
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


def _make(files: Sequence[ImageFile], indices: list[int], pool: ThreadPoolExecutor):
    return zip(indices, pool.map(lambda index: _try(*files[index]), indices), strict=True)


def _try(path: Path, frame: int | None) -> np.ndarray | str:
    """The fingerprint, or why there is none."""
    try:
        return fingerprint(path, frame)
    except UnreadableImage as error:
        return error.reason


def _key(path: Path, frame: int | None) -> bytes:
    """What the cache knows a file by; a missing file gets a key too, and fails when read."""
    try:
        status = path.stat()
        state = f"{status.st_size}\0{status.st_mtime_ns}"
    except (OSError, ValueError):
        state = "missing"
    name = str(path.absolute()).encode(errors="surrogatepass")
    state += "" if frame is None else f"\0{frame}"
    return hashlib.blake2b(name + b"\0" + state.encode(), digest_size=8 * _KEY_WORDS).digest()


def _save_cache(file: Path, cache: dict[bytes, bytes]) -> None:
    """Writes keys and fingerprints as rows of six words, and a checksum of them as the first."""
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
        _LOG.warning("The fingerprint cache %s is broken (%s); it is made anew.", file, error)
        return {}
    size = 8 * (_KEY_WORDS + WORDS)
    records = (content[start : start + size] for start in range(0, len(content), size))
    return {record[: 8 * _KEY_WORDS]: record[8 * _KEY_WORDS :] for record in records}


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=8 * (_KEY_WORDS + WORDS)).digest()
