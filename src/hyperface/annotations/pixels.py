"""The pixels of an annotated picture, wherever they lie."""

import numpy as np

from hyperface.annotations.record import Picture
from hyperface.images.reading import read_picture
from hyperface.images.video import read_frame


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
