"""Miniatures of COCO files as COCO's documentation, CVAT's, Label Studio's and Roboflow's exports
have them (the last three: Datumaro's exporter, label-studio-sdk's converter, Roboflow's guide).
"""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.finding import find_readers
from hyperface.annotations.readers import coco
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.annotations.writers.coco_writer import write_coco
from hyperface.errors import UserError

FIVE = ["left_eye", "right_eye", "nose", "left_mouth", "right_mouth"]
FIVE_OF_21 = [7, 10, 14, 17, 19]
BODY = [
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder"),
    *("left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip"),
    *("left_knee", "right_knee", "left_ankle", "right_ankle"),
]
BOX = [70.0, 30.0, 60.0, 70.0]  # x, y, width, height


def image_entry(name="a.jpg", number=1, **more):
    return {"id": number, "file_name": name, "width": 200, "height": 150, **more}


def category(names=(), name="face", number=1):
    return {"id": number, "name": name, "supercategory": "", "keypoints": list(names),
            "skeleton": []}  # fmt: skip


def annotation(points=None, box=BOX, number=1, image=1, category=1, flags=2, **more):
    """As COCO has it; points (K, 2)."""
    entry = {"id": number, "image_id": image, "category_id": category, "iscrowd": 0, "area": 9.0}
    if box is not None:
        entry["bbox"] = box
    if points is not None:
        flags = np.broadcast_to(flags, len(points))
        rows = np.column_stack([points, flags]) * (flags > 0)[:, None]
        entry |= {"keypoints": rows.reshape(-1).tolist(), "num_keypoints": int((flags > 0).sum())}
    return entry | more


def write(path, annotations, categories, images=None, **more):
    content = {"info": {"contributor": ""}, "licenses": [], "categories": categories}
    content |= {"images": images or [image_entry()], "annotations": annotations, **more}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def one_file(tmp_path, make_image):
    """Writes annotations of a.jpg, 200 x 150, as CVAT would; gives the folder."""
    make_image(tmp_path / "images" / "a.jpg")

    def write_one(*annotations, categories=None, **more):
        path = tmp_path / "annotations" / "person_keypoints_default.json"
        write(path, list(annotations), categories or [category(FIVE)], **more)
        return tmp_path

    return write_one


def only_face(folder, skipped):
    (image,) = coco.read(folder, skipped)
    (face,) = image.faces
    return face


def test_cvat(tmp_path, make_image, skipped, face_landmarks):
    make_image(tmp_path / "images" / "default" / "sub" / "a.jpg")
    make_image(tmp_path / "images" / "b.jpg")
    points = face_landmarks()[FIVE_OF_21]
    attributes = {"occluded": False, "gender": "female", "person": "Ana", "yaw": "-30"}
    entries = [
        annotation(points, flags=[2, 2, 1, 0, 2], attributes=attributes),
        annotation(points, image=2, number=2),
    ]
    write(
        tmp_path / "annotations" / "person_keypoints_default.json",
        entries,
        [category(FIVE)],
        [image_entry("sub/a.jpg"), image_entry("b.jpg", 2)],
    )
    assert coco.recognizes(tmp_path)
    first, second = coco.read(tmp_path, skipped)
    assert skipped.lines() == []
    assert (first.name, second.name) == ("images/default/sub/a.jpg", "images/b.jpg")
    assert first.source == tmp_path.name.lower()
    assert (first.split, first.complete, first.frame) == (None, False, None)
    (face,) = first.faces
    # CVAT counts from the corner of the image, as the project does.
    np.testing.assert_allclose(face.landmarks[[7, 10, 14, 19]], points[[0, 1, 2, 4]], rtol=1e-6)
    assert np.isfinite(face.landmarks).all(1).sum() == 4
    assert face.visibility[[7, 10, 14, 19]].tolist() == [1, 1, 0, 1]
    assert np.isnan(face.visibility[17])
    assert (face.gender, face.person) == (1.0, "Ana")
    np.testing.assert_allclose(np.degrees(face.pose[2]), -30, rtol=1e-5)
    assert face.published_box_xyxy.tolist() == [70, 30, 130, 100]
    assert abs(second.faces[0].box_xyxy[2] - second.faces[0].box_xyxy[0] - 75) < 0.1


