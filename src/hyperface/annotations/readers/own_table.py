"""The project's own format as a table: images beside a `faces.csv` with one row per face.

The first line names the columns, in any order: `file`, `complete`, `split`, `left`, `top`, `right`,
`bottom`, `x0`, `y0`, `v0` to `x20`, `y20`, `v20`, `roll`, `pitch`, `yaw`, `gender`, `person`. Only
`file` is required, and any other cell may be empty. A row without any label of a face is an
image without faces. Values mean what they mean in `faces.json` (`own_faces.py`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hyperface.annotations.readers.dataset_files import file_named, relative_name
from hyperface.annotations.readers.labeling import with_fits
from hyperface.annotations.readers.own_faces import images_of
from hyperface.annotations.readers.tables import read_table
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.errors import UserError
from hyperface.geometry.pose import ANGLES
from hyperface.images.kinds import read_start
from hyperface.tasks import NUM_LANDMARKS
from hyperface.utils.text import composed

NAME = "own_table"
LAYOUT = "faces.csv beside its images (this project's own format, as a table)"
SOURCE = "yours; data/README.md describes it"
FILE_NAME = "faces.csv"
BOX_COLUMNS = ("left", "top", "right", "bottom")
LANDMARK_COLUMNS = tuple((f"x{i}", f"y{i}", f"v{i}") for i in range(NUM_LANDMARKS))
COLUMNS = (
    *("file", "complete", "split", *BOX_COLUMNS),
    *(name for names in LANDMARK_COLUMNS for name in names),
    *(*ANGLES, "gender", "person"),
)
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how .xlsx and .ods begin, and .xls
TRUTH_OF_WORD = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def recognizes(folder: Path) -> bool:
    """Whether the folder has a `faces.csv`."""
    return file_named(folder, FILE_NAME) is not None


def read(folder: Path, skipped: SkipReport) -> Iterator[AnnotatedImage]:
    """Yields the images, in the order in which the table first names them.

    Raises:
        UserError: The table cannot be read, has an unknown column, or has no column `file`.
    """
    folder = folder.absolute()
    entries = _entries(file_named(folder, FILE_NAME) or folder / FILE_NAME, skipped)
    return with_fits(images_of(folder, entries, skipped), skipped)


def _entries(path: Path, skipped: SkipReport) -> list[dict]:
    """The images of the table as entries of `faces.json`."""
    table = read_table(path)
    columns = table.columns
    _check_columns(path, columns)
    entries: dict[str, dict] = {}
    lost: set[str] = set()
    for number, cells in table.rows:
        where = f"{FILE_NAME} line {number}"
        if cells is None:
            skipped.add("row with an unmatched quotation mark", where)
            continue
        if len(cells) != len(columns):
            skipped.add("row with more or fewer cells than the first line", where)
            place = columns.index("file")
            lost |= set(map(_file, cells[place : place + 1]))
            continue
        values = dict(zip(columns, cells, strict=True))
        try:
            head, face = _head(values), _face(values)
        except ValueError as error:
            skipped.add(str(error), where)
            lost.add(_file(values["file"]))  # it shows a face that is not in the record
            continue
        entry = entries.setdefault(head["file"], {**head, "faces": []})
        if {**entry, **head} != entry:
            skipped.add("rows of one image that disagree on complete or split", where)
            lost.add(head["file"])
        if face:
            entry["faces"].append(face)
    for name in lost & entries.keys():
        entries[name]["complete"] = False
    return list(entries.values())


def _check_columns(path: Path, columns: list[str]) -> None:
    unknown = sorted(set(columns) - set(COLUMNS))
    if not unknown and "file" in columns and len(set(columns)) == len(columns):
        return
    if read_start(path).startswith(SPREADSHEETS):
        raise UserError(f"{path} is a spreadsheet, not text; save it as 'CSV UTF-8' instead.")
    if not set(columns) & set(COLUMNS):
        found = f"begins with {', '.join(columns)[:60]!r}" if columns else "is empty"
        fault = f"{found} and so has no column 'file'"
    else:
        fault = (
            f"has an unknown column {unknown[0][:40]!r}"
            if unknown
            else "has no column 'file', or two columns with the same name"
        )
    raise UserError(
        f"{path} {fault}; the first line must name the columns, separated by commas, semicolons or "
        "tabs (data/README.md describes them): correct it, and save the table as 'CSV UTF-8'."
    )


def _file(cell: str) -> str:
    """An image's name in a normalized form, for comparison."""
    return composed(relative_name(cell) or cell.strip())


def _head(values: dict[str, str]) -> dict[str, Any]:
    head: dict[str, Any] = {"file": _file(values["file"])}
    if word := values.get("complete"):
        if word.lower() not in TRUTH_OF_WORD:
            raise ValueError("complete that is not true or false")
        head["complete"] = TRUTH_OF_WORD[word.lower()]
    if split := values.get("split"):
        head["split"] = split
    return head


def _face(values: dict[str, str]) -> dict[str, object]:
    """The row's face as an entry of `faces.json`; empty for an image without faces."""
    face: dict[str, object] = {}
    if (box := _numbers(values, BOX_COLUMNS)) is not None:
        face["box"] = box
    points = [_numbers(values, names[:2]) for names in LANDMARK_COLUMNS]
    seen = [_number(values.get(names[2], "")) for names in LANDMARK_COLUMNS]
    if any(point is not None for point in points):
        face["landmarks"] = points
    if any(value is not None for value in seen):
        face["visibility"] = [None if value is None else int(value) if value in (0, 1) else value
                              for value in seen]  # fmt: skip
    pose = {angle: _number(values.get(angle, "")) for angle in ANGLES}
    if any(angle is not None for angle in pose.values()):
        face["pose"] = pose
    face |= {key: values[key] for key in ("gender", "person") if values.get(key)}
    return face


def _numbers(values: dict[str, str], columns: tuple[str, ...]) -> list[float] | None:
    """The numbers of some cells that belong together; None where all are empty."""
    found = (_number(values.get(column, "")) for column in columns)
    numbers = [number for number in found if number is not None]
    if not numbers:
        return None
    if len(numbers) < len(columns):
        raise ValueError(f"only some of {', '.join(columns)}, the others are empty")
    return numbers


def _number(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError("cell that is not a number") from None
