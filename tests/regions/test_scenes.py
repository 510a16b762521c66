from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_defaults import scenes as scene_settings

from hyperface.errors import UserError
from hyperface.proposals.locations import locations_of
from hyperface.regions.augmentation import Augmentation
from hyperface.regions.canvas import FILL, Canvas
from hyperface.regions.scenes import SceneMaker

PLAIN = scene_settings(
    side=128, rotation=0.0, compression=0.0, augmentation=Augmentation(), single=1.0, crowd=0.0
)


def moved(x, y, zoom=1.0):
    return np.array([[zoom, 0, x], [0, zoom, y]], np.float64)


def painted(image, value=200):
    """Dark pixels with a bright square where each face is."""
    pixels = np.full((image.height, image.width, 3), 20, np.uint8)
    for face in image.faces:
        left, top, right, bottom = np.clip(face.box_xyxy, 0, 10_000).astype(int)
        pixels[top:bottom, left:right] = value
    return pixels


def bright_box(pixels):
    """(4,) around the bright pixels."""
    rows, columns = np.nonzero(pixels[..., 0] > 150)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_pasting_by_hand(make_face, make_image):
    image = make_image(make_face(20, 10, 60, 50), width=80, height=64, complete=True)
    canvas = Canvas(128)
    canvas.paste(image, painted(image), moved(16, 8, 0.5), 0)  # 40 x 32 pixels large
    boxes, unsure = canvas.faces(min_face_px=10)
    assert boxes.tolist() == [[26, 13, 46, 33]] and not len(unsure)
    assert bright_box(canvas.pixels) == pytest.approx([26, 13, 46, 33], abs=1)
    assert (canvas.pixels[0, 0] == FILL).all() and canvas.pixels[10, 18, 0] == 20
    assert canvas.background().all()
    assert len(canvas.faces(min_face_px=21)[1]) == 1  # too small to learn


def test_a_face_that_is_cut_or_covered_too_much_is_not_learned(make_face, make_image):
    image = make_image(make_face(0, 0, 40, 40), width=40, height=40, complete=True)
    cover = make_image(width=128, height=128, complete=True)
    pixels, white = painted(image), np.full((128, 128, 3), 255, np.uint8)

    def learned(matrix, cover_at=None):
        canvas = Canvas(128)
        canvas.paste(image, pixels, matrix, 0)
        if cover_at is not None:
            canvas.paste(cover, white, cover_at, 1)
        return len(canvas.faces(10)[0])

    assert learned(moved(-18, 30)) == 1  # 22 of 40 columns are seen
    assert learned(moved(-22, 30)) == 0
    assert learned(moved(-10, 30), moved(20, 0)) == 1  # 20 of 40 remain
    assert learned(moved(-12, 30), moved(16, 0)) == 0  # 16 of 40 remain
    assert learned(moved(30, 30), moved(40, 0)) == 1  # it would hide 30 of 40: left away


def test_background_is_certain_where_people_are_annotated(make_face, make_image):
    face = make_face(32, 32, 64, 64)
    image = make_image(face, width=128, height=128)

    def background(image):
        canvas = Canvas(128)
        canvas.paste(image, painted(image), moved(0, 0), 0)
        return canvas.background()

    known = background(image)
    assert known[2:10, 2:10].all()  # half a side around: pixels 16 to 80
    assert known.sum() == 64
    assert background(replace(image, complete=True)).all()
    ignored = replace(image, complete=True, ignored_xyxy=np.float32([[100, 0, 120, 8]]))
    assert background(ignored).sum() == 256 - 3
    (rows,) = np.nonzero(locations_of(128, 128).strides == 8)
    scene = SceneMaker([image], PLAIN, read=painted).make(np.random.default_rng(0))
    at = scene.background_at(locations_of(128, 128))
    assert (at[rows].reshape(16, 16) == scene.background).all()