def test_roboflow(tmp_path, make_image, skipped, face_landmarks):
    for part, name in ("train", "a"), ("valid", "b"), ("test", "c"):
        make_image(tmp_path / part / f"{name}.jpg")
        categories = [
            {"id": 0, "name": "people", "supercategory": "none"},
            category(FIVE, number=1) | {"supercategory": "people"},
        ]
        write(
            tmp_path / part / "_annotations.coco.json",
            [annotation(face_landmarks()[FIVE_OF_21], image=0, number=0)],
            categories,
            [image_entry(f"{name}.jpg", 0, license=1, extra={"name": "x.jpg"})],
        )
    assert [(reader.NAME, place) for reader, place in find_readers(tmp_path, skipped)] == [
        ("coco", tmp_path)
    ]
    images = list(coco.read(tmp_path, skipped))
    assert skipped.lines() == []
    assert [(image.name, image.split) for image in images] == [
        ("train/a.jpg", "train"),
        ("valid/b.jpg", "validation"),
        ("test/c.jpg", "validation"),
    ]
    assert coco.recognizes(tmp_path / "train")  # a part alone is a data set too
    (alone,) = coco.read(tmp_path / "train", skipped)
    assert (alone.name, alone.split) == ("a.jpg", None)


def test_label_studio_has_points_and_box_apart(tmp_path, make_image, skipped):
    make_image(tmp_path / "images" / "a.jpg")
    points = np.array([[90, 50], [110, 50], [100, 62], [92, 75], [108, 75]])
    hull = [90, 50, 20, 25]
    entries = [
        annotation(box=[75.5, 35.0, 50.0, 55.0], number=0, image=0, category=0, ignore=0),
        annotation(box=[10.0, 35.0, 30.0, 35.0], number=1, image=0, category=0, ignore=0),
        annotation(points, hull, number=2, image=0, category=1),
    ]
    categories = [
        {"id": 0, "name": "Face"},
        category(FIVE, "default", 1) | {"supercategory": "default"},
    ]
    path = tmp_path / "result.json"
    write(path, entries, categories, [image_entry("images\\a.jpg", 0)],
          info={"contributor": "Label Studio"})  # fmt: skip
    (image,) = coco.read(tmp_path, skipped)
    assert skipped.lines() == []
    alone, full = image.faces
    assert alone.published_box_xyxy.tolist() == [10, 35, 40, 70]
    assert np.isnan(alone.landmarks).all()
    assert full.published_box_xyxy.tolist() == [75.5, 35, 125.5, 90]
    assert full.landmarks[FIVE_OF_21].tolist() == points.tolist()


def test_coco_itself_has_no_face_of_a_body(tmp_path, make_image, skipped):
    make_image(tmp_path / "train2017" / "000000000001.jpg")
    make_image(tmp_path / "val2017" / "000000000002.jpg")
    rng = np.random.default_rng(0)
    person = category(BODY, "person")
    info = {"contributor": "COCO Consortium"}
    for number, part in (1, "train"), (2, "val"):
        images = [image_entry(f"{number:012}.jpg", number)]
        points = rng.integers(10, 140, (17, 2))
        points[:3] = [[100, 60], [110, 50], [90, 50]]  # nose, the person's left eye, right eye
        crowd = annotation(box=[1, 2, 30, 40], number=9, image=number, iscrowd=1)
        entries = [annotation(points, image=number), crowd]
        path = tmp_path / "annotations" / f"person_keypoints_{part}2017.json"
        write(path, entries, [person], images, info=info)
        write(path.with_name(f"instances_{part}2017.json"), entries, [person], images, info=info)
        write(path.with_name(f"captions_{part}2017.json"), [{"caption": "x"}], [], images)
    assert list(coco.read(tmp_path, skipped)) == []
    # Three points make no face's box, and a body's box is none.
    assert skipped.counts == {"fewer than 4 usable landmarks and no box": 2}


def test_whole_pixels_of_coco_count_from_the_center(one_file, skipped):
    points = np.array([[110, 50], [90, 50], [100, 62], [108, 75], [92, 75]])
    folder = one_file(annotation(points), info={"contributor": "COCO Consortium"})
    face = only_face(folder, skipped)
    # In the first pixel's center is COCO's 0; the person's left eye is right in the image.
    assert face.landmarks[10].tolist() == [110.5, 50.5]
    assert face.landmarks[7].tolist() == [90.5, 50.5]
    assert face.landmarks[19].tolist() == [108.5, 75.5]
    assert face.published_box_xyxy.tolist() == [70, 30, 130, 100]  # boxes have edges


