"""Maps the key points of a COCO category to landmarks, by their names or their number.

Known are the 21 names that `writers/coco_writer.py` writes; the common spellings of eyes, nose,
corners of the mouth, of eyes and of brows, nostrils, chin and ear lobes ('left_eye', 'mouth_left',
'l_eye', 'left_mouth_corner', 'right_eye_outer', ...); 68 points in 300-W's order, numbered from 0
or 1 or without names; 21 points in the project's order, likewise. Of COCO's 17 points of a body
only the eyes and the nose are landmarks: its ears are not the lobes that AFLW marks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from hyperface.geometry.landmarks import LANDMARK_NAMES
from hyperface.tasks import NUM_LANDMARKS

NO_LANDMARK = -1
ALL_68 = 68
BODY = frozenset({"ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"})
_WORDS = (
    *("left", "right", "inner", "outer", "eyebrow", "brow", "eye", "pupil", "nostril", "nose"),
    *("mouth", "lip", "corner", "center", "centre", "tip", "chin", "lobe", *sorted(BODY)),
    *("l", "r"),
)
_WORD = re.compile("|".join(_WORDS))
_SAME = {"l": "left", "r": "right", "eyebrow": "brow", "centre": "center", "pupil": "eye"}
# Landmarks of the left and of the right in the image of a frontal face, by the words of a name.
_SIDED = {
    frozenset(words.split()): pair
    for pair, spellings in {
        (7, 10): ("eye", "eye center"),
        (6, 11): ("eye outer", "eye outer corner"),
        (8, 9): ("eye inner", "eye inner corner"),
        (1, 4): ("brow center",),
        (0, 5): ("brow outer", "brow outer corner"),
        (2, 3): ("brow inner", "brow inner corner"),
        (13, 15): ("nostril", "nose"),
        (17, 19): ("mouth", "mouth corner", "lip corner"),
        (12, 16): ("ear lobe",),
    }.items()
    for words in spellings
}
_MIDDLE = {
    frozenset(words.split()): landmark
    for landmark, spellings in {
        14: ("nose", "nose tip", "nose center"),
        18: ("mouth center",),
        20: ("chin", "chin tip", "chin center"),
    }.items()
    for words in spellings
}
# Pairs of the left and the right; what lies above, and what lies below.
_PAIRS = np.array([(7, 10), (6, 11), (8, 9), (1, 4), (0, 5), (2, 3), (17, 19), (13, 15), (12, 16)])
_UPPER, _LOWER = np.arange(12), np.array([13, 14, 15, 17, 18, 19, 20])


@dataclass(frozen=True, eq=False)
class KeyPoints:
    """The landmarks that the K key points of a category stand for."""

    # (K,) int, the index among the 21 landmarks, or -1; for 300-W's points, among the 68.
    landmarks: np.ndarray
    is_68: bool = False  # whether they are 300-W's
    sides_known: bool = True  # whether 'left' in the names is known to be the image's left
    unknown: tuple[str, ...] = ()  # names that are not known


def key_points_of(names: Sequence[str], count: int) -> KeyPoints | None:
    """The landmarks of the key points of a category, by their names or else by their number.

    None for points without names if no known scheme has that number of them.
    """
    order = _numbered(names) if names else np.arange(count)
    if order is not None:
        known = count in (ALL_68, NUM_LANDMARKS)
        return KeyPoints(order, is_68=count == ALL_68) if known and len(order) == count else None
    ours = [_OURS.get(_squashed(name), NO_LANDMARK) for name in names]
    # 'left ear' alone may be anyone's name; 'left brow left corner' is only the project's.
    if NO_LANDMARK not in ours and any(_words(name) is None for name in names):
        return KeyPoints(np.array(ours))
    landmarks = [_landmark(name) for name in names]
    unknown = [
        name
        for name, landmark in zip(names, landmarks, strict=True)
        if landmark == NO_LANDMARK and not (_words(name) or frozenset()) & BODY
    ]
    once = [
        NO_LANDMARK if landmark in landmarks[:index] else landmark
        for index, landmark in enumerate(landmarks)
    ]
    return KeyPoints(np.array(once), sides_known=False, unknown=tuple(unknown))


def similar_name(name: str) -> str | None:
    """The known name most similar to a misspelled one, such as "left_eye" for "left_eey"."""
    near = get_close_matches(_squashed(name), _SPELLINGS, n=1, cutoff=0.8)
    return _SPELLINGS[near[0]] if near else None


def handedness(points: np.ndarray) -> np.ndarray:
    """Measures whether the left landmarks of faces are on the left in the image.

    Args:
        points: (N, 21, 2) landmarks in pixels, y downwards, NaN where missing.

    Returns:
        (N,): about 1 for a frontal face whose left is left in the image, however it is turned;
        about -1 where left and right are exchanged; near 0 in profile; NaN where no pair is there.
    """
    points = np.asarray(points, np.float64).reshape(-1, NUM_LANDMARKS, 2)
    across = _mean(points[:, _PAIRS[:, 1]] - points[:, _PAIRS[:, 0]])
    down = _mean(points[:, _LOWER]) - _mean(points[:, _UPPER])
    upright = np.stack([np.zeros(len(points)), np.abs(across[:, 0])], axis=1)
    down = np.where(np.isfinite(down), down, upright)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]) / (down**2).sum(1)


def _mean(vectors: np.ndarray) -> np.ndarray:
    """(N, M, 2) -> (N, 2), the mean without missing vectors; NaN if all are missing."""
    there = np.isfinite(vectors).all(-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.where(there, vectors, 0).sum(1) / there.sum(1)


def _numbered(names: Sequence[str]) -> np.ndarray | None:
    """(K,) indices from 0 if the names are numbers from 0 or 1, possibly after a common word."""
    found = [re.fullmatch(r"(.*?)(\d+)", name.strip()) for name in names]
    matches = [match for match in found if match is not None]
    if len(matches) < len(found) or len({match[1] for match in matches}) > 1:
        return None
    numbers = np.array([int(match[2][:9]) for match in matches])
    numbers -= numbers.min()
    return numbers if sorted(numbers) == list(range(len(names))) else None


def _squashed(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def _words(name: str) -> frozenset[str] | None:
    """The words of a name; None if one of them is unknown or occurs twice."""
    squashed = _squashed(name)
    words = _WORD.findall(squashed)
    if "".join(words) != squashed or not words:
        return None
    words = [_SAME.get(word, word) for word in words]
    sides = [word for word in words if word in ("left", "right")]
    return frozenset(words) if len(sides) < 2 else None


def _landmark(name: str) -> int:
    words = _words(name) or frozenset()
    part = words - {"left", "right"}
    if part == words:
        return _MIDDLE.get(part, NO_LANDMARK)
    left, right = _SIDED.get(part, (NO_LANDMARK, NO_LANDMARK))
    return left if "left" in words else right


def _spellings() -> dict[str, str]:
    """The known names of key points, by their form after `_squashed`."""
    parts = ("ear", "brow", "eye", "nose", "mouth", "lip", "chin")  # they come first
    names = [sorted(words, key=lambda word: word not in parts) for words in _MIDDLE]
    for words in _SIDED:
        part = sorted(words, key=lambda word: (word not in parts, word))
        names += [name for side in ("left", "right") for name in ([side, *part], [*part, side])]
    return {"".join(name): "_".join(name) for name in names}


_SPELLINGS = _spellings()
_OURS = {_squashed(name): landmark for landmark, name in enumerate(LANDMARK_NAMES)}
