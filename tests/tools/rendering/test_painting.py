"""Backdrops, light, cloth, strands and textures, judged by what they must show."""

from pathlib import Path

import numpy as np
import pytest

from tools.rendering.backdrops import Backdrops
from tools.rendering.hair import StrandRecipe, along_brow, around_crown, strand_surface
from tools.rendering.lights import draw_sky
from tools.rendering.recipes import BACKDROPS, HEIGHT, LIGHTS, WIDTH
from tools.rendering.skin import SkinRecipe, beard_area, eye_uv, paint_eye
from tools.rendering.texture_maps import noise, paint_cloth, rough_noise, smooth_step, texel_map
from tools.rendering.things import loose_things, room
from tools.rendering.wavefront import Topology

PHOTOGRAPHS = sorted((Path(__file__).resolve().parents[3] / "data" / "photographs").glob("*.jpg"))


def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("kind", BACKDROPS)
def test_the_same_seed_gives_the_same_backdrop(kind):
    backdrops = Backdrops(PHOTOGRAPHS[:2])
    image = backdrops.paint(kind, rng())
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.float32
    assert 0 <= image.min() <= image.max() <= 1
    assert image.std() > 0.005
    assert (backdrops.paint(kind, rng()) == image).all()


def test_backdrops_need_no_photographs():
    assert Backdrops([]).paint("texture", rng()).std() > 0.01


@pytest.mark.parametrize("kind", LIGHTS)
def test_a_sky_gives_light_from_everywhere_and_most_from_above(kind):
    sky = draw_sky(kind, rng())
    assert sky.shape == (32, 64, 3)
    assert sky.min() > 0
    assert sky[:16].mean() > sky[16:].mean()


def test_cloth_has_mostly_its_color():
    color = (0.2, 0.5, 0.7)
    cloths = [paint_cloth(color, np.random.default_rng(seed)) for seed in range(12)]
    assert all(cloth.shape == (128, 128, 3) for cloth in cloths)
    nearest = min(np.abs(cloth.mean(axis=(0, 1)) / 255 - color).max() for cloth in cloths)
    assert nearest < 0.02


def test_strands_end_where_there_is_no_hair():
    y, x = np.mgrid[0:1:64j, 0:1:64j]
    places = np.stack([x * 0.1, y * 0.01, 0 * x], axis=-1)
    recipe = StrandRecipe((0.4, 0.3, 0.2), 0.8, 1)
    surface = strand_surface(places, x * 2, recipe, 0.0, rng())
    assert surface.opacity[:, 0].max() == 0
    assert surface.opacity[:, -1].min() == 1
    thin = strand_surface(places, x * 2, recipe, 1.0, rng())
    assert thin.opacity.mean() < surface.opacity.mean()


def test_strands_run_down_from_the_crown_and_lean_out_of_the_brow():
    hanging = np.array([[0.1, 0.0, -0.085], [0.1, -0.1, -0.085]])
    beside = np.array([[0.1, 0.0, -0.085], [0.09, 0.0, -0.04]])
    for_hair = [np.abs(np.diff(around_crown(p), axis=0)).sum() for p in (hanging, beside)]
    assert for_hair[0] < for_hair[1]
    left, right = along_brow(np.array([[-0.03, 0.01, 0.0], [0.03, 0.01, 0.0]]))
    np.testing.assert_allclose(left, right)


def test_beards_grow_on_the_chin_and_not_on_the_forehead_or_nose():
    chin, cheek, forehead, nose = (
        beard_area(np.array([place], np.float32))[0]
        for place in (
            (0, -0.105, 0.0), (0.06, 0.0, -0.02), (0, 0.05, 0.0), (0, -0.04, 0.028)
        )
    )  # fmt: skip
    assert chin > 0.8
    assert max(cheek, forehead, nose) < 0.05


def skin(**changes):
    plain = {
        **{"seed": 1, "tone": 0.3, "warmth": 0.0, "redness": 0.5, "age": 0.3, "freckles": 0.0},
        **{"lips": 0.5, "shave": -1.0, "scalp": 0.0, "hair": (0.1, 0.1, 0.1), "brows": 0.8},
        **{"iris": (0.3, 0.4, 0.5)},
    }
    return SkinRecipe(**(plain | changes))