@pytest.mark.parametrize("roll", [0, 80, 180])
@pytest.mark.parametrize("own", [False, True])
def test_the_geometry_of_the_faces_tells_whose_left_is_meant(
    one_file, skipped, face_landmarks, roll, own
):
    order = [10, 7, 14, 19, 17] if own else FIVE_OF_21
    points = face_landmarks(roll=roll)
    entries = [
        annotation(points[order], number=1),
        annotation(face_landmarks(yaw=90 if own else -90)[order], number=2),  # shows nothing
        annotation(points[order], number=3),
    ]
    (image,) = coco.read(one_file(*entries), skipped)
    assert skipped.lines() == []
    for face in image.faces[::2]:
        np.testing.assert_allclose(face.landmarks[FIVE_OF_21], points[FIVE_OF_21], rtol=1e-6)
        np.testing.assert_allclose(face.visibility[FIVE_OF_21], 1)


def test_a_face_with_left_and_right_swapped_loses_its_points(one_file, skipped, face_landmarks):
    points = face_landmarks()
    entries = [annotation(points[FIVE_OF_21], number=n) for n in range(3)]
    entries.append(annotation(points[[10, 7, 14, 19, 17]], [1, 2, 30, 40], number=3))
    (image,) = coco.read(one_file(*entries), skipped)
    assert skipped.counts == {"left and right swapped, the key points treated as missing": 1}
    assert np.isnan(image.faces[3].landmarks).all()
    assert image.faces[3].box_xyxy.tolist() == [1, 2, 31, 42]


def test_eyes_alone_are_assigned_by_their_order(one_file, skipped):
    entry = annotation(np.array([[90.0, 50], [110, 50]]))
    face = only_face(one_file(entry, categories=[category(FIVE[:2])]), skipped)
    assert face.landmarks[[7, 10]].tolist() == [[90, 50], [110, 50]]


@pytest.mark.parametrize("names", [
    [], [str(n) for n in range(68)], [str(n) for n in range(1, 69)],
    [f"face-{n}" for n in range(68)], [f"{n:02}" for n in range(1, 69)],
])  # fmt: skip
def test_68_points(one_file, skipped, face_68, names):
    points = face_68(yaw=50)
    folder = one_file(annotation(points), categories=[category(names)])
    face = only_face(folder, skipped)
    assert skipped.lines() == []
    np.testing.assert_allclose(face.landmarks_68, points, rtol=1e-6)
    np.testing.assert_allclose(face.landmarks[8], points[39], rtol=1e-6)
    assert np.isnan(face.landmarks[[12, 16]]).all()  # the ears are not among them
    # Every point has a position, also one that the head hides.
    assert face.visibility[0] == 0 or face.visibility[5] == 0
    assert face.visibility[14] == 1


def test_68_points_in_another_order_go_by_their_numbers(one_file, skipped, face_68):
    points = face_68()
    order = np.random.default_rng(1).permutation(68)
    names = [str(n + 1) for n in order]
    face = only_face(one_file(annotation(points[order]), categories=[category(names)]), skipped)
    np.testing.assert_allclose(face.landmarks_68, points, rtol=1e-6)


def test_68_points_with_flags(one_file, skipped, face_68):
    flags = np.full(68, 2)
    flags[[17, 36, 37]] = 1
    flags[8] = 0
    folder = one_file(annotation(face_68(yaw=50), flags=flags), categories=[category()])
    face = only_face(folder, skipped)
    seen = face.visibility
    assert (seen[0], seen[6], seen[7], seen[1]) == (0, 0, 1, 1)  # of eye 7's six two are hidden
    assert np.isnan(seen[20])
    assert (seen == 0).sum() == 2  # the flags say it, not the pose


def test_21_points_without_names(one_file, skipped, face_landmarks):
    points = face_landmarks(yaw=20)
    face = only_face(one_file(annotation(points), categories=[category()]), skipped)
    np.testing.assert_allclose(face.landmarks, points, rtol=1e-6)
    assert skipped.lines() == []


