import numpy as np
import pytest

from hyperface.evaluation.ellipses import area_in_unit_circle, ellipse_box_iou

CIRCLE = [10, 10, 0, 50, 50]


def iou(ellipse, box):
    return ellipse_box_iou(np.array([ellipse], float), np.array([box], float))[0, 0]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ([40, 40, 60, 60], 100 * np.pi / 400),  # around it
        ([0, 0, 100, 100], 100 * np.pi / 10_000),
        ([40, 40, 50, 60], 50 * np.pi / (100 * np.pi + 200 - 50 * np.pi)),  # its left half
        ([50, 50, 60, 60], 25 * np.pi / (100 * np.pi + 100 - 25 * np.pi)),  # a quarter
        ([49, 49, 51, 51], 4 / (100 * np.pi)),  # inside it
        ([60, 40, 80, 60], 0),  # touches it
        ([0, 0, 20, 20], 0),
        ([50, 50, 50, 50], 0),  # no area
        ([0, 0, 42, 42], 0),  # near its corner, yet outside
    ],
)
def test_iou_with_a_circle_has_the_value_worked_out_by_hand(box, expected):
    assert iou(CIRCLE, box) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("angle", "box"),
    [(0, [30, 45, 70, 55]), (np.pi / 2, [45, 30, 55, 70]), (-np.pi, [30, 45, 70, 55])],
)
def test_an_ellipse_fills_pi_over_4_of_its_bounding_box(angle, box):
    assert iou([20, 5, angle, 50, 50], box) == pytest.approx(np.pi / 4)


def test_there_is_one_iou_for_each_pair():
    both = ellipse_box_iou(np.array([CIRCLE, [10, 10, 0, 0, 0]], float), [[40, 40, 60, 60]])
    np.testing.assert_allclose(both, [[np.pi / 4], [0]])
    assert ellipse_box_iou(np.zeros((0, 5)), np.zeros((3, 4))).shape == (0, 3)
    assert ellipse_box_iou(np.array([CIRCLE]), np.zeros((0, 4))).shape == (1, 0)
    assert iou([0, 0, 0, 50, 50], [40, 40, 60, 60]) == 0  # an ellipse without area


def test_a_square_inside_the_circle_keeps_its_area():
    square = np.array([[0.5, 0], [0, 0.5], [-0.5, 0], [0, -0.5]])
    assert area_in_unit_circle(square) == pytest.approx(0.5)
    assert area_in_unit_circle(square[::-1]) == pytest.approx(0.5)  # whichever way round


@pytest.mark.parametrize("seed", range(8))
def test_iou_agrees_with_counted_pixels(seed):
    rng = np.random.default_rng(seed)
    major, minor = rng.uniform(10, 40, 2)
    angle, x, y = rng.uniform(-3, 3), *rng.uniform(40, 60, 2)
    low = rng.uniform(10, 50, 2)
    box = np.concatenate([low, low + rng.uniform(10, 50, 2)])
    across, down = np.meshgrid(*[np.arange(-20, 120, 0.1) + 0.05] * 2)
    along = (across - x) * np.cos(angle) + (down - y) * np.sin(angle)
    aside = (down - y) * np.cos(angle) - (across - x) * np.sin(angle)
    ellipse = (along / major) ** 2 + (aside / minor) ** 2 <= 1
    inside = (across > box[0]) & (across < box[2]) & (down > box[1]) & (down < box[3])
    expected = (ellipse & inside).sum() / (ellipse | inside).sum()
    assert iou([major, minor, angle, x, y], box) == pytest.approx(expected, abs=1e-3)
