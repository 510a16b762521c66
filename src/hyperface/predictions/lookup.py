"""Matches the rows of any program's predictions with annotated images."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path, PurePosixPath

from hyperface.annotations.record import AnnotatedImage
from hyperface.errors import UserError
from hyperface.utils.text import composed


class Predictions:
    """Finds the row of an image by its path.

    The row whose path shares the most parts with the image's path, counted from the end, belongs to
    the image, unless it shares more with that of another image. So the data may have moved since
    the predictions were made. Slashes equal backslashes, and composed accents equal decomposed
    ones.

    Args:
        rows: The rows, as `hyperface.predictions.row_files.read_rows` returns them.
        where: The file of the rows, for messages.
        images: All images that may be asked for.

    Attributes:
        example: The name of the image in the first row; None without rows.
    """

    def __init__(self, rows: Iterable[dict], where: Path, images: Iterable[AnnotatedImage]) -> None:
        self._where = where
        paths: defaultdict[tuple[str, object], set[tuple[str, ...]]] = defaultdict(set)
        for image in images:
            parts = _parts(image.path)
            paths[parts[-1], image.frame].add(parts)
        # By file name and frame: the path of each row, its best fit to an image, and the row.
        self._rows: defaultdict[tuple[str, object], list[tuple[tuple[str, ...], int, dict]]]
        self._rows = defaultdict(list)
        self.example: str | None = None
        for row in rows:
            parts = _parts(row["image"])
            self.example = self.example or str(row["image"])
            key = parts[-1] if parts else "", _frame(row)
            best = max((_common_end(parts, path) for path in paths.get(key, ())), default=0)
            self._rows[key].append((parts, best, row))

    def row(self, image: AnnotatedImage) -> dict | None:
        """The row of an image; None if there is none.

        Raises:
            UserError: Two rows match equally well, or the row has another image size.
        """
        own = _parts(image.path)
        candidates = (
            (_common_end(parts, own), best, row)
            for parts, best, row in self._rows.get((own[-1], image.frame), [])
        )
        rows = [(fit, row) for fit, best, row in candidates if fit >= best]
        if not rows:
            return None
        longest = max(fit for fit, _ in rows)
        row, *others = (row for fit, row in rows if fit == longest)
        if others:
            raise UserError(
                f"{self._where} has several rows that match {image.path}; give each image one row "
                "with enough of its path to be unique."
            )
        size = row.get("width"), row.get("height")
        if all(size) and size != (image.width, image.height):
            raise UserError(
                f"{self._where}: {row['image']} is {size[0]} x {size[1]} there and "
                f"{image.width} x {image.height} as it is stored; predictions are evaluated "
                "on the stored image, without EXIF rotation."
            )
        return row


def _parts(path: object) -> tuple[str, ...]:
    """The parts of a path of any operating system."""
    return PurePosixPath(composed(str(path)).replace("\\", "/")).parts


def _frame(row: dict) -> object:
    """The number of the frame; None for an image."""
    frame = row.get("frame")
    return frame if isinstance(frame, int | float) else None


def _common_end(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """The number of equal parts at the end of two paths."""
    agree = (a == b for a, b in zip(reversed(first), reversed(second), strict=False))
    return sum(1 for _ in takewhile(bool, agree))
