import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import celeba
from hyperface.annotations.record import SkipReport
from hyperface.errors import UserError

FIVE = [7, 10, 14, 17, 19]
POINT_NAMES = ("lefteye", "righteye", "nose", "leftmouth", "rightmouth")
POINT_COLUMNS = [f"{name}_{axis}" for name in POINT_NAMES for axis in "xy"]
NAMES = ("000001.jpg", "000002.jpg", "000003.jpg")
# The forty of the published table, in its order.
ATTRIBUTES = [
    "5_o_Clock_Shadow",
    "Arched_Eyebrows",
    "Attractive",
    "Bags_Under_Eyes",
    "Bald",
    "Bangs",
    "Big_Lips",
    "Big_Nose",
    "Black_Hair",
    "Blond_Hair",
    "Blurry",
    "Brown_Hair",
    "Bushy_Eyebrows",
    "Chubby",
    "Double_Chin",
    "Eyeglasses",
    "Goatee",
    "Gray_Hair",
    "Heavy_Makeup",
    "High_Cheekbones",
    "Male",
    "Mouth_Slightly_Open",
    "Mustache",
    "Narrow_Eyes",
    "No_Beard",
    "Oval_Face",
    "Pale_Skin",
    "Pointy_Nose",
    "Receding_Hairline",
    "Rosy_Cheeks",
    "Sideburns",
    "Smiling",
    "Straight_Hair",
    "Wavy_Hair",
    "Wearing_Earrings",
    "Wearing_Hat",
    "Wearing_Lipstick",
    "Wearing_Necklace",
    "Wearing_Necktie",
    "Young",
]


def table(header, rows):
    """A table as published: the count, the names of the columns, a row for each image."""
    lines = [str(len(rows)), " ".join(header) + " "]
    lines += [f"{name} " + "  ".join(f"{value:>3}" for value in row) for name, *row in rows]
    return "\n".join(lines) + "\n"


def as_csv(header, rows):
    """A table as the copies have it: commas, and a name for the images' column too."""
    return "\n".join(",".join(map(str, row)) for row in (["image_id", *header], *rows)) + "\n"


def attributes(male):
    """A row's forty values."""
    return [male if name == "Male" else -1 for name in ATTRIBUTES]


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
            ATTRIBUTES,
            [(name, *attributes(male)) for name, male in zip(NAMES, (1, -1, -1), strict=True)],
        ),
        "list_eval_partition": (None, [(name, part) for part, name in enumerate(NAMES)]),
        "identity_CelebA": (None, [(name, 2880 + number) for number, name in enumerate(NAMES)]),
    }


@pytest.fixture
def whole(tmp_path, make_image, tables):
    """All tables and three images as they were found, in the published folders."""
    for name in NAMES:
        make_image(tmp_path / "Img" / "img_celeba" / name)
    for folder in ("Anno", "Eval"):
        (tmp_path / folder).mkdir()
    for name, (header, rows) in tables.items():
        folder = "Eval" if name == "list_eval_partition" else "Anno"
        plain = "".join(f"{image} {value[0]}\n" for image, *value in rows)
        text = table(header, rows) if header else plain
        (tmp_path / folder / f"{name}.txt").write_text(text)
    return tmp_path


def test_all_tables(whole, skipped, five):
    assert celeba.recognizes(whole)
    images = list(celeba.read(whole, skipped))
    assert skipped.lines() == []
    assert [image.name for image in images] == [f"Img/img_celeba/{name}" for name in NAMES]
    assert [image.split for image in images] == ["train", "validation", "validation"]
    assert not any(image.complete for image in images)
    first = images[0]
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
    faces = [image.faces[0] for image in images]
    np.testing.assert_equal([face.gender for face in faces], [0.0, 1.0, 1.0])
    assert [face.person for face in faces] == ["celeba 2880", "celeba 2881", "celeba 2882"]


def test_points_alone_leave_the_rest_missing(whole, skipped):
    for path in (*whole.glob("Anno/*.txt"), *whole.glob("Eval/*.txt")):
        if path.stem != "list_landmarks_celeba":
            path.unlink()
    assert celeba.recognizes(whole)
    images = list(celeba.read(whole, skipped))
    assert skipped.lines() == []
    assert [image.split for image in images] == [None] * 3
    for image in images:
        (face,) = image.faces
        assert np.isnan(face.gender)
        assert face.person is None
        assert np.isnan(face.published_box_xyxy).all()
        assert np.isfinite(face.box_xyxy).all()


