import numpy as np

from tools.rendering.parts import Part, ball, box, sheet, tube, turned, vertex_normals
from tools.rendering.wear import smoothed


def outward(vertices, triangles, center):
    """The share of triangles that face away from the center."""
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    used = np.linalg.norm(normals, axis=1) > 1e-12
    middle = (a + b + c) / 3 - center
    return ((normals * middle).sum(axis=1)[used] > 0).mean()


def test_a_flat_triangle_has_its_own_normal():
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]])
    normals = vertex_normals(vertices, np.array([[0, 1, 2]]))
    np.testing.assert_allclose(normals, [[0, 0, 1]] * 3 + [[0, 0, 0]])


def test_a_repeated_vertex_is_shaded_as_one():
    # Two walls of a right angle that share an edge, each with vertices of its own.
    vertices = np.array([[0.0, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 1], [0, 1, 0]])
    part = Part("corner", vertices, np.array([[0, 2, 1], [3, 5, 4]]))
    np.testing.assert_allclose(part.normals[0], part.normals[3])
    np.testing.assert_allclose(part.normals[0], np.array([1, 0, 1]) / np.sqrt(2))


def test_a_box_has_its_size_and_faces_outward():
    center = np.array([1.0, 2, 3])
    vertices, triangles, uv = box(center, np.array([2.0, 4, 6]))
    np.testing.assert_allclose(vertices.min(axis=0), [0, 0, 0])
    np.testing.assert_allclose(vertices.max(axis=0), [2, 4, 6])
    assert outward(vertices, triangles, center) == 1
    assert uv.shape == (24, 2)


def test_a_tube_keeps_its_distance_from_its_path():
    path = np.array([[0.0, 0, 0], [0, 0, 1], [0, 0, 2]])
    vertices, triangles = tube(path, 0.1)
    np.testing.assert_allclose(np.hypot(vertices[:, 0], vertices[:, 1]), 0.1)
    assert len(triangles) == 2 * 2 * 6
    assert len(tube(path, 0.1, lid=True)[1]) == 2 * 2 * 6 + 2 * 4


def test_a_closed_tube_meets_itself():
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(12)], axis=1)
    vertices, triangles = tube(ring, 0.05, closed=True)
    assert len(triangles) == 12 * 2 * 6
    assert triangles.max() < len(vertices)


def test_a_ball_is_round():
    vertices, _ = ball((1.0, 2.0, 3.0), 0.5)
    np.testing.assert_allclose(np.linalg.norm(vertices - [1, 2, 3], axis=1), 0.5)


def test_a_sheet_is_a_grid():
    triangles, uv = sheet(2, 3)
    assert len(triangles) == 4
    assert uv[0].tolist() == [0, 1]
    assert uv[-1].tolist() == [1, 0]


def test_rotations_have_the_values_worked_out_by_hand():
    np.testing.assert_allclose(turned(0, 0, np.pi / 2) @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(turned(np.pi / 2, 0, 0) @ [0, 1, 0], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(turned(0, np.pi / 2, 0) @ [0, 0, 1], [1, 0, 0], atol=1e-12)


def test_smoothing_flattens_a_bump_and_keeps_held_vertices():
    triangles, _ = sheet(3, 3)
    y, x = np.mgrid[0:3, 0:3]
    vertices = np.stack([x, y, np.zeros((3, 3))], axis=-1).reshape(9, 3).astype(float)
    vertices[4, 2] = 1.0
    held = np.arange(9) != 4
    smooth = smoothed(vertices, triangles, 1, held)
    np.testing.assert_allclose(smooth[4, 2], 0)
    np.testing.assert_allclose(smooth[held], vertices[held])