def test_a_box_of_the_points_alone_is_no_face_box(one_file, skipped, face_landmarks):
    points = face_landmarks()[FIVE_OF_21]
    hull = [*points.min(0), *np.ptp(points, axis=0)]
    face = only_face(one_file(annotation(points, hull)), skipped)
    assert np.isnan(face.published_box_xyxy).all()
    assert abs(face.box_xyxy[2] - face.box_xyxy[0] - 75) < 0.1


@pytest.mark.parametrize(
    ("name", "is_face"),
    [("face", True), ("Human face", True), ("Faces", True), ("human_face", True), ("person", False),
     ("no face", False), ("surface", False), ("face mask", False), (None, False)],
)  # fmt: skip
def test_boxes_alone(one_file, skipped, name, is_face):
    images = list(coco.read(one_file(annotation(), categories=[category((), name)]), skipped))
    if is_face:
        assert skipped.lines() == []
        assert images[0].faces[0].box_xyxy.tolist() == [70, 30, 130, 100]
    else:
        assert images == []
        assert skipped.counts == {
            "annotation without key points whose category is not a face": 1,
            "image without faces that is not marked as complete": 1,
        }


def test_boxes_of_cvats_other_export(tmp_path, make_image, skipped):
    make_image(tmp_path / "images" / "a.jpg")
    write(tmp_path / "annotations" / "instances_default.json", [annotation()],
          [{"id": 1, "name": "face", "supercategory": ""}])  # fmt: skip
    assert only_face(tmp_path, skipped).box_xyxy.tolist() == [70, 30, 130, 100]


@pytest.mark.parametrize("flag", [{"iscrowd": 1}, {"ignore": 1}, {"iscrowd": True}])
def test_crowd_is_ignored(one_file, skipped, flag):
    (image,) = coco.read(one_file(annotation(box=[1, 2, 3, 4], **flag)), skipped)
    assert image.faces == ()
    assert image.ignored_xyxy.tolist() == [[1, 2, 4, 6]]
    assert not image.complete


@pytest.mark.parametrize(("box", "complete"), [([1, 2, 3, 4], True), ([1, 2, 0, 4], False)])
def test_complete_with_a_crowd_of_a_known_place(one_file, skipped, box, complete):
    crowd = annotation(number=2, box=box, iscrowd=1)
    (image,) = coco.read(one_file(annotation(), crowd, info={"complete": True}), skipped)
    assert (len(image.faces), image.complete) == (1, complete)


def test_complete_is_reported_of_an_image_or_of_all(one_file, skipped):
    (image,) = coco.read(one_file(images=[image_entry(complete=True)]), skipped)
    assert (image.faces, image.complete) == ((), True)
    (image,) = coco.read(one_file(annotation(), info={"complete": True}), skipped)
    assert (len(image.faces), image.complete) == (1, True)
    broken = annotation(number=2) | {"bbox": [1, 2, 3]}
    (image,) = coco.read(one_file(annotation(), broken, info={"complete": True}), skipped)
    assert (len(image.faces), image.complete) == (1, False)


def test_without_a_flag_of_2_a_1_means_labeled(one_file, skipped, face_landmarks):
    face = only_face(one_file(annotation(face_landmarks()[FIVE_OF_21], flags=1)), skipped)
    assert face.visibility[FIVE_OF_21].tolist() == [1] * 5
    (line,) = skipped.lines()
    assert "1 counts as visible" in line


def test_ids_may_be_text(one_file, skipped):
    entry = annotation(image="1", category="1.0") | {"bbox": ["70", 30, 60, 70]}
    assert only_face(one_file(entry), skipped).box_xyxy.tolist() == [70, 30, 130, 100]


def test_training_and_validation(tmp_path, make_image, skipped):
    for part in ("Train", "Validation"):
        make_image(tmp_path / "images" / part / f"{part}.jpg")
        write(tmp_path / "annotations" / f"person_keypoints_{part}.json", [annotation()],
              [category()], [image_entry(f"{part}.jpg")])  # fmt: skip
    found = {image.name: image.split for image in coco.read(tmp_path, skipped)}
    assert found == {
        "images/Train/Train.jpg": "train",
        "images/Validation/Validation.jpg": "validation",
    }


