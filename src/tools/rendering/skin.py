"""Painted skin, lips, brows, stubble and eyes of one head.

The painting depends on the position of a texel on an average head, in meters in the head's frame,
so that it fits every head. The masks of lips, ears and eyelids come with MakeHuman's data (CC0).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from tools.rendering.anatomy import hairline
from tools.rendering.bodies import BodyModel
from tools.rendering.texture_maps import noise, rough_noise, smooth_step, texel_map
from tools.rendering.wavefront import Topology

HEIGHT, WIDTH = 840, 466  # texels of the head's part of the texture
_LOW, _HIGH = np.array([0.605, 0.14]), np.array([1.0, 0.852])  # its corners in the base mesh's uv
_EYE_SIDE, _EYE_REACH = 160, 0.016  # texels of an eye's texture; meters from its axis to its rim
# Skin from lightest to darkest, sRGB.
_TONES = np.array(
    [
        *((0.95, 0.82, 0.75), (0.90, 0.73, 0.63), (0.82, 0.62, 0.50)),
        *((0.68, 0.48, 0.36), (0.50, 0.33, 0.24), (0.33, 0.215, 0.16)),
    ]
)


@dataclass(frozen=True)
class SkinRecipe:
    """The appearance of a skin; all strengths are 0..1.

    Attributes:
        seed: Seed of all details.
        tone: 0 lightest .. 1 darkest.
        warmth: -1 bluish .. 1 yellowish.
        redness: Redness of cheeks, nose and ears.
        age: Strength of wrinkles and spots.
        freckles: Strength of the freckles.
        lips: How much redder the lips are than the skin.
        shave: -1 no beard grows, 0 clean shaven, 1 stubble of some days.
        scalp: Density of the roots of the hair, 0 bald.
        hair: sRGB of brows, stubble and roots.
        brows: Density of the brows.
        iris: sRGB.
    """

    seed: int
    tone: float
    warmth: float
    redness: float
    age: float
    freckles: float
    lips: float
    shave: float
    scalp: float
    hair: tuple[float, float, float]
    brows: float
    iris: tuple[float, float, float]

    @property
    def base(self) -> np.ndarray:
        """(3,) sRGB 0..1, the color of plain skin."""
        at = self.tone * (len(_TONES) - 1)
        color = np.array([np.interp(at, range(len(_TONES)), _TONES[:, i]) for i in range(3)])
        return np.clip(color + self.warmth * np.array([0.012, 0.0, -0.025]), 0.02, 1)


class SkinPainter:
    """Paints heads of one base mesh.

    Attributes:
        head: The part of the base mesh that the texture covers, its uv in 0..1.
        rest: The other skin: neck, trunk, limbs.
        cavities: The inside of mouth and eye sockets.
        texels: The positions of the texels on an average head.
        lips: (H, W) float32 0..1, the lips and their rim.

    Args:
        model: The base mesh.
        body: (19158, 3) an average body in its head's frame.
    """

    def __init__(self, model: BodyModel, body: np.ndarray) -> None:
        skin = model.topology.part(model.topology.groups == "body")
        middle = skin.uv[skin.triangles].mean(axis=1)
        lowest = body[skin.vertex[skin.triangles], 1].min(axis=1)
        on_head = ((middle > _LOW) & (middle < _HIGH)).all(axis=1) & (lowest > -0.4)
        head = skin.part(on_head)
        uv = (head.uv - _LOW) / (_HIGH - _LOW)
        self.head = Topology(head.vertex, uv.astype(np.float32), head.triangles, head.groups)
        hollow = ~on_head & (
            ((middle > (0.74, 0.0)) & (middle < (0.94, 0.145))).all(axis=1)
            | ((middle > (0.0, 0.53)) & (middle < (0.16, 0.65))).all(axis=1)
        )
        self.cavities = skin.part(hollow)
        self.rest = skin.part(~on_head & ~hollow)

        self.texels = texel_map(self.head, body, HEIGHT, WIDTH)
        folder = model.data / "mpfb2" / "textures"
        lips, ears, lids = (
            _mask(folder / f"mpfb_{name}.jpg") for name in ("lips", "ears", "eyelids")
        )
        self.lips = cv2.dilate(lips, np.ones((5, 5)))
        beard = beard_area(self.texels.points) * (1 - self.lips)
        self._fields = {
            step: _Fields(
                *(field[::step, ::step] for field in (self.texels.points, lips, ears, lids, beard))
            )
            for step in (1, 2)
        }

    def paint(self, recipe: SkinRecipe, brows: bool, step: int = 1) -> np.ndarray:
        """The head's texture.

        Args:
            recipe: The appearance of the skin.
            brows: Whether to paint brows, for heads without meshes of them.
            step: 2 paints at half the resolution.

        Returns:
            (840, 466, 3) uint8 sRGB, or half of that in each dimension.
        """
        return self._fields[step].paint(recipe, brows)


class _Fields:
    """The positions of the texels and the masks at them; all (H, W, ...) float32."""

    def __init__(self, points, lips, ears, lids, beard) -> None:
        self._points, self._lips, self._ears, self._lids = points, lips, ears, lids
        self._beard = beard
        self._x, self._y, self._z = np.moveaxis(points, -1, 0)
        self._hairline = hairline(points)

    def paint(self, recipe: SkinRecipe, brows: bool) -> np.ndarray:
        rng = np.random.default_rng(recipe.seed)
        points, y, z = self._points, self._y, self._z
        color = np.empty((*y.shape, 3), np.float32)
        color[:] = recipe.base
        front = smooth_step(z, -0.09, -0.05)
        shade = 0.035 * rough_noise(points, 0.02, rng, 4) + 0.02 * noise(points, 0.0012, rng)
        color *= 1 + (front * shade)[..., None]

        blood = self._around((0.036, -0.045), 0.018) + 0.8 * self._around((0, -0.042), 0.012)
        blood = (blood + 0.5 * self._around((0, -0.105), 0.015)) * front + 0.8 * self._ears
        blood *= 1 + 0.5 * noise(points, 0.012, rng)
        color *= 1 + recipe.redness * blood[..., None] * np.array([0.04, -0.16, -0.13], np.float32)
        if recipe.freckles > 0.05:
            spots = smooth_step(noise(points, 0.0025, rng), 0.55, 0.75) * front
            spots *= smooth_step(y, -0.09, -0.03) * smooth_step(y, 0.03, 0.0)
            color *= 1 - recipe.freckles * 0.3 * spots[..., None] * np.array([0.4, 0.8, 1.0])
        moles = smooth_step(noise(points, 0.006, rng), 0.93, 0.96) * front
        color *= 1 - 0.45 * moles[..., None]
        color *= 1 - (self._lines(recipe, rng) * front)[..., None] * np.array([0.7, 1.0, 1.1])
        under_eyes = self._around((0.032, -0.02), 0.011)
        tired = 0.10 + 0.14 * recipe.age
        color *= 1 - tired * under_eyes[..., None] * np.array([0.8, 1.0, 0.9], np.float32)
        color *= 1 - 0.12 * self._lids[..., None] * np.array([0.8, 1.0, 1.0], np.float32)

        red = recipe.base * np.array([0.88, 0.56, 0.58]) + np.array([0.02, 0.0, 0.01])
        lips = recipe.base * (1 - recipe.lips) + red * recipe.lips
        creases = 1 + 0.06 * noise(points, (0.0012, 0.02, 0.02), rng)
        weight = (0.9 * self._lips)[..., None]
        color = color * (1 - weight) + weight * lips * creases[..., None]

        if recipe.shave >= 0:
            grain = 0.65 + 0.35 * noise(points, 0.0009, rng) + 0.15 * noise(points, 0.01, rng)
            pale = float(np.mean(recipe.hair))  # white stubble shows little
            weight = self._beard * grain * (0.12 + 0.55 * recipe.shave) * (1 - 0.75 * pale)
            weight = np.clip(weight, 0, 0.85)[..., None]
            color = color * (1 - weight) + weight * (0.8 * np.array(recipe.hair) + 0.03)
        if recipe.scalp > 0:
            edge = self._hairline + 0.004 * noise(points, 0.004, rng)
            roots = smooth_step(edge, 0.0, 0.012) * (0.82 + 0.18 * noise(points, 0.0012, rng))
            weight = np.clip(roots * recipe.scalp, 0, 0.95)[..., None]
            color = color * (1 - weight) + weight * (0.85 * np.array(recipe.hair))
        if brows:
            weight = (self._brows(rng) * recipe.brows)[..., None]
            color = color * (1 - weight) + weight * np.array(recipe.hair)
        return np.rint(255 * np.clip(color, 0, 1)).astype(np.uint8)

    def _around(self, place: tuple[float, float], reach: float) -> np.ndarray:
        """A soft spot on each side of the front of the face, 0..1."""
        square = (np.abs(self._x) - place[0]) ** 2 + (self._y - place[1]) ** 2
        return np.exp(-square / (2 * reach**2)) * smooth_step(self._z, -0.04, -0.01)

    def _lines(self, recipe: SkinRecipe, rng: np.random.Generator) -> np.ndarray:
        """Wrinkles of forehead, eyes and mouth, 0 none .. 1 black."""
        x, y = np.abs(self._x), self._y
        bent = y + 0.004 * noise(self._points, 0.03, rng)
        forehead = np.clip(np.sin(bent * 2 * np.pi / 0.011), 0, 1) ** 6
        forehead *= smooth_step(y, 0.022, 0.032) * smooth_step(y, 0.07, 0.05)
        crow = np.clip(np.sin((bent + 0.5 * (x - 0.05) * np.sign(y)) * 2 * np.pi / 0.005), 0, 1)
        crow = crow**4 * self._around((0.058, -0.003), 0.007)
        # From the wing of the nose down past the corner of the mouth.
        along = smooth_step(y, -0.036, -0.045) * smooth_step(y, -0.09, -0.075)
        fold = np.exp(-(((x - 0.0205 - (-0.04 - y) * 0.38) / 0.0017) ** 2)) * along
        old = recipe.age
        return 0.14 * old * forehead + 0.12 * old * crow + (0.05 + 0.16 * old) * fold

    def _brows(self, rng: np.random.Generator) -> np.ndarray:
        x, y = np.abs(self._x), self._y
        middle = np.interp(x, [0.012, 0.03, 0.046, 0.062], [0.0105, 0.0155, 0.0165, 0.009])
        half = np.interp(x, [0.010, 0.016, 0.04, 0.062], [0.0028, 0.0040, 0.0032, 0.0008])
        strokes = noise(self._points, (0.0010, 0.005, 0.01), rng)
        shape = smooth_step(np.abs(y - middle) - 0.001 * strokes, half, half - 0.0025)
        shape *= smooth_step(x, 0.009, 0.014) * smooth_step(x, 0.064, 0.056)
        return shape * (0.75 + 0.35 * strokes) * (self._z > -0.045)


def beard_area(points: np.ndarray) -> np.ndarray:
    """(..., 3) on an average head -> 0..1, where a beard grows: lip, chin, jaw and cheeks."""
    x, y, z = np.moveaxis(points, -1, 0)
    jaw = smooth_step(y, -0.055, -0.07) * smooth_step(z, -0.075, -0.055)
    jaw *= smooth_step(y, -0.165, -0.14)
    moustache = smooth_step(y, -0.048, -0.056) * smooth_step(np.abs(x), 0.034, 0.026)
    sides = smooth_step(np.abs(x), 0.05, 0.058) * smooth_step(y, -0.01, -0.02)
    sides *= smooth_step(z, -0.09, -0.08) * smooth_step(z, -0.045, -0.06)
    nostrils = smooth_step(y, -0.053, -0.057)
    cheeks = smooth_step(y + 0.35 * (np.abs(x) - 0.035), -0.062, -0.074)
    return np.maximum(jaw * np.maximum(cheeks, moustache), sides) * nostrils * (z < 0.05)


def _mask(path) -> np.ndarray:
    """(H, W) float32 0..1, a mask of MakeHuman's data over the head's part of the texture."""
    whole = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    height, width = whole.shape
    left, right = round(_LOW[0] * width), round(_HIGH[0] * width)
    top, bottom = round((1 - _HIGH[1]) * height), round((1 - _LOW[1]) * height)
    part = cv2.resize(whole[top:bottom, left:right], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(part.astype(np.float32) / 255, (0, 0), 1.2)
    return np.where(soft < 0.04, 0, soft).astype(np.float32)  # JPEG leaves faint ghosts


def eye_uv(vertices: np.ndarray) -> np.ndarray:
    """(N, 3) vertices of one eye, in the head's frame at rest -> (N, 2), seen along its axis."""
    center = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    reach = np.abs(vertices - center)[:, :2].max()
    return (vertices - center)[:, :2] / reach / 2 + 0.5


