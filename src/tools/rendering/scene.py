"""A lit scene, its rendering and the visibility of points in it (Mitsuba 3).

The camera stands at the origin, looks along -z, x to the right and y up; lengths are meters.
"""

from collections.abc import Sequence
from functools import cache
from types import ModuleType

import numpy as np

from tools.rendering.bodies import missing_packages
from tools.rendering.exposure import srgb_to_linear
from tools.rendering.parts import Part, Surface

SAMPLES = 12  # for each pixel, before denoising
# Every layer of hair that a path crosses counts as one step; paths that run out of steps leave
# black specks at hairlines.
DEPTH, ROULETTE_DEPTH = 24, 6
_NEAR = 3e-4  # meters in front of a point, so that its own surface does not hide it


@cache
def mitsuba() -> ModuleType:
    """The renderer, in the variant that starts without compilation on every machine.

    Raises:
        UserError: It is not installed.
    """
    try:
        import mitsuba
    except ImportError as error:
        raise missing_packages(error) from error
    import drjit

    mitsuba.set_variant("scalar_rgb")
    drjit.set_thread_count(1)  # one process for each core is faster than threads
    mitsuba.Thread.thread().logger().set_log_level(mitsuba.LogLevel.Error)
    return mitsuba


class Scene:
    """Meshes, an environment map that lights them, and a camera.

    Args:
        parts: The meshes.
        sky: (H, 2H, 3) linear light from all directions, its center behind the camera; it is not
            visible itself.
        focal: Focal length in pixels.
        width: Width of the image in pixels.
        height: Height of the image in pixels.
    """

    def __init__(
        self, parts: Sequence[Part], sky: np.ndarray, focal: float, width: int, height: int
    ) -> None:
        mi = mitsuba()
        scene = {"type": "scene"}
        scene["integrator"] = {
            "type": "volpath",
            "max_depth": DEPTH,
            "rr_depth": ROULETTE_DEPTH,
            "hide_emitters": True,
        }
        scene["sensor"] = {
            "type": "perspective",
            "fov": float(np.degrees(2 * np.arctan(width / 2 / focal))),
            "fov_axis": "x",
            "near_clip": 0.01,
            "far_clip": 100.0,
            "to_world": mi.ScalarTransform4f().look_at([0, 0, 0], [0, 0, -1], [0, 1, 0]),
            "film": {
                "type": "hdrfilm",
                "width": width,
                "height": height,
                "pixel_format": "rgba",
                "component_format": "float32",
                "rfilter": {"type": "box"},
            },
            "sampler": {"type": "multijitter", "sample_count": SAMPLES},
        }
        scene["sky"] = {
            "type": "envmap",
            "bitmap": mi.Bitmap(np.ascontiguousarray(sky, np.float32)),
        }
        for number, part in enumerate(parts):
            scene[f"part{number}"] = _mesh(mi, part)
        # Mitsuba names a shape by its key in the scene.
        self._sheer = {f"part{number}" for number, part in enumerate(parts) if not part.hides}
        self._scene = mi.load_dict(scene)

    def render(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """(H, W, 3) linear light multiplied by the coverage, and (H, W) the coverage, 0..1."""
        mi = mitsuba()
        image = np.array(mi.render(self._scene, seed=seed), np.float32)
        color = np.nan_to_num(image[..., :3], posinf=50.0)
        color = np.minimum(color, 50.0)  # single bright paths, which no denoiser removes
        cover = np.clip(image[..., 3], 0, 1)
        return denoise(color), denoise(np.repeat(cover[..., None], 3, axis=2))[..., 0]

    def light_passing(self, points: np.ndarray) -> np.ndarray:
        """The visibility of points from the camera.

        Args:
            points: (N, 3).

        Returns:
            (N,) the product of the transmissions of all surfaces in front: 1 visible, 0 hidden.
        """
        mi = mitsuba()
        passing = np.ones(len(points))
        for number, point in enumerate(np.asarray(points, float)):
            distance = float(np.linalg.norm(point))
            direction = point / distance
            start, rest = np.zeros(3), distance - _NEAR
            while passing[number] > 1e-3 and rest > 0:
                ray = mi.Ray3f(mi.Ray3f(start.tolist(), direction.tolist()), rest)
                hit = self._scene.ray_intersect(ray)
                if not hit.is_valid():
                    break
                if hit.shape.id() not in self._sheer:
                    through = hit.bsdf().eval_null_transmission(hit)
                    passing[number] *= float(np.mean(np.array(through)))
                step = float(hit.t) + 1e-5
                start, rest = start + step * direction, rest - step
        return passing


def denoise(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32 linear -> the same without the noise of few samples."""
    import pyoidn

    return pyoidn.denoise(np.ascontiguousarray(image, np.float32), hdr=True)


def _mesh(mi: ModuleType, part: Part):
    """A part as a mesh of Mitsuba."""
    properties = mi.Properties()
    properties["mesh_bsdf"] = mi.load_dict(_bsdf(mi, part.surface))
    properties["face_normals"] = False
    if part.surface.glow is not None:
        radiance = {"type": "rgb", "value": [float(x) for x in srgb_to_linear(part.surface.glow)]}
        properties["emitter"] = mi.load_dict({"type": "area", "radiance": radiance})
    mesh = mi.Mesh(
        part.name,
        len(part.vertices),
        len(part.triangles),
        has_vertex_normals=True,
        has_vertex_texcoords=part.uv is not None,
        props=properties,
    )
    parameters = mi.traverse(mesh)
    parameters["vertex_normals"] = np.ascontiguousarray(part.normals, np.float32).ravel()
    parameters["vertex_positions"] = np.ascontiguousarray(part.vertices, np.float32).ravel()
    parameters["faces"] = np.ascontiguousarray(part.triangles, np.uint32).ravel()
    if part.uv is not None:
        uv = np.asarray(part.uv, np.float32) * [1, -1] + [0, 1]  # Mitsuba's v points down
        parameters["vertex_texcoords"] = np.ascontiguousarray(uv, np.float32).ravel()
    parameters.update()
    return mesh


def _bsdf(mi: ModuleType, surface: Surface) -> dict:
    bsdf = {
        "type": "principled",
        "base_color": _texture(mi, surface.color),
        "roughness": float(surface.roughness),
        "specular": float(surface.specular),
    }
    bsdf = {"type": "twosided", "bsdf": bsdf}
    if np.ndim(surface.opacity) == 2:
        bitmap = mi.Bitmap(np.ascontiguousarray(surface.opacity[..., None], np.float32))
        opacity = {"type": "bitmap", "bitmap": bitmap, "raw": True}
        return {"type": "mask", "bsdf": bsdf, "opacity": opacity}
    if surface.opacity < 1:
        return {"type": "mask", "bsdf": bsdf, "opacity": float(surface.opacity)}
    return bsdf


def _texture(mi: ModuleType, color) -> dict:
    if np.ndim(color) == 3:
        return {"type": "bitmap", "bitmap": mi.Bitmap(np.ascontiguousarray(color, np.uint8))}
    return {"type": "rgb", "value": [float(x) for x in srgb_to_linear(color)]}