def test_a_name_of_the_same_image_in_two_files(tmp_path, make_image, skipped):
    make_image(tmp_path / "images" / "a.jpg")
    for part in ("train", "val"):
        write(tmp_path / "annotations" / f"{part}.json", [annotation()], [category()])
    (image,) = coco.read(tmp_path, skipped)
    assert image.split == "train"
    assert skipped.counts == {"image listed twice, the first one is used": 1}


FIVE_POINTS = np.array([[90.0, 50], [110, 50], [100, 62], [92, 75], [108, 75]])
ODD = {
    "annotation that is not an object": 7,
    "bbox that is not x, y, width and height": annotation(box=[1, 2, 3]),
    "bbox that are not a list of numbers": annotation(box=[1, 2, 3, None, "x"]),
    "neither a box nor key points": annotation(box=None),
    "box of negative size": annotation(box=[10, 20, -5, 5]),
    "empty box": annotation(box=[10, 20, 0, 5]),
    "box outside the image": annotation(box=[210, 20, 30, 30]),
    "box with a number that is not finite": annotation(box=[10, float("inf"), 30, 30]),
    "not x, y and a flag each": annotation() | {"keypoints": [1, 2, 2, 3]},
    "flag is not 0, 1 or 2": annotation() | {"keypoints": [1, 2, 3] * 5},
    "key points that are not a list of numbers": annotation() | {"keypoints": [[1, 2, 2]]},
    "6 key points of a category that names 5": annotation(np.ones((6, 2))),
    "crowd without a box": annotation(box=None, iscrowd=1),
    "image that is not listed": annotation(image=5),
    "angle that is not within 180": annotation(attributes={"yaw": 190}),
    "gender that is neither": annotation(attributes={"gender": "x"}),
}


@pytest.mark.parametrize("reason", ODD)
def test_invalid_annotations_are_counted(one_file, skipped, reason):
    sound = annotation(box=[5, 6, 30, 30], number=2)
    (image,) = coco.read(one_file(ODD[reason], sound, info={"complete": True}), skipped)
    assert image.faces[-1].box_xyxy.tolist() == [5, 6, 35, 36]
    (line,) = skipped.lines()
    assert reason in line
    lost = len(image.faces) == 1 and "listed" not in reason and "object" not in reason
    assert image.complete == (not lost)


def test_unknown_names_are_reported(one_file, skipped):
    points = np.vstack([FIVE_POINTS, [[1, 2]]])
    folder = one_file(annotation(points), categories=[category([*FIVE, "moustache"])])
    face = only_face(folder, skipped)
    assert np.isfinite(face.landmarks).all(1).sum() == 5
    (line,) = skipped.lines()
    assert "unknown name of a key point" in line
    assert "moustache)" in line


def test_misspelled_names_are_guessed(one_file, skipped):
    names = ["lefteey", *FIVE[1:]]
    face = only_face(one_file(annotation(FIVE_POINTS), categories=[category(names)]), skipped)
    assert np.isfinite(face.landmarks).all(1).sum() == 4
    (line,) = skipped.lines()
    assert "(lefteey: did you mean left_eye?)" in line


IMAGES = {
    "image without a file name": {"id": 2},
    "image without a unique id": {"file_name": "b.jpg"},
    "without a unique id": image_entry("b.jpg", 1),
    "no such image file": image_entry("c.jpg", 2),
    "outside the data set": image_entry("../images/a.jpg", 2),
    "path outside the data set": image_entry("/etc/b.jpg", 2),
    "not those of its annotation": image_entry("b.jpg", 2) | {"width": 150, "height": 200},
    "not marked as complete": image_entry("b.jpg", 2),
}


@pytest.mark.parametrize("reason", IMAGES)
def test_invalid_images_are_counted(one_file, make_image, skipped, reason):
    folder = one_file(annotation(), images=[image_entry(), IMAGES[reason]])
    make_image(folder / "images" / "b.jpg")
    (image,) = coco.read(folder, skipped)
    assert image.name == "images/a.jpg"
    (line,) = skipped.lines()
    assert reason in line


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"images": [', "is not JSON"),
        ('{"images": {}}', "not of COCO's form"),
        ('{"images": ' + "[" * 100_000, "is not JSON"),
    ],
)
def test_a_file_of_another_form_is_one_clear_error(tmp_path, skipped, content, message):
    (tmp_path / "coco.json").write_text(content)
    with pytest.raises(UserError, match=message):
        list(coco.read(tmp_path, skipped))


