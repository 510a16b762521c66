"""Which row of somebody's predictions is about which annotated picture."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path, PurePath

from hyperface.errors import UserError
from hyperface.records.record import Picture


class Predictions:
    """Rows found by the path of the picture they are about.

    The row whose path agrees with the picture's from the end on for the most parts is the
    picture's, so that data may lie at another place than where the predictions were made.

    Args:
        rows: As of `hyperface.predictions.results.read_rows`.
        where: The file they are from, for messages.
    """

    def __init__(self, rows: Iterable[dict], where: Path) -> None:
        self._where = where
        self._rows: defaultdict[tuple[str, int | None], list[dict]] = defaultdict(list)
        for row in rows:
            self._rows[PurePath(str(row["image"])).name, row.get("frame")].append(row)

    def row(self, picture: Picture) -> dict | None:
        """The row of a picture; None where there is none.

        Raises:
            UserError: Two rows fit equally well, or the row is about a picture of another size.
        """
        rows = self._rows.get((picture.path.name, picture.frame), [])
        if not rows:
            return None
        fits = [_common_end(PurePath(str(row["image"])), picture.path) for row in rows]
        if fits.count(max(fits)) > 1:
            raise UserError(
                f"{self._where} has several rows that could be about {picture.path}; give each "
                "picture one row, with so much of its path that it is told from the others."
            )
        row = rows[fits.index(max(fits))]
        size = row.get("width"), row.get("height")
        if all(size) and size != (picture.width, picture.height):
            raise UserError(
                f"{self._where}: {row['image']} is {size[0]} x {size[1]} there and "
                f"{picture.width} x {picture.height} as it is stored; predictions are judged in "
                "the stored frame, without EXIF rotation."
            )
        return row


def _common_end(first: PurePath, second: PurePath) -> int:
    """How many parts of two paths agree, from the end on."""
    agree = (a == b for a, b in zip(reversed(first.parts), reversed(second.parts), strict=False))
    return sum(1 for _ in takewhile(bool, agree))