def test_skin_gets_darker_with_its_tone_and_stays_redder_than_blue():
    bases = np.array([skin(tone=tone).base for tone in (0, 0.25, 0.5, 0.75, 1)])
    assert (np.diff(bases.mean(axis=1)) < 0).all()
    assert (bases[:, 0] > bases[:, 2]).all()


def test_an_eye_has_a_dark_pupil_and_a_white():
    eye = paint_eye(skin(), (0.0, 0.0))
    middle, edge = eye[80, 80], eye[80, 4]
    assert middle.max() < 20
    assert edge.min() > 150
    aside = paint_eye(skin(), (0.004, 0.0))
    dark = np.argwhere(aside.max(axis=-1) < 20).mean(axis=0)
    np.testing.assert_allclose(dark, [80, 100], atol=3)  # 4 mm of 16 are 20 of 80 texels


def test_the_texture_of_an_eye_is_mapped_along_its_axis():
    x, y = np.meshgrid([-1.0, 0, 1], [-1.0, 0, 1])
    ball = np.stack([x.ravel() + 5, y.ravel() - 2, -np.hypot(x, y).ravel()], axis=1)
    uv = eye_uv(ball)
    np.testing.assert_allclose(uv[4], [0.5, 0.5])
    np.testing.assert_allclose(uv[5], [1.0, 0.5])


def square():
    vertices = np.array([[0.0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0]])
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    return vertices, Topology(np.arange(4), uv, triangles, np.array(["a", "a"]))


def test_texels_have_their_positions():
    vertices, topology = square()
    texels = texel_map(topology, vertices, 10, 20)
    assert texels.inside.all()
    np.testing.assert_allclose(texels.points[0, 0], [0.05, 0.95, 0], atol=1e-6)
    np.testing.assert_allclose(texels.points[9, 19], [1.95, 0.05, 0], atol=1e-6)


def test_texels_have_their_distance_from_the_edge():
    vertices, topology = square()
    texels = texel_map(topology, vertices, 20, 40)
    middle, corner = texels.edge[10, 20], texels.edge[0, 0]
    assert middle == pytest.approx(0.5, abs=0.06)
    assert corner < 0.1


def test_texels_outside_have_the_position_of_their_nearest_neighbor():
    vertices, topology = square()
    half = Topology(topology.vertex, topology.uv * [0.5, 1], topology.triangles, topology.groups)
    texels = texel_map(half, vertices, 10, 20)
    assert not texels.inside[:, 12:].any()
    np.testing.assert_allclose(texels.points[5, 19], texels.points[5, 10], atol=0.05)


def test_noise_is_smooth_bounded_and_repeats_with_its_seed():
    line = np.stack([np.linspace(0, 1, 500)] + [np.zeros(500)] * 2, axis=-1).astype(np.float32)
    values = noise(line, 0.1, rng())
    assert np.abs(values).max() <= 1
    assert np.abs(np.diff(values)).max() < 0.05
    assert (noise(line, 0.1, rng()) == values).all()
    assert np.abs(rough_noise(line, 0.1, rng())).max() <= 1.001


def test_smooth_steps_have_the_values_worked_out_by_hand():
    value = np.array([-1.0, 0, 0.25, 0.5, 1, 2])
    np.testing.assert_allclose(smooth_step(value, 0, 1), [0, 0, 0.15625, 0.5, 1, 1])
    np.testing.assert_allclose(smooth_step(value, 1, 0), [1, 1, 0.84375, 0.5, 0, 0])


def test_a_room_and_loose_objects_are_behind_the_heads():
    parts = {part.name: part for part in room(2.0, rng())}
    assert {"wall", "floor", "side"} <= set(parts)
    assert parts["wall"].vertices[:, 2].mean() < -2.0
    assert parts["floor"].vertices[:, 1].max() < -0.8
    things = loose_things(5, 2.0, 500.0, rng())
    assert len(things) == 5
    assert all(np.linalg.norm(part.vertices.mean(axis=0)) > 1.7 for part in things)
