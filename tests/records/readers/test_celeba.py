import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.records.readers import celeba
from hyperface.records.record import Rejects

FIVE = [7, 10, 14, 17, 19]
POINT_NAMES = ("lefteye", "righteye", "nose", "leftmouth", "rightmouth")
POINT_COLUMNS = [f"{name}_{axis}" for name in POINT_NAMES for axis in "xy"]
NAMES = ("000001.jpg", "000002.jpg", "000003.jpg")


def table(header, rows):
    """A table as published: the count, the names of the columns, a row for each picture."""
    lines = [str(len(rows)), " ".join(header) + " "]
    lines += [f"{name} " + "  ".join(f"{value:>3}" for value in row) for name, *row in rows]
    return "\n".join(lines) + "\n"


def as_csv(header, rows):
    """A table as the copies have it: commas, and a name for the pictures' column too."""
    return "\n".join(",".join(map(str, row)) for row in (["image_id", *header], *rows)) + "\n"


@pytest.fixture
def five(face_landmarks):
    """Whole numbers, as published: they count pixels from 0."""
    return np.round(face_landmarks(yaw=10)[FIVE] - 0.5).astype(int)


@pytest.fixture
def tables(five):
    """Each table's columns and rows; those without columns have neither count nor header."""
    return {
        "list_landmarks_celeba": (POINT_COLUMNS, [(name, *five.ravel()) for name in NAMES]),
        "list_bbox_celeba": (
            ["image_id", "x_1", "y_1", "width", "height"],
            [(name, 70, 30, 60, 80) for name in NAMES],
        ),
        "list_attr_celeba": (
            ["5_o_Clock_Shadow", "Male", "Young"],
            [(NAMES[0], -1, 1, -1), (NAMES[1], 1, -1, 1), (NAMES[2], 1, 0, 1)],
        ),
        "list_eval_partition": (None, [(name, part) for part, name in enumerate(NAMES)]),
        "identity_CelebA": (None, [(name, 2880 + number) for number, name in enumerate(NAMES)]),
    }


@pytest.fixture
def whole(tmp_path, make_picture, tables):
    """All tables and three pictures as they were found, in the published folders."""
    for name in NAMES:
        make_picture(tmp_path / "Img" / "img_celeba" / name)
    for folder in ("Anno", "Eval"):
        (tmp_path / folder).mkdir()
    for name, (header, rows) in tables.items():
        folder = "Eval" if name == "list_eval_partition" else "Anno"
        plain = "".join(f"{picture} {value[0]}\n" for picture, *value in rows)
        text = table(header, rows) if header else plain
        (tmp_path / folder / f"{name}.txt").write_text(text)
    return tmp_path


def test_all_tables(whole, rejects, five):
    assert celeba.recognises(whole)
    pictures = list(celeba.read(whole, rejects))
    assert rejects.lines() == []
    assert [picture.name for picture in pictures] == [f"Img/img_celeba/{name}" for name in NAMES]
    assert [picture.split for picture in pictures] == ["train", "validation", "validation"]
    assert not any(picture.complete for picture in pictures)
    first = pictures[0]
    assert first.path == whole / "Img" / "img_celeba" / NAMES[0]
    assert (first.source, first.width, first.height) == ("celeba", 200, 150)
    (face,) = first.faces
    np.testing.assert_allclose(face.landmarks[FIVE], five + 0.5)
    others = np.setdiff1d(np.arange(21), FIVE)
    assert np.isnan(face.landmarks[others]).all()
    assert np.isnan(face.visibility[others]).all()
    assert (face.visibility[FIVE] == 1).all()
    assert face.published_box_xyxy.tolist() == [70, 30, 130, 110]
    assert abs(face.box_xyxy[2] - face.box_xyxy[0] - 2.5 * 30) < 3  # FaceRectCalculator's
    np.testing.assert_allclose(np.degrees(face.pose), [0, np.nan, 10], atol=4)
    faces = [picture.faces[0] for picture in pictures]
    np.testing.assert_equal([face.gender for face in faces], [0.0, 1.0, np.nan])
    assert [face.person for face in faces] == ["celeba 2880", "celeba 2881", "celeba 2882"]


def test_points_alone_leave_the_rest_missing(whole, rejects):
    for path in (*whole.glob("Anno/*.txt"), *whole.glob("Eval/*.txt")):
        if path.stem != "list_landmarks_celeba":
            path.unlink()
    assert celeba.recognises(whole)
    pictures = list(celeba.read(whole, rejects))
    assert rejects.lines() == []
    assert [picture.split for picture in pictures] == [None] * 3
    for picture in pictures:
        (face,) = picture.faces
        assert np.isnan(face.gender)
        assert face.person is None
        assert np.isnan(face.published_box_xyxy).all()
        assert np.isfinite(face.box_xyxy).all()