def write_aligned(folder, make_image, tables, suffix=".jpg"):
    place = "img_align_celeba" if suffix == ".jpg" else "img_align_celeba_png"
    for name in NAMES:
        make_image(folder / "Img" / place / name.replace(".jpg", suffix), 178, 218)
    text = table(*tables["list_landmarks_celeba"])
    (folder / "Anno" / "list_landmarks_align_celeba.txt").write_text(text)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_aligned_copies_have_no_published_box(whole, skipped, make_image, tables, suffix):
    (whole / "Anno" / "list_landmarks_celeba.txt").unlink()
    write_aligned(whole, make_image, tables, suffix)
    assert celeba.recognizes(whole)
    images = list(celeba.read(whole, skipped))
    assert [image.width for image in images] == [178] * 3
    assert {image.path.suffix for image in images} == {suffix}
    for image in images:  # the boxes are those of the images as they were found
        assert np.isnan(image.faces[0].published_box_xyxy).all()
    assert images[1].faces[0].gender == 1.0


def test_all_tables_and_the_aligned_copies_alone(whole, skipped, make_image, tables):
    write_aligned(whole, make_image, tables)
    (whole / "Img" / "img_celeba").rename(whole / "away")
    assert [image.width for image in celeba.read(whole, skipped)] == [178] * 3


def test_copies_with_commas(whole, skipped, tables):
    expected = list(celeba.read(whole, skipped))
    for name, (header, rows) in tables.items():
        next(whole.glob(f"*/{name}.txt")).unlink()
        columns = [column for column in header or ["partition"] if column != "image_id"]
        (whole / f"{name}.csv").write_text(as_csv(columns, rows))
    (whole / "Img" / "img_celeba").rename(whole / "img_celeba")
    found = list(celeba.read(whole, skipped))
    assert [image.name for image in found] == [f"img_celeba/{name}" for name in NAMES]
    for one, other in zip(found, expected, strict=True):
        assert one.split == other.split
        for label in ("landmarks", "published_box_xyxy", "gender"):
            np.testing.assert_equal(getattr(one.faces[0], label), getattr(other.faces[0], label))
        assert one.faces[0].person == other.faces[0].person
    assert skipped.lines() == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("000004.jpg 1 2 3", "row without 5 points"),
        ("000004.jpg", "row without 5 points"),
        ("000004 " + "50 " * 10, ""),
        ("000004.jpg " + "x " * 10, "not a number"),
        ("000004.jpg " + "50 " * 10, "no such image file"),
        ("0" * 300 + ".jpg " + "50 " * 10, "no such image file"),
        ("../000001.jpg " + "50 " * 10, "outside the data set"),
        ("/etc/000001.jpg " + "50 " * 10, "outside the data set"),
    ],
)
def test_bad_row_is_counted_and_the_rest_read(whole, skipped, row, reason):
    with (whole / "Anno" / "list_landmarks_celeba.txt").open("a") as file:
        file.write(f"{row}\n")
    assert len(list(celeba.read(whole, skipped))) == 3
    (line,) = skipped.lines()
    assert line.startswith("1 x")
    assert reason in line


def test_name_without_identity_leaves_the_person_missing(whole, skipped):
    (whole / "Anno" / "identity_CelebA.txt").write_text(f"{NAMES[0]}\n{NAMES[1]} 7\n")
    people = [image.faces[0].person for image in celeba.read(whole, skipped)]
    assert people == [None, "celeba 7", None]


def genders(folder, skipped):
    return [image.faces[0].gender for image in celeba.read(folder, skipped)]


def write_males(folder, males, end="csv", columns=("image_id", "Male")):
    (folder / "Anno" / "list_attr_celeba.txt").unlink(missing_ok=True)
    rows = [columns, *zip(NAMES, males, strict=True)]
    text = "".join(",".join(map(str, row)) + "\n" for row in rows)
    (folder / "Anno" / f"list_attr_celeba.{end}").write_text(text)


@pytest.mark.parametrize(
    ("males", "expected"),
    [
        ((1, 0, 0), [0, 1, 1]),
        ((0, 0, 0), [1, 1, 1]),
        ((1, -1, 1), [0, 1, 0]),
        (("1.0", "0.0", "1.0"), [0, 1, 0]),
        (("True", "False", "TRUE"), [0, 1, 0]),
        (("male", "Female", "M"), [0, 1, 0]),
        (("yes", "no", "f"), [0, 1, 1]),
    ],
)
def test_codes_of_male(whole, skipped, males, expected):
    write_males(whole, males)
    assert genders(whole, skipped) == expected
    assert skipped.lines() == []


@pytest.mark.parametrize("males", [(1, -1, 0), (1, -1, 2), (1, 0, "?"), (1, 0, "man or woman")])
def test_other_code_of_male_is_missing_and_counted(whole, skipped, males):
    write_males(whole, males)
    np.testing.assert_equal(genders(whole, skipped), [0, 1, np.nan])
    assert skipped.counts == {"Male that is neither yes nor no, treated as missing": 1}
    assert NAMES[2] in skipped.lines()[0]


def test_empty_cell_of_male_is_missing_and_not_an_error(whole, skipped):
    write_males(whole, ("1", "", "-1"))
    np.testing.assert_equal(genders(whole, skipped), [0, np.nan, 1])
    assert skipped.lines() == []


