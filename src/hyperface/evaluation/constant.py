"""What a network that ignores its input would answer: the figure beside every figure."""

import numpy as np


def constant_answer(targets: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The mean shape, mean pose and class shares of the training regions.

    Args:
        targets: (B, ...) by task, as in `hyperface.regions.encoding`.

    Returns:
        One row by task, shaped like one row of HyperFace's outputs; where nothing is labelled, 0
        and class 0.
    """
    landmarks = targets["landmarks"]
    seen = landmarks[..., 2] * landmarks[..., 3]
    return {
        "detection": _shares(targets["detection"]),
        "landmarks": _mean(landmarks[..., :2], seen[..., None]).ravel(),
        "visibility": _mean(targets["visibility"][..., 0], targets["visibility"][..., 1]),
        "pose": _mean(targets["pose"][..., 0], targets["pose"][..., 1]),
        "gender": _shares(targets["gender"]),
    }


def _mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return (values * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1)


def _shares(target: np.ndarray) -> np.ndarray:
    share = _mean(target[:, 0], target[:, 1])
    return np.array([1 - share, share])