def paint_eye(recipe: SkinRecipe, gaze: tuple[float, float]) -> np.ndarray:
    """(160, 160, 3) uint8 sRGB, an eye seen along its axis.

    Args:
        recipe: The recipe of the head, for its colors.
        gaze: Shift of the iris in meters, x and y up.
    """
    rng = np.random.default_rng((recipe.seed, 1))
    at = (np.arange(_EYE_SIDE) + 0.5) / _EYE_SIDE * 2 - 1
    x, y = np.meshgrid(at * _EYE_REACH, -at * _EYE_REACH)
    points = np.stack([x, y, np.zeros_like(x)], axis=-1).astype(np.float32)
    white = np.array([0.90, 0.87, 0.84]) - 0.05 * recipe.tone * np.array([0.5, 1.0, 1.5])
    veins = smooth_step(np.abs(noise(points, 0.003, rng)), 0.05, 0.0)
    rim = np.hypot(x, y) / _EYE_REACH
    color = white * (1 - 0.08 * (veins * rim)[..., None] * np.array([0.1, 1, 1]))
    across, up = x - gaze[0], y - gaze[1]
    radius, angle = np.hypot(across, up), np.arctan2(up, across)
    size, pupil = 0.0062 + 0.0003 * rng.normal(), rng.uniform(0.0018, 0.003)
    rays = noise(np.stack([np.cos(angle), np.sin(angle), radius * 60], -1) * 2, 0.12, rng)
    iris = np.array(recipe.iris) * (1 + 0.35 * rays)[..., None]
    iris = iris * (1 - 0.75 * smooth_step(radius, 0.72 * size, size))[..., None]
    iris = np.where((radius < pupil)[..., None], 0.015, iris)
    weight = smooth_step(radius, size + 0.0003, size - 0.0003)[..., None]
    color = color * (1 - weight) + iris * weight
    return np.rint(255 * np.clip(color, 0, 1)).astype(np.uint8)
