from pathlib import Path

import numpy as np

from hyperface.annotations.record import AnnotatedImage, Face
from tools.benchmarks.fast_recall import measure, rows_of


def image(*boxes):
    faces = tuple(Face(np.float32(box)) for box in boxes)
    return AnnotatedImage(Path("none"), "none", "set", 200, 200, faces, complete=True)


def test_faces_and_regions_are_counted_by_hand():
    images = [
        image([0, 0, 40, 40], [100, 100, 120, 120]),  # the second is too small to be looked for
        image([50, 50, 100, 100]),
        image(),
    ]
    # Found with 0.9 (IoU 1600 / 1760); found with 0.3 alone (2500 / 3000); a false one in each.
    boxes = iter(
        [
            (np.array([[0, 0, 44, 40], [150, 0, 190, 40]]), np.array([0.9, 0.2])),
            (np.array([[50, 50, 110, 100], [0, 0, 20, 20]]), np.array([0.3, 0.6])),
            (np.zeros((0, 4)), np.zeros(0)),
        ]
    )
    found = measure(lambda _: next(boxes), images, (0.1, 0.5), 32, read=lambda _: np.zeros(3))
    assert (found.faces, found.annotated, found.images) == (2, 3, 3)
    assert found.regions.tolist() == [4, 2]
    assert found.hits.tolist() == [2, 1]
    rows = rows_of("set", "score from", found, (0.1, 0.5))
    assert rows[1][:-1] == ("set", "2 of 3", "score from 0.5", "0.7", "0.7", "50.0")
    assert rows_of("set", "search", found, (-np.inf,))[0][2] == "search"
