"""Annotated faces and pictures without files: what is judged here looks at no pixel."""

from pathlib import Path

import numpy as np
import pytest

from hyperface.records.record import Face, Picture


@pytest.fixture(scope="session")
def make_face():
    """A face of the given box, its landmarks at random places of it; keywords replace labels."""

    def make(left, top, right, bottom, seed=0, **labels):
        rng = np.random.default_rng(seed)
        box = np.array([left, top, right, bottom], np.float32)
        labels = {
            "landmarks": np.float32(rng.uniform(box[:2], box[2:], (21, 2))),
            "visibility": np.float32(rng.random(21) < 0.7),
            "pose": np.float32(rng.uniform(-0.5, 0.5, 3)),
            "gender": float(seed % 3 == 0),
            **labels,
        }
        return Face(box, **labels)

    return make


@pytest.fixture(scope="session")
def make_picture():
    """A picture of 300 x 200 with the given faces."""

    def make(*faces, complete=False, source="set"):
        return Picture(Path("none"), "none", source, 300, 200, faces, complete)

    return make
