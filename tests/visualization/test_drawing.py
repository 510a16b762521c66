import numpy as np
import pytest

from hyperface.visualization.drawing import draw_face, draw_faces, pose_axes
from hyperface.visualization.drawn_face import DrawnFace
from hyperface.visualization.face_labels import label_lines

GRAY = np.full((100, 120, 3), 128, np.uint8)
RED = (255, 0, 0)


def points_at(**places):
    points = np.full((21, 2), np.nan)
    for index, place in places.items():
        points[int(index[1:])] = place
    return points


def test_an_empty_face_leaves_the_image_unchanged():
    nan = DrawnFace(np.full(4, np.nan), np.full((21, 2), np.nan), None, np.full(3, np.nan))
    for face in (DrawnFace(), nan):
        drawn = draw_face(GRAY, face)
        np.testing.assert_array_equal(drawn, GRAY)
        assert drawn is not GRAY


def test_the_image_given_is_not_changed():
    image = GRAY.copy()
    draw_face(image, DrawnFace(np.array([20, 20, 80, 80])))
    np.testing.assert_array_equal(image, GRAY)


def test_the_box_is_drawn_on_its_edges():
    # Edges at 20.5 and 80.5 run through the centers of the pixels 20 and 80.
    drawn = draw_face(GRAY, DrawnFace(np.array([20.5, 30.5, 80.5, 70.5])), RED)
    for row, column in ((50, 20), (50, 80), (30, 50), (70, 50)):
        assert drawn[row, column, 0] > 200 and drawn[row, column, 1] < 60
    np.testing.assert_array_equal(drawn[40:60, 30:70], GRAY[40:60, 30:70])
    np.testing.assert_array_equal(drawn[:25], GRAY[:25])


def test_a_dot_fills_the_pixel_of_its_point():
    # The point (40.5, 60.5) is the center of the pixel in column 40, row 60.
    drawn = draw_face(GRAY, DrawnFace(landmarks=points_at(p3=(40.5, 60.5))), RED)
    assert tuple(drawn[60, 40]) == RED
    marked = np.argwhere((drawn != GRAY).any(axis=2))
    np.testing.assert_allclose(marked.mean(axis=0), [60, 40], atol=0.01)
    assert np.abs(marked - [60, 40]).max() <= 5


def test_a_visible_landmark_is_a_dot_and_an_occluded_one_a_ring():
    points = points_at(p0=(30.5, 50.5), p1=(60.5, 50.5), p2=(90.5, 50.5))
    visibility = np.full(21, np.nan)
    visibility[:2] = 1, 0
    drawn = draw_face(GRAY, DrawnFace(landmarks=points, visibility=visibility), RED)
    assert tuple(drawn[50, 30]) == RED
    assert tuple(drawn[50, 60]) == (128, 128, 128)  # a ring leaves its middle alone
    red, green, _ = drawn[50, 61:67].max(axis=0)
    assert red > 180 and green <= 128
    assert tuple(drawn[50, 90]) == RED  # of unknown visibility


def test_scale_enlarges_the_image_and_moves_the_marks_along():
    face = DrawnFace(np.array([20, 20, 80, 80]), points_at(p0=(40, 60)))
    drawn = draw_face(GRAY, face, RED, scale=3)
    assert drawn.shape == (300, 360, 3)
    assert tuple(drawn[180, 120]) == RED


def test_marks_far_outside_the_image_are_harmless():
    far = np.array([-1e9, -1e9, 1e9, 1e9])
    points = np.full((21, 2), 1e12)
    face = DrawnFace(far, points, pose=np.zeros(3), label="face 0.50, male 0.97")
    assert draw_face(GRAY, face).shape == GRAY.shape


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1)])
def test_tiny_images_are_drawn_on(shape):
    face = DrawnFace(np.array([0, 0, 1, 1]), np.zeros((21, 2)), None, np.zeros(3), "face 0.90")
    assert draw_face(np.zeros((*shape, 3), np.uint8), face).shape == (*shape, 3)


def test_axes_of_a_frontal_face_point_right_up_and_to_the_viewer():
    np.testing.assert_allclose(pose_axes(np.zeros(3)), [[1, 0, 0], [0, -1, 0], [0, 0, 1]])


