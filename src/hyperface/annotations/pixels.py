"""The pixels of an annotated image, wherever they lie."""

import numpy as np

from hyperface.annotations.record import AnnotatedImage
from hyperface.images.reading import decode_image
from hyperface.images.stored_regions import holds_regions, read_region
from hyperface.images.video import read_frame


def read_pixels(image: AnnotatedImage) -> np.ndarray:
    """Decodes an image in its stored frame, in which its annotations are.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        UnreadableImage: With the reason.
    """
    if image.frame is None:
        return decode_image(image.path)
    read = read_region if holds_regions(image.path) else read_frame
    return read(image.path, image.frame)