def test_other_json_is_not_recognized(tmp_path):
    for name in ("result.json", "annotations/x.json", "train/_annotations.coco.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text('{"result": 1}')
    (tmp_path / "coco.json").mkdir()
    assert find_readers(tmp_path, SkipReport()) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = ["id", "image_id", "category_id", "bbox", "keypoints", "iscrowd", "attributes"]


@given(
    entry=st.fixed_dictionaries({}, optional={key: JSON | st.just(1) for key in KEYS}),
    kind=st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "name", "keypoints"), JSON)),
    more=st.fixed_dictionaries({}, optional={"info": JSON}),
)
def test_any_json_gives_faces_or_reasons(one_file, entry, kind, more):
    skipped = SkipReport()
    folder = one_file(entry, categories=[category(FIVE), kind], **more)
    assert len(list(coco.read(folder, skipped))) + sum(skipped.counts.values()) >= 1


def test_what_the_project_writes_is_read_back(tmp_path, make_image, skipped, face_landmarks):
    make_image(tmp_path / "images" / "a.jpg")
    landmarks = face_landmarks(yaw=30).astype(np.float32)
    landmarks[3] = np.nan
    visibility = np.ones(21, np.float32)
    visibility[[12, 13]], visibility[3] = 0, np.nan
    pose = np.radians(np.float32([1, np.nan, 30]))
    full = Face(np.zeros(4, np.float32), landmarks, visibility, pose, 0.0, "Ana, of the left")
    box = np.float32([10, 20, 30, 40.5])
    path = tmp_path / "images" / "a.jpg"
    ignored = np.float32([[1, 2, 3, 4]])
    faces = (full, Face(box, published_box_xyxy=box))
    image = AnnotatedImage(path, "a", "s", 200, 150, faces, split="train", ignored_xyxy=ignored)
    write_coco(tmp_path, [("images/a.jpg", image)])
    assert coco.recognizes(tmp_path)
    (read,) = coco.read(tmp_path, skipped)
    assert skipped.lines() == []
    assert (read.name, read.split, read.complete) == ("images/a.jpg", "train", False)
    np.testing.assert_array_equal(read.ignored_xyxy, ignored)
    first, second = read.faces
    np.testing.assert_allclose(first.landmarks, landmarks, rtol=1e-6)
    np.testing.assert_array_equal(first.visibility, visibility)
    np.testing.assert_allclose(first.pose[[0, 2]], pose[[0, 2]], rtol=1e-6)
    assert (first.gender, first.person) == (0.0, "Ana, of the left")
    np.testing.assert_array_equal(second.box_xyxy, box)
    again = json.loads((tmp_path / "coco.json").read_text())
    del again["info"]  # as the project's files were once
    (tmp_path / "coco.json").write_text(json.dumps(again))
    (older,) = coco.read(tmp_path, SkipReport())
    np.testing.assert_array_equal(older.faces[0].landmarks, first.landmarks)


def test_no_label_of_a_face_is_lost_or_moved(tmp_path, make_image, skipped, face_landmarks):
    make_image(tmp_path / "a.jpg")
    landmarks = (face_landmarks(yaw=0) - [100, 75]) / 8 + [44, 40]
    landmarks[0] = 0.5  # the first pixel's center, as others write a missing point
    small = Face(
        np.zeros(4, np.float32),
        landmarks.astype(np.float32),
        np.ones(21, np.float32),
        group="Asian",
        published_box_xyxy=np.float32([30, 30, 60, 60]),
    )
    around = Face(np.float32([20, 20, 70, 70]), gender=1.0, person="None")
    image = AnnotatedImage(tmp_path / "a.jpg", "a.jpg", "set", 200, 150, (small, around), True)
    write_coco(tmp_path, [("a.jpg", image)])
    (read,) = coco.read(tmp_path, skipped)
    first, second = read.faces
    assert (first.group, first.person, second.person, second.gender) == ("Asian", None, "None", 1)
    np.testing.assert_allclose(first.landmarks, small.landmarks, atol=1e-5)
    np.testing.assert_allclose(first.published_box_xyxy, [30, 30, 60, 60])
    assert np.isnan(first.gender)