def write_aligned(folder, make_picture, tables, suffix=".jpg"):
    place = "img_align_celeba" if suffix == ".jpg" else "img_align_celeba_png"
    for name in NAMES:
        make_picture(folder / "Img" / place / name.replace(".jpg", suffix), 178, 218)
    text = table(*tables["list_landmarks_celeba"])
    (folder / "Anno" / "list_landmarks_align_celeba.txt").write_text(text)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_aligned_copies_have_no_published_box(whole, rejects, make_picture, tables, suffix):
    (whole / "Anno" / "list_landmarks_celeba.txt").unlink()
    write_aligned(whole, make_picture, tables, suffix)
    assert celeba.recognises(whole)
    pictures = list(celeba.read(whole, rejects))
    assert [picture.width for picture in pictures] == [178] * 3
    assert {picture.path.suffix for picture in pictures} == {suffix}
    for picture in pictures:  # the boxes are those of the pictures as they were found
        assert np.isnan(picture.faces[0].published_box_xyxy).all()
    assert pictures[1].faces[0].gender == 1.0


def test_all_tables_and_the_aligned_copies_alone(whole, rejects, make_picture, tables):
    write_aligned(whole, make_picture, tables)
    (whole / "Img" / "img_celeba").rename(whole / "away")
    assert [picture.width for picture in celeba.read(whole, rejects)] == [178] * 3


def test_copies_with_commas(whole, rejects, tables):
    expected = list(celeba.read(whole, rejects))
    for name, (header, rows) in tables.items():
        next(whole.glob(f"*/{name}.txt")).unlink()
        columns = [column for column in header or ["partition"] if column != "image_id"]
        (whole / f"{name}.csv").write_text(as_csv(columns, rows))
    (whole / "Img" / "img_celeba").rename(whole / "img_celeba")
    found = list(celeba.read(whole, rejects))
    assert [picture.name for picture in found] == [f"img_celeba/{name}" for name in NAMES]
    for one, other in zip(found, expected, strict=True):
        assert one.split == other.split
        for label in ("landmarks", "published_box_xyxy", "gender"):
            np.testing.assert_equal(getattr(one.faces[0], label), getattr(other.faces[0], label))
        assert one.faces[0].person == other.faces[0].person
    assert rejects.lines() == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("000004.jpg 1 2 3", "row without 5 points"),
        ("000004.jpg", "row without 5 points"),
        ("000004 " + "50 " * 10, ""),
        ("000004.jpg " + "x " * 10, "not a number"),
        ("000004.jpg " + "50 " * 10, "no such picture file"),
        ("0" * 300 + ".jpg " + "50 " * 10, "no such picture file"),
        ("../000001.jpg " + "50 " * 10, "outside the data set"),
        ("/etc/000001.jpg " + "50 " * 10, "outside the data set"),
    ],
)
def test_bad_row_is_counted_and_the_rest_read(whole, rejects, row, reason):
    with (whole / "Anno" / "list_landmarks_celeba.txt").open("a") as file:
        file.write(f"{row}\n")
    assert len(list(celeba.read(whole, rejects))) == 3
    (line,) = rejects.lines()
    assert line.startswith("1 x")
    assert reason in line


def test_name_without_identity_leaves_the_person_missing(whole, rejects):
    (whole / "Anno" / "identity_CelebA.txt").write_text(f"{NAMES[0]}\n{NAMES[1]} 7\n")
    people = [picture.faces[0].person for picture in celeba.read(whole, rejects)]
    assert people == [None, "celeba 7", None]


NAMED = st.text("000001.jpg -12,x\n", max_size=200).map(str.encode)


@pytest.mark.parametrize("place", ["landmarks", "bbox", "attr", "identity", "partition"])
@given(content=st.binary(max_size=200) | NAMED | NAMED.map(lambda text: b"000001.jpg " + text))
@pytest.mark.slow
def test_any_bytes_give_pictures_or_reasons(whole, place, content):
    next(whole.glob(f"*/*{place}*.txt")).write_bytes(content)
    rejects = Rejects()
    pictures = list(celeba.read(whole, rejects))
    if place != "landmarks":
        assert len(pictures) + sum(rejects.counts.values()) == 3
