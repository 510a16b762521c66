"""Glasses, caps, masks and objects in front of a face, in the head's frame at rest, in meters."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tools.rendering.anatomy import hairline
from tools.rendering.parts import Part, Surface, ball, box, sheet, tube, turned
from tools.rendering.texture_maps import smooth_step
from tools.rendering.wavefront import Topology

_LEFT_EYE, _RIGHT_EYE = 7, 10
_INNER_BROWS = (2, 3)
_LEFT_EAR, _RIGHT_EAR = 12, 16
_LENS_CLEAR, _LENS_DARK = 0.05, (0.78, 0.96)  # opacity
_CLEAR = 0.002  # minimum distance in meters of a smoothed layer from the skin
_MARGIN = 0.003  # meters of a layer's mesh beyond its outline
FABRICS = (
    *((0.08, 0.08, 0.09), (0.55, 0.08, 0.10), (0.12, 0.2, 0.42), (0.75, 0.73, 0.7)),
    *((0.32, 0.32, 0.33), (0.2, 0.33, 0.2), (0.72, 0.55, 0.16)),
)
HAT_LINE = {"beanie": -0.004, "cap": 0.002, "fedora": 0.008, "fedora_cocked": 0.008}


@dataclass(frozen=True, eq=False)
class HeadSkin:
    """The skin of a head, the base of caps and masks.

    Attributes:
        topology: Topology of the skin.
        vertices: (V, 3) vertices of this head.
        normals: (V, 3) vertex normals of this head.
        average: (V, 3) the same vertices on an average head, which define outlines.
        texels: (H, W, 3) the positions of the texels on an average head.
    """

    topology: Topology
    vertices: np.ndarray
    normals: np.ndarray
    average: np.ndarray
    texels: np.ndarray

    def layer(
        self,
        name: str,
        above: Callable[[np.ndarray], np.ndarray],
        thickness: np.ndarray | float,
        surface: Surface,
        smoothing: int,
    ) -> Part:
        """A layer over a part of the skin.

        Args:
            name: Name of the part.
            above: From (..., 3) on an average head to meters inside the layer's outline.
            thickness: (V,) or a single distance from the skin in meters.
            surface: Its appearance; its opacity is replaced by the outline.
            smoothing: Number of smoothing iterations.
        """
        inside = above(self.average) > -_MARGIN
        chosen = inside[self.topology.triangles].any(axis=1)
        part = self.topology.part(chosen)
        used = np.unique(self.topology.triangles[chosen])
        lift = np.broadcast_to(thickness, len(self.vertices))[used, None]
        lifted = self.vertices[used] + self.normals[used] * lift
        outline = smooth_step(above(self.texels), 0.0, 0.0012).astype(np.float32)
        if smoothing:
            held = above(self.average[used]) < _MARGIN
            lifted = smoothed(lifted, part.triangles, smoothing, held)
            # Where smoothing cut off a part of the face, the layer is lifted over it.
            clear = ((lifted - self.vertices[used]) * self.normals[used]).sum(axis=1)
            lifted += self.normals[used] * np.maximum(_CLEAR - clear, 0)[:, None]
        return Part(name, lifted, part.triangles, part.uv, replace(surface, opacity=outline))


def smoothed(
    vertices: np.ndarray, triangles: np.ndarray, times: int, held: np.ndarray
) -> np.ndarray:
    """(V, 3) vertices, each repeatedly moved to the mean of its neighbors, except those `held`."""
    _, first, same = np.unique(
        np.round(vertices, 7), axis=0, return_index=True, return_inverse=True
    )
    same, points, held = same.ravel(), vertices[first], held[first]
    edges = same[triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)]
    edges = np.concatenate([edges, edges[:, ::-1]])
    count = np.maximum(np.bincount(edges[:, 0], minlength=len(points)), 1)[:, None]
    start = points[held]
    for _ in range(times):
        sums = [
            np.bincount(edges[:, 0], points[edges[:, 1], axis], len(points)) for axis in range(3)
        ]
        points = np.stack(sums, axis=1) / count
        points[held] = start
    return points[same]


def glasses(landmarks: np.ndarray, dark: bool, rng: np.random.Generator) -> list[Part]:
    """Frame, temples and lenses of glasses on a head.

    Args:
        landmarks: (21, 3) landmarks of the head.
        dark: Whether they are sunglasses.
        rng: The source of randomness.
    """
    half = np.array([rng.uniform(0.023, 0.029), rng.uniform(0.016, 0.024)])
    bulge = rng.uniform(2.0, 4.5)  # 2 an ellipse, more a rectangle
    thick = rng.uniform(0.0008, 0.0024)
    plane = landmarks[list(_INNER_BROWS), 2].max() + 0.006
    low = rng.uniform(-0.007, -0.002)
    dye = FABRICS[rng.integers(len(FABRICS))] if rng.random() < 0.4 else (0.05, 0.05, 0.055)
    metal = rng.random() < 0.35
    frame = Surface(dye, roughness=0.3, specular=0.9 if metal else 0.5)
    tint = (0.06, 0.055, 0.05) if dark else (0.85, 0.92, 0.95)
    opacity = float(rng.uniform(*_LENS_DARK)) if dark else _LENS_CLEAR
    lens = Surface(tint, opacity, roughness=0.06, specular=0.9)
    parts = []
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    cos, sin = np.cos(angle), np.sin(angle)
    curve = np.stack(
        [np.sign(cos) * np.abs(cos) ** (2 / bulge), np.sign(sin) * np.abs(sin) ** (2 / bulge)], 1
    )
    for number, (eye, ear) in enumerate(((_LEFT_EYE, _LEFT_EAR), (_RIGHT_EYE, _RIGHT_EAR))):
        side = -1 if number == 0 else 1
        middle = landmarks[eye, :2] + (side * 0.002, low)
        flat = middle + curve * half

        def bent(points: np.ndarray) -> np.ndarray:
            back = 6.0 * np.maximum(np.abs(points[:, :1]) - 0.02, 0) ** 2
            return np.concatenate([points, plane - back], axis=1)

        rim = bent(flat)
        vertices, triangles = tube(rim, thick, closed=True)
        parts.append(Part(f"rim{number}", vertices, triangles, None, frame))
        fan = np.concatenate([bent(middle[None]), rim])
        ring = np.arange(40)
        fans = np.stack([np.zeros(40, int), ring + 1, (ring + 1) % 40 + 1], axis=1)
        parts.append(Part(f"lens{number}", fan, fans, None, lens))
        hinge = bent(middle[None] + half * (side, 0.35))[0]
        lobe = landmarks[ear]
        wide = side * (np.abs(lobe[0]) + 0.002)
        path = [hinge, (wide, 0.006, hinge[2] - 0.03), (wide, 0.008, lobe[2] + 0.03)]
        path += [(wide, 0.004, lobe[2] + 0.012), (wide * 0.98, -0.012, lobe[2] + 0.002)]
        vertices, triangles = tube(np.array(path), thick)
        parts.append(Part(f"temple{number}", vertices, triangles, None, frame))
    inner = [landmarks[eye, 0] + s * (half[0] - 0.001) for eye, s in ((7, 1), (10, -1))]
    bridge = np.array(
        [(inner[0], 0.004, plane), (0, 0.007, plane + 0.002), (inner[1], 0.004, plane)]
    )
    vertices, triangles = tube(bridge, thick)
    parts.append(Part("bridge", vertices, triangles, None, frame))
    return parts


def cap(skin: HeadSkin, kind: str, rng: np.random.Generator) -> list[Part]:
    """A knitted cap (`beanie`) or one with a peak (`cap`)."""
    dye = np.array(FABRICS[rng.integers(len(FABRICS))])
    cloth = Surface(tuple(dye), roughness=0.9, specular=0.1)

    def above(points: np.ndarray) -> np.ndarray:
        return hairline(points) - HAT_LINE[kind]

    over = np.maximum(above(skin.average), 0)
    thickness = np.minimum(0.007 + 0.25 * over, rng.uniform(0.011, 0.018))
    parts = [skin.layer(kind, above, thickness, cloth, 8)]
    if kind == "cap":
        shell = parts[0].vertices
        front = shell[(np.abs(shell[:, 0]) < 0.025) & (shell[:, 2] > shell[:, 2].max() - 0.04)]
        base, depth = front[:, 1].min() + 0.008, front[:, 2].max()
        angle = np.linspace(-1.05, 1.05, 17)
        reach = rng.uniform(0.055, 0.075)
        rows = []
        for out in np.linspace(0, 1, 6):
            wide = 0.074 + 0.012 * out
            z = depth - 0.075 * (1 - np.cos(angle)) - 0.012 + out * reach * np.cos(angle) ** 0.5
            y = base - 0.010 * out - 0.012 * (np.sin(angle) ** 2)
            rows.append(np.stack([wide * np.sin(angle), y, z], axis=1))
        triangles, uv = sheet(6, 17)
        peak = Surface(tuple(0.8 * dye), roughness=0.8, specular=0.15)
        parts.append(Part("peak", np.concatenate(rows), triangles, uv, peak))
    return parts


def mask(skin: HeadSkin, rng: np.random.Generator) -> Part:
    """A face mask from the bridge of the nose to under the chin."""

    def above(points: np.ndarray) -> np.ndarray:
        x, y, z = np.abs(points[..., 0]), points[..., 1], points[..., 2]
        top = -0.026 - 0.30 * np.maximum(x - 0.012, 0)
        return np.minimum(np.minimum(top - y, y + 0.128), np.minimum(z + 0.05, 0.066 - x))

    color = [(0.62, 0.78, 0.86), (0.93, 0.94, 0.94), (0.07, 0.07, 0.08), (0.5, 0.35, 0.4)]
    cloth = Surface(color[rng.integers(4)], roughness=0.95, specular=0.05)
    thickness = 0.003 + 0.004 * smooth_step(skin.average[:, 2], -0.05, 0.0)
    return skin.layer("mask", above, thickness, cloth, 14)


def cover(kind: str, landmarks: np.ndarray, rng: np.random.Generator) -> list[Part]:
    """An object in front of the face.

    Args:
        kind: One of `recipes.COVERS`, other than "none", "mask" and "hand".
        landmarks: (21, 3) landmarks of the head.
        rng: The source of randomness.
    """
    dye = FABRICS[rng.integers(len(FABRICS))]
    surface = Surface(dye, roughness=rng.uniform(0.2, 0.8), specular=0.4)
    turn = turned(*rng.normal(0, 0.3, 3))
    mouth = landmarks[18]
    front = landmarks[14, 2]
    if kind == "microphone":
        at = np.array([rng.normal(0, 0.015), mouth[1] - 0.02, front + 0.03])
        path = np.array([at, at + turn @ [0.02, -0.2, 0.05]])
        grip = tube(path, 0.012, sides=12)
        return [
            Part("microphone", *ball(at, 0.024), None, Surface((0.25, 0.25, 0.26), roughness=0.6)),
            Part("grip", *grip, None, Surface((0.06, 0.06, 0.06), roughness=0.4)),
        ]
    if kind == "ball":
        radius = rng.uniform(0.035, 0.07)
        side = rng.choice([-1, 1])
        at = np.array([side * rng.uniform(0.03, 0.07), mouth[1] + rng.normal(0, 0.03), 0])
        at[2] = front + radius * 0.8
        return [Part("ball", *ball(at, radius), None, surface)]
    if kind == "cup":
        at = np.array([rng.normal(0, 0.012), mouth[1] - 0.03, front + 0.025])
        path = np.array([at - turn @ [0, 0.045, 0], at + turn @ [0, 0.045, 0]])
        return [Part("cup", *tube(path, 0.036, sides=24, lid=True), None, surface)]
    sizes = {"phone": (0.074, 0.15, 0.008), "book": (0.15, 0.21, 0.02)}
    low = mouth[1] + (rng.uniform(-0.03, 0.05) if kind == "phone" else rng.uniform(-0.1, -0.03))
    at = np.array([rng.normal(0, 0.03), low, front + rng.uniform(0.03, 0.06)])
    vertices, triangles, uv = box(at, np.array(sizes[kind]), turn)
    return [Part(kind, vertices, triangles, uv, surface)]


def held_hand(hand: Part, landmarks: np.ndarray, rng: np.random.Generator) -> Part:
    """A hand in front of the face.

    Args:
        hand: The left hand, fingers along +y, palm to -z, its center at the origin.
        landmarks: (21, 3) landmarks of the head.
        rng: The source of randomness.
    """
    spot = int(rng.choice([18, 20, 14, 7, 10, 1, 4, 17, 19]))
    at = landmarks[spot] + (rng.normal(0, 0.012), rng.normal(0, 0.012), rng.uniform(0.02, 0.035))
    at[2] = max(at[2], landmarks[14, 2] - abs(at[0]) * 0.5)
    side = rng.choice([-1, 1])  # the arm comes from below, or from the side
    turn = turned(rng.normal(0, 0.15), rng.normal(0, 0.25), side * rng.uniform(0.1, 1.1))
    mirrored = hand.vertices * ((1, 1, 1) if side > 0 else (-1, 1, 1))
    triangles = hand.triangles if side > 0 else hand.triangles[:, ::-1]
    return Part("hand", mirrored @ turn.T + at, triangles, hand.uv, hand.surface)
