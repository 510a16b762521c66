"""Matches the rows of any program's predictions with annotated images."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path, PurePosixPath

from hyperface.annotations.record import AnnotatedImage
from hyperface.errors import UserError
from hyperface.utils.text import composed


class Predictions:
    """Rows found by the path of the image they are about.

    The row whose path agrees with the image's from the end on for the most parts is the
    image's, so that data may lie at another place than where the predictions were made. Slashes and
    backslashes are the same, and so are composed and decomposed accents.

    Args:
        rows: As of `hyperface.predictions.row_files.read_rows`.
        where: The file they are from, for messages.

    Attributes:
        example: The image's name in the first row; None without rows.
    """

    def __init__(self, rows: Iterable[dict], where: Path) -> None:
        self._where = where
        self._rows: defaultdict[tuple[str, object], list[tuple[tuple[str, ...], dict]]]
        self._rows = defaultdict(list)
        self.example: str | None = None
        for row in rows:
            parts = _parts(row["image"])
            self.example = self.example or str(row["image"])
            self._rows[parts[-1] if parts else "", _frame(row)].append((parts, row))

    def row(self, image: AnnotatedImage) -> dict | None:
        """The row of an image; None where there is none.

        Raises:
            UserError: Two rows fit equally well, or the row is about an image of another size.
        """
        own = _parts(image.path)
        rows = self._rows.get((own[-1], image.frame), [])
        if not rows:
            return None
        fits = [_common_end(parts, own) for parts, _ in rows]
        if fits.count(max(fits)) > 1:
            raise UserError(
                f"{self._where} has several rows that could be about {image.path}; give each "
                "image one row, with enough of its path to be unique."
            )
        _, row = rows[fits.index(max(fits))]
        size = row.get("width"), row.get("height")
        if all(size) and size != (image.width, image.height):
            raise UserError(
                f"{self._where}: {row['image']} is {size[0]} x {size[1]} there and "
                f"{image.width} x {image.height} as it is stored; predictions are evaluated "
                "on the stored image, without EXIF rotation."
            )
        return row


def _parts(path: object) -> tuple[str, ...]:
    """The parts of a path, however its system writes it."""
    return PurePosixPath(composed(str(path)).replace("\\", "/")).parts


def _frame(row: dict) -> object:
    """The number of the frame; None for an image."""
    frame = row.get("frame")
    return frame if isinstance(frame, int | float) else None


def _common_end(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """How many parts of two paths agree, from the end on."""
    agree = (a == b for a, b in zip(reversed(first), reversed(second), strict=False))
    return sum(1 for _ in takewhile(bool, agree))
