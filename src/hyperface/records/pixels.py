"""The pixels of an annotated picture, wherever they lie."""

import numpy as np

from hyperface.pictures.reading import read_picture
from hyperface.pictures.video import read_frame
from hyperface.records.record import Picture


def read_pixels(picture: Picture) -> np.ndarray:
    """Decodes a picture in its stored frame, in which its annotations are.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        UnreadablePicture: With the reason.
    """
    if picture.frame is not None:
        return read_frame(picture.path, picture.frame)
    return read_picture(picture.path)
