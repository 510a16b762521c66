"""The pixels of an annotated picture, wherever they lie."""

import numpy as np

from hyperface.annotations.record import Picture
from hyperface.images.reading import read_picture
from hyperface.images.stored_regions import holds_regions, read_region
from hyperface.images.video import read_frame


def read_pixels(picture: Picture) -> np.ndarray:
    """Decodes a picture in its stored frame, in which its annotations are.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        UnreadablePicture: With the reason.
    """
    if picture.frame is None:
        return read_picture(picture.path)
    read = read_region if holds_regions(picture.path) else read_frame
    return read(picture.path, picture.frame)