def test_attributes_without_male_are_reported_once(whole, skipped):
    write_males(whole, (1, -1, 1), columns=("image_id", "Young"))
    assert np.isnan(genders(whole, skipped)).all()
    assert skipped.counts == {
        "table without a column 'Male', its labels treated as missing": 1,
    }


def test_attributes_of_other_images_are_reported(whole, skipped):
    path = whole / "Anno" / "list_attr_celeba.txt"
    path.write_text(path.read_text().replace("00000", "90000"))
    assert np.isnan(genders(whole, skipped)).all()
    assert skipped.counts == {"table without a row that matches an image": 1}


def test_attributes_of_copies_with_another_suffix(whole, skipped):
    path = whole / "Anno" / "list_attr_celeba.txt"
    path.write_text(path.read_text().replace(".jpg", ".png"))
    assert genders(whole, skipped) == [0, 1, 1]


@pytest.mark.parametrize("lines_lost", [1, 2])  # the number of rows; the names of the columns too
def test_copies_without_number_and_names(whole, skipped, lines_lost):
    expected = list(celeba.read(whole, skipped))
    for name in ("list_landmarks_celeba", "list_bbox_celeba", "list_attr_celeba"):
        path = whole / "Anno" / f"{name}.txt"
        path.write_text("".join(path.read_text().splitlines(keepends=True)[lines_lost:]))
    found = list(celeba.read(whole, skipped))
    assert skipped.lines() == []
    assert len(found) == 3
    for one, other in zip(found, expected, strict=True):
        for label in ("landmarks", "published_box_xyxy", "gender"):
            np.testing.assert_equal(getattr(one.faces[0], label), getattr(other.faces[0], label))


def test_columns_in_front_behind_and_in_another_order(whole, skipped, five):
    points = dict(zip(POINT_COLUMNS, five.ravel(), strict=True))
    names = ["", "image_id", "note", *reversed(POINT_COLUMNS)]
    rows = [[number, name, "", *reversed(points.values())] for number, name in enumerate(NAMES)]
    text = "\n".join(",".join(map(str, row)) for row in [names, *rows])
    (whole / "Anno" / "list_landmarks_celeba.txt").write_text(text)
    images = list(celeba.read(whole, skipped))
    assert skipped.lines() == []
    for image in images:
        np.testing.assert_allclose(image.faces[0].landmarks[FIVE], five + 0.5)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("train", "val", "test"), ["train", "validation", "validation"]),
        (("0.0", "1.0", "2.0"), ["train", "validation", "validation"]),
        (("0", "3", ""), ["train", None, None]),
    ],
)
def test_words_of_the_partition(whole, skipped, parts, expected):
    text = "".join(f"{name},{part}\n" for name, part in zip(NAMES, parts, strict=True))
    (whole / "Eval" / "list_eval_partition.txt").write_text(text)
    assert [image.split for image in celeba.read(whole, skipped)] == expected
    unknown = {"unknown part of the partition, treated as missing": 1} if "3" in parts else {}
    assert skipped.counts == unknown


@pytest.mark.parametrize("width", ["wide", ""])
def test_bad_box_costs_the_box_alone(whole, skipped, width):
    path = whole / "Anno" / "list_bbox_celeba.txt"
    rows = [f"{name},70,30,{width if name == NAMES[0] else 60},80\n" for name in NAMES]
    path.write_text("".join(rows))
    first, second, _ = celeba.read(whole, skipped)
    assert np.isnan(first.faces[0].published_box_xyxy).any()
    assert second.faces[0].published_box_xyxy.tolist() == [70, 30, 130, 110]
    assert len(skipped.lines()) == 1


def test_table_without_points_is_one_clear_error(whole, skipped):
    path = whole / "Anno" / "list_landmarks_celeba.txt"
    path.write_text("image_id,left,right\n000001.jpg,3,4\n")
    with pytest.raises(UserError, match=r"list_landmarks_celeba\.txt is a table without a column"):
        list(celeba.read(whole, skipped))


NAMED = st.text("000001.jpg -12,x\n", max_size=200).map(str.encode)


@pytest.mark.parametrize("place", ["landmarks", "bbox", "attr", "identity", "partition"])
@given(content=st.binary(max_size=200) | NAMED | NAMED.map(lambda text: b"000001.jpg " + text))
@pytest.mark.slow
def test_any_bytes_give_images_or_reasons(whole, place, content):
    next(whole.glob(f"*/*{place}*.txt")).write_bytes(content)
    skipped = SkipReport()
    try:
        images = list(celeba.read(whole, skipped))
    except UserError as error:
        assert place == "landmarks"
        assert "list_landmarks_celeba.txt" in str(error)
        return
    assert place == "landmarks" or len(images) == 3


def test_suffix_in_capitals(whole, skipped):
    for path in list(whole.rglob("*.txt")):
        path.rename(path.with_suffix(path.suffix.upper()))
    assert celeba.recognizes(whole)
    assert len(list(celeba.read(whole, skipped))) == 3
    assert skipped.lines() == []
