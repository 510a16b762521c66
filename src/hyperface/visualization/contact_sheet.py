"""A contact sheet: pictures of every data set with all that is annotated in them."""

from collections.abc import Sequence

import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import Picture
from hyperface.images.reading import UnreadablePicture
from hyperface.utils.progress import progress
from hyperface.visualization.drawing import Colour, DrawnFace, draw_face, scaled
from hyperface.visualization.run_report import drawn_truth
from hyperface.visualization.tiles import tile_sheet

SIDE = 300  # pixels of a tile
IGNORED_COLOUR: Colour = (170, 170, 170)
_PALE = 232


def contact_sheet(pictures: Sequence[Picture], count: int, seed: int) -> np.ndarray:
    """Draws some pictures at random, as many of one data set as of another.

    Args:
        pictures: To choose from; one that cannot be decoded is passed over.
        count: How many at the most.
        seed: Another seed chooses others.

    Returns:
        (height, width, 3) RGB uint8.

    Raises:
        ValueError: No picture can be decoded.
    """
    tiles, captions = [], []
    chosen = [pictures[index] for index in _spread(pictures, count, seed)]
    for picture in progress(chosen, description="contact sheet"):
        try:
            tiles.append(_tile(picture))
        except UnreadablePicture:
            continue
        captions.append(f"{picture.source} {picture.name}")
    if not tiles:
        raise ValueError("none of the pictures chosen can be decoded")
    return tile_sheet(tiles, captions, side=SIDE)


def _spread(pictures: Sequence[Picture], count: int, seed: int) -> list[int]:
    """Indices by turns from every data set, in the sets' order."""
    by_source: dict[str, list[int]] = {}
    for index in np.random.default_rng(seed).permutation(len(pictures)):
        by_source.setdefault(pictures[index].source, []).append(int(index))
    chosen: list[int] = []
    for turn in range(count):
        for source in sorted(by_source):
            if turn < len(by_source[source]) and len(chosen) < count:
                chosen.append(by_source[source][turn])
    return sorted(chosen, key=lambda index: (pictures[index].source, index))


def _tile(picture: Picture) -> np.ndarray:
    """(300, 300, 3): the whole picture with its marks, as large as fits, on a pale square."""
    drawn = read_pixels(picture)
    scale = SIDE / max(drawn.shape[:2])
    drawn = draw_face(drawn, DrawnFace(), scale=scale)
    zoom = np.array([drawn.shape[1] / picture.width, drawn.shape[0] / picture.height])
    for box in picture.ignored_xyxy:
        drawn = draw_face(drawn, DrawnFace(box * np.tile(zoom, 2)), IGNORED_COLOUR)
    for face in picture.faces:
        drawn = draw_face(drawn, scaled(drawn_truth(face), zoom))
    tile = np.full((SIDE, SIDE, 3), _PALE, np.uint8)
    top, left = ((SIDE - side) // 2 for side in drawn.shape[:2])
    tile[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    return tile