def test_a_turned_image_and_its_face(make_face, make_image):
    image = make_image(make_face(90, 30, 110, 50), width=128, height=80, complete=True)
    canvas = Canvas(128)
    # A quarter turn clockwise around (64, 40), which goes to (64, 64).
    matrix = cv2.getRotationMatrix2D((64, 40), -90, 1.0)
    matrix[:, 2] += [0, 24]
    canvas.paste(image, painted(image), matrix, 0)
    ((box,), _) = canvas.faces(10)
    np.testing.assert_allclose(box, [54, 90, 74, 110], atol=1e-6)
    assert bright_box(canvas.pixels) == pytest.approx(box.tolist(), abs=1)


@given(st.integers(0, 2**32 - 1))
def test_boxes_lie_on_their_faces_for_any_seed(make_face, make_image, seed):
    image = make_image(make_face(70, 60, 130, 120), width=200, height=180, complete=True)
    scene = SceneMaker([image], PLAIN, read=painted).make(np.random.default_rng(seed))
    assert scene.pixels.shape == (128, 128, 3) and scene.pixels.dtype == np.uint8
    for box in scene.boxes_xyxy:
        assert box[2] - box[0] == pytest.approx(box[3] - box[1], abs=1e-3)
        assert box[2] - box[0] >= PLAIN.min_face_px
        seen = np.clip(box, 0, 128)
        if (seen[2:] - seen[:2]).min() > 4:
            assert bright_box(scene.pixels) == pytest.approx(seen.tolist(), abs=2)


def test_a_mirror_image_has_its_boxes_mirrored(make_face, make_image):
    image = make_image(make_face(70, 60, 130, 120), width=200, height=180)
    mirrored = replace(PLAIN, augmentation=Augmentation(mirror=1.0))
    for seed in range(5):
        plain, other = (
            SceneMaker([image], settings, read=painted).make(np.random.default_rng(seed))
            for settings in (PLAIN, mirrored)
        )
        assert (other.pixels == plain.pixels[:, ::-1]).all()
        assert (other.background == plain.background[:, ::-1]).all()
        for one, two in zip(plain.boxes_xyxy, other.boxes_xyxy, strict=True):
            expected = [128 - one[2], one[1], 128 - one[0], one[3]]
            np.testing.assert_allclose(two, expected, atol=1e-3)


def test_all_kinds_of_scenes_have_faces_of_all_sizes(make_face, make_image):
    images = [
        make_image(make_face(40, 30, 160, 150), width=200, height=200, path="a", complete=True),
        make_image(width=300, height=200, source="other", complete=True, path="b"),
    ]
    maker = SceneMaker(images, scene_settings(side=256), read=painted)
    rng = np.random.default_rng(0)
    scenes = [maker.make(rng) for _ in range(60)]
    sides = np.concatenate([scene.boxes_xyxy[:, 2] - scene.boxes_xyxy[:, 0] for scene in scenes])
    assert sides.min() < 16 and sides.max() > 180
    assert max(len(scene.boxes_xyxy) for scene in scenes) > 3
    assert min(len(scene.boxes_xyxy) for scene in scenes) == 0


def test_data_sets_are_drawn_by_the_root_of_their_size_and_their_weight(make_image):
    images = [
        *(make_image(source="many", path=str(n), width=20, height=20) for n in range(16)),
        *(make_image(source="few", path=str(n), width=20, height=20) for n in range(4)),
    ]
    drawn = []

    def read(image):
        drawn.append(image.source)
        return painted(image)

    maker = SceneMaker(images, PLAIN, {"few": 3.0}, read)  # 4 to 3 x 2
    rng = np.random.default_rng(0)
    for _ in range(400):
        maker.make(rng)
    assert drawn.count("few") / len(drawn) == pytest.approx(0.6, abs=0.08)
    with pytest.raises(UserError, match="DATA_WEIGHTS are 0 for all"):
        SceneMaker(images, PLAIN, {"few": 0.0, "many": 0.0})


def test_scenes_need_images():
    with pytest.raises(ValueError, match="images"):
        SceneMaker([], PLAIN)
