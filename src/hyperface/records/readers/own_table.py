"""The project's own format as a table: pictures beside a `faces.csv`, one row a face.

The first line names the columns, in any order: `file`, `complete`, `split`, `left`, `top`, `right`,
`bottom`, `x0`, `y0`, `v0` to `x20`, `y20`, `v20`, `roll`, `pitch`, `yaw`, `gender`, `person`. All
but `file` may be left out, and so may any cell. A row without any label of a face is a
picture without faces. Values mean what they mean in `faces.json` (`own_faces.py`).
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from hyperface.errors import UserError
from hyperface.records.readers.files import relative_name
from hyperface.records.readers.labelling import with_fits
from hyperface.records.readers.own_faces import POSE_ANGLES, pictures_of
from hyperface.records.readers.tables import numbered_lines
from hyperface.records.record import Picture, Rejects
from hyperface.tasks import NUM_LANDMARKS

NAME = "own_table"
LAYOUT = "faces.csv beside its pictures (this project's own format, as a table)"
SOURCE = "yours; data/README.md describes it"
FILE_NAME = "faces.csv"
BOX_COLUMNS = ("left", "top", "right", "bottom")
LANDMARK_COLUMNS = tuple((f"x{i}", f"y{i}", f"v{i}") for i in range(NUM_LANDMARKS))
COLUMNS = (
    *("file", "complete", "split", *BOX_COLUMNS),
    *(name for names in LANDMARK_COLUMNS for name in names),
    *(*POSE_ANGLES, "gender", "person"),
)
TRUTH_OF_WORD = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def recognises(folder: Path) -> bool:
    """Whether the folder has a `faces.csv`."""
    return (folder / FILE_NAME).is_file()


def read(folder: Path, rejects: Rejects) -> Iterator[Picture]:
    """Yields the pictures, in the order in which the table first names them.

    Raises:
        UserError: The table cannot be read, or has an unknown column, or none for the file.
    """
    folder = folder.absolute()
    return with_fits(pictures_of(folder, _entries(folder / FILE_NAME, rejects), rejects), rejects)


def _entries(path: Path, rejects: Rejects) -> list[dict]:
    """The table's pictures as `faces.json` would have them."""
    rows = _rows(path, rejects)
    columns = [name.strip() for name in next(rows, (0, []))[1]]
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown or "file" not in columns or len(set(columns)) < len(columns):
        fault = f"an unknown column {unknown[0][:40]!r}" if unknown else "no column 'file', or two"
        raise UserError(f"{path} has {fault}; its columns are described in data/README.md.")
    entries: dict[str, dict] = {}
    lost: set[str] = set()
    for number, cells in rows:
        where = f"{FILE_NAME} line {number}"
        if len(cells) != len(columns):
            rejects.add("row with another number of cells than the first line", where)
            place = columns.index("file")
            lost |= set(map(_file, cells[place : place + 1]))
            continue
        values = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
        try:
            head, face = _head(values), _face(values)
        except ValueError as error:
            rejects.add(str(error), where)
            lost.add(_file(values["file"]))  # it shows a face that is not in the record
            continue
        entry = entries.setdefault(head["file"], {**head, "faces": []})
        if {**entry, **head} != entry:
            rejects.add("rows of one picture that disagree on complete or split", where)
            lost.add(head["file"])
        if face:
            entry["faces"].append(face)
    for name in lost & entries.keys():
        entries[name]["complete"] = False
    return list(entries.values())


def _file(cell: str) -> str:
    """A picture's name, the same however it is written."""
    return relative_name(cell) or cell.strip()


def _rows(path: Path, rejects: Rejects) -> Iterator[tuple[int, list[str]]]:
    for number, line in numbered_lines(path):
        try:
            yield number, next(csv.reader([line], strict=True))
        except (csv.Error, StopIteration):
            rejects.add("row that is not comma-separated text", f"{FILE_NAME} line {number}")


def _head(values: dict[str, str]) -> dict[str, object]:
    head: dict[str, object] = {"file": _file(values["file"])}
    if word := values.get("complete"):
        if word.lower() not in TRUTH_OF_WORD:
            raise ValueError("complete that is not true or false")
        head["complete"] = TRUTH_OF_WORD[word.lower()]
    if split := values.get("split"):
        head["split"] = split
    return head


def _face(values: dict[str, str]) -> dict[str, object]:
    """The row's face as an entry of `faces.json`; empty for a picture without faces."""
    face: dict[str, object] = {}
    box = _numbers(values, BOX_COLUMNS)
    if box is not None:
        face["box"] = box
    points = [_numbers(values, names[:2]) for names in LANDMARK_COLUMNS]
    seen = [_number(values.get(names[2], "")) for names in LANDMARK_COLUMNS]
    if any(point is not None for point in points):
        face["landmarks"] = points
    if any(value is not None for value in seen):
        face["visibility"] = [None if value is None else int(value) if value in (0, 1) else value
                              for value in seen]  # fmt: skip
    pose = {angle: _number(values.get(angle, "")) for angle in POSE_ANGLES}
    if any(angle is not None for angle in pose.values()):
        face["pose"] = pose
    face |= {key: values[key] for key in ("gender", "person") if values.get(key)}
    return face


def _numbers(values: dict[str, str], columns: tuple[str, ...]) -> list[float] | None:
    """The numbers of some cells that belong together; None where all are empty."""
    numbers = [_number(values.get(column, "")) for column in columns]
    if all(number is None for number in numbers):
        return None
    if any(number is None for number in numbers):
        raise ValueError(f"{', '.join(columns)} of which some are empty")
    return numbers


def _number(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError("cell that is not a number") from None
