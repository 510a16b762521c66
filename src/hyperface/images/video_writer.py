"""Writes a video frame by frame."""

from pathlib import Path

import cv2
import numpy as np

from hyperface.errors import UserError
from hyperface.images.packets import name_for_opencv

MAX_EXACT_RATE = 655  # MPEG-4 stores a rate as a fraction of numbers up to 65,535


class VideoWriter:
    """Writes frames of one size, `rate` of them a second, to an `.mp4`, made with the first.

    The rate is rounded to two digits, since MPEG-4 cannot store every fraction.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self._path, self._rate = path, round(rate, 2) if rate < MAX_EXACT_RATE else round(rate)
        self._last: np.ndarray | None = None
        self._writer: cv2.VideoWriter | None = None

    def write(self, image: np.ndarray) -> None:
        """Adds (height, width, 3) uint8 RGB.

        Raises:
            UserError: This OpenCV cannot write videos.
        """
        if self._writer is None:
            code = cv2.VideoWriter.fourcc(*"mp4v")
            size = image.shape[1::-1]
            name = name_for_opencv(self._path)
            # OpenCV accepts bytes, which its stub does not declare.
            self._writer = cv2.VideoWriter(  # type: ignore[call-overload]
                name, cv2.CAP_FFMPEG, code, self._rate, size
            )
            if not self._writer.isOpened():
                raise UserError(
                    f"OpenCV cannot write a video of {size[0]} x {size[1]} pixels: omit --draw."
                )
        self._last = np.ascontiguousarray(image[..., ::-1])
        self._writer.write(self._last)

    def repeat(self) -> None:
        """Adds the last frame once more; without one, nothing."""
        if self._writer is not None and self._last is not None:
            self._writer.write(self._last)

    def close(self) -> None:
        """Completes the file."""
        if self._writer is not None:
            self._writer.release()
