"""The pixels of an annotated image, wherever they are stored."""

import numpy as np

from hyperface.annotations.record import AnnotatedImage
from hyperface.images.decoding import decode_stored


def read_pixels(image: AnnotatedImage) -> np.ndarray:
    """Decodes an image as it is stored, (height, width, 3) uint8 RGB: its annotations fit it.

    Raises:
        UnreadableImage: With the reason.
    """
    return decode_stored(image.path, image.frame)