def test_axes_follow_the_signs_of_the_angles():
    # Image coordinates: x to the right, y down. Half a turn's sixth: sin 30 degrees = 1/2.
    angle = np.pi / 6
    nose = pose_axes(np.array([0, 0, angle]))[2]
    np.testing.assert_allclose(nose, [-0.5, 0, np.sqrt(3) / 2])  # to the image's left
    nose = pose_axes(np.array([0, angle, 0]))[2]
    np.testing.assert_allclose(nose, [0, -0.5, np.sqrt(3) / 2])  # up
    up = pose_axes(np.array([angle, 0, 0]))[1]
    np.testing.assert_allclose(up, [0.5, -np.sqrt(3) / 2, 0], atol=1e-12)  # the crown goes right


@pytest.mark.parametrize(("yaw", "side"), [(40, slice(0, 59)), (-40, slice(62, 120))])
def test_the_blue_axis_is_drawn_where_the_nose_points(yaw, side):
    face = DrawnFace(np.array([10.5, 0.5, 110.5, 99.5]), pose=np.radians([0, 0, yaw]))
    drawn = draw_face(GRAY, face)[52:, 20:100].astype(int)  # below the label, inside the box
    blue = (drawn[..., 2] > drawn[..., 0] + 60) & (drawn[..., 2] > drawn[..., 1] + 60)
    columns = np.argwhere(blue)[:, 1] + 20
    ahead = (columns >= side.start) & (columns < side.stop)
    assert ahead.mean() > 0.8


def test_the_label_has_the_angles_in_degrees_below_it():
    face = DrawnFace(pose=np.radians([0, -5.4, 29.6]), label="face 0.99, female 0.97")
    assert label_lines(face) == ["face 0.99, female 0.97", "roll +0 pitch -5 yaw +30"]
    assert label_lines(DrawnFace()) == []
    assert label_lines(DrawnFace(pose=np.radians([-0.2, 0, 0]))) == ["roll +0 pitch +0 yaw +0"]


def test_an_unknown_roll_is_drawn_as_none_and_not_written():
    box, pose = np.array([10.5, 0.5, 110.5, 99.5]), np.radians([0, 10, 40.0])
    without = np.array([np.nan, *pose[1:]])
    assert label_lines(DrawnFace(pose=without)) == ["pitch +10 yaw +40"]
    axes = draw_face(GRAY, DrawnFace(box, pose=without))[60:]  # below the label
    np.testing.assert_array_equal(axes, draw_face(GRAY, DrawnFace(box, pose=pose))[60:])
    unknown = draw_face(GRAY, DrawnFace(box, pose=np.array([0, 0.2, np.nan])))[60:]
    np.testing.assert_array_equal(unknown, draw_face(GRAY, DrawnFace(box))[60:])


def plate(side, label, pose=None):
    """Height and width of what is drawn above the box of a face with this side."""
    box = np.array([100.0, 200, 100 + side, 200 + side])
    white = np.full((500, 500, 3), 255, np.uint8)
    drawn = draw_face(white, DrawnFace(box, pose=pose, label=label))
    above = np.argwhere((drawn[:198] < 255).any(-1))
    return np.ptp(above, axis=0) + 1


def test_the_angles_are_written_if_the_face_is_wide_enough():
    pose = np.radians([10, 20, 30])
    assert plate(40, "male 0.97", pose).tolist() == plate(40, "male 0.97").tolist()
    assert plate(160, "male 0.97", pose)[0] > 1.5 * plate(160, "male 0.97")[0]


def test_the_label_of_a_small_face_is_broken_into_lines():
    height, width = plate(30, "face 0.99, female 0.97")
    one_line, of_one_part = plate(30, "female 0.97")
    assert width == of_one_part
    assert height > 1.5 * one_line
    assert plate(160, "face 0.99, female 0.97")[0] == plate(160, "female 0.97")[0]


def test_the_label_of_a_face_is_on_top_of_its_neighbors_marks():
    faces = [DrawnFace(np.array([x, 60.0, x + 50, 110]), label="male 0.97") for x in (20, 60)]
    alone = draw_face(np.full((200, 300, 3), 255, np.uint8), faces[0])
    both = draw_faces(np.full((200, 300, 3), 255, np.uint8), faces)
    np.testing.assert_array_equal(both[:58, :58], alone[:58, :58])
    np.testing.assert_array_equal(both, draw_faces(np.full((200, 300, 3), 255, np.uint8), faces))
