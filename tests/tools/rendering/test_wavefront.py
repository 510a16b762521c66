import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.errors import UserError
from tools.rendering.wavefront import read_fitting, read_obj

SQUARE = """# a square of two sides of a texture
v 0 0 0
v 2 0 0
v 2 2 0
v 0 2 0
vt 0 0
vt 1 0
vt 1 1
vt 0 1
vt 0.5 0.5
g front
f 1/1 2/2 3/3 4/4
g back
f 3/5 2/2 1/1
"""


def write(folder, text, name="mesh.obj"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_polygons_become_triangles_with_their_group(tmp_path):
    vertices, topology = read_obj(write(tmp_path, SQUARE))
    assert vertices.tolist() == [[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0]]
    assert topology.vertex[topology.triangles].tolist() == [[0, 1, 2], [0, 2, 3], [2, 1, 0]]
    assert topology.groups.tolist() == ["front", "front", "back"]


def test_a_vertex_with_two_places_on_the_texture_is_repeated(tmp_path):
    _, topology = read_obj(write(tmp_path, SQUARE))
    assert sorted(topology.vertex.tolist()) == [0, 1, 2, 2, 3]
    at = {tuple(uv) for vertex, uv in zip(topology.vertex, topology.uv, strict=True) if vertex == 2}
    assert at == {(1.0, 1.0), (0.5, 0.5)}


def test_a_part_keeps_only_its_vertices(tmp_path):
    _, topology = read_obj(write(tmp_path, SQUARE))
    part = topology.part(topology.groups == "back")
    assert part.vertex[part.triangles].tolist() == [[2, 1, 0]]
    assert len(part.vertex) == 3


def test_a_mesh_without_texture_is_read(tmp_path):
    _, topology = read_obj(write(tmp_path, "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"))
    assert topology.triangles.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("text", ["", "v 0 0\nf 1 2 3", "v a b c", "v 0 0 0\nf 1 2 9", "f x y z"])
def test_a_file_that_is_not_a_mesh_raises(tmp_path, text):
    with pytest.raises(UserError, match=r"mesh\.obj is not a Wavefront"):
        read_obj(write(tmp_path, text))


def test_a_missing_mesh_raises(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_obj(tmp_path / "none.obj")


@given(st.text(alphabet="vftg 0123456789./-\n", max_size=80))
def test_any_text_gives_a_mesh_or_a_clear_error(tmp_path, text):
    try:
        vertices, topology = read_obj(write(tmp_path, text))
    except UserError:
        return
    assert topology.vertex.min() >= 0
    assert topology.vertex.max() < len(vertices)


FITTING = """# how it sits
name hat
x_scale 0 1 2.0
z_scale 0 1 4.0
y_scale 0 1 1.0
verts 0
material hat.mhmat
0 1 2 0.5 0.25 0.25 1.0 2.0 3.0
2
delete_verts
5 - 7
"""


def test_a_fitting_follows_the_body(tmp_path):
    body = np.array([[0.0, 0, 0], [4, 1, 2], [0, 4, 0]])
    fitting = read_fitting(write(tmp_path, FITTING, "hat.mhclo"))
    # Distances 4, 1, 2 over 2, 1, 4: offsets times 2, 1, 0.5.
    first = np.array([1.0 + 2, 0.25 + 1 + 2, 0.5 + 1.5])
    np.testing.assert_allclose(fitting.on(body), [first, [0, 4, 0]])


@pytest.mark.parametrize("text", ["", "verts 0\n1 2 3", FITTING.replace("y_scale", "y")])
def test_a_file_that_is_not_a_fitting_raises(tmp_path, text):
    with pytest.raises(UserError, match="not a MakeHuman fitting"):
        read_fitting(write(tmp_path, text, "hat.mhclo"))
