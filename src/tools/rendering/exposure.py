"""From linear light to a photograph: color space, exposure, tone, lens, grain and JPEG."""

import cv2
import numpy as np

from tools.rendering.recipes import CameraRecipe

_SHOULDER = 0.75  # sRGB above which highlights are compressed


def srgb_to_linear(color: np.ndarray) -> np.ndarray:
    """(...) sRGB 0..1 -> (...) linear light."""
    color = np.asarray(color, float)
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(light: np.ndarray) -> np.ndarray:
    """(...) linear light -> (...) sRGB, over 1 where the light is."""
    light = np.maximum(light, 0)
    curved = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, 12.92 * light, curved)


def exposed(light: np.ndarray, cover: np.ndarray, brightness: float) -> np.ndarray:
    """Linear light of the scene -> sRGB 0..1 with a given mean brightness.

    Args:
        light: (H, W, 3) linear light, multiplied by the coverage.
        cover: (H, W) 0..1.
        brightness: sRGB 0..1.

    Returns:
        (H, W, 3) float32 sRGB, still multiplied by the coverage.
    """
    mean = float((light.mean(axis=-1) * cover).sum() / max(float((cover**2).sum()), 1.0))
    gain = float(srgb_to_linear(brightness)) / max(mean, 1e-4)
    opaque = np.maximum(cover, 1e-3)[..., None]
    return _filmic(light * gain / opaque) * cover[..., None]


def photograph(
    front: np.ndarray,
    cover: np.ndarray,
    backdrop: np.ndarray,
    camera: CameraRecipe,
    rng: np.random.Generator,
) -> np.ndarray:
    """Composes the scene with its backdrop and applies the camera to it.

    Args:
        front: (H, W, 3) sRGB, multiplied by the coverage.
        cover: (H, W) 0..1.
        backdrop: (H, W, 3) sRGB 0..1.
        camera: The properties of the camera.
        rng: The source of randomness of the grain.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    image = front + (1 - cover[..., None]) * backdrop * min(1.15, 0.35 + 1.5 * camera.exposure)
    image = image * np.array([camera.balance[0], 1, camera.balance[1]], np.float32)
    image = (image - 0.45) * camera.contrast + 0.45
    gray = image @ np.array([0.299, 0.587, 0.114], np.float32)
    image = gray[..., None] * (1 - camera.saturation) + image * camera.saturation
    height, width = gray.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    image = image * (1 - camera.vignette * ((x * x + y * y) / 2) ** 1.5)[..., None]
    image = image.astype(np.float32)
    if camera.motion[0] > 1:
        image = cv2.filter2D(image, -1, _streak(*camera.motion), borderType=cv2.BORDER_REFLECT)
    if camera.blur > 0.2:
        image = cv2.GaussianBlur(image, (0, 0), camera.blur)
    grain = rng.normal(size=image.shape).astype(np.float32)
    if camera.saturation == 0:
        grain[:] = grain[..., :1]
    # Shot noise grows with the light, and looks stronger in the dark after the tone curve.
    image = image + grain * camera.noise / 255 * (0.6 + 0.8 * (1 - np.clip(image, 0, 1)))
    return np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)


def jpeg(image: np.ndarray, quality: int) -> bytes:
    """(H, W, 3) uint8 RGB -> a JPEG file."""
    done, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"an image of {image.shape} cannot be written as JPEG")
    return data.tobytes()


def _streak(length: float, angle: float) -> np.ndarray:
    side = 2 * int(np.ceil(length / 2)) + 1
    kernel = np.zeros((side, side), np.float32)
    middle = side // 2
    reach = length / 2 * np.array([np.cos(angle), np.sin(angle)])
    start, end = (tuple(int(x) for x in np.rint(middle + s * reach)) for s in (-1, 1))
    cv2.line(kernel, start, end, 1.0, 1)
    return kernel / kernel.sum()


def _filmic(light: np.ndarray) -> np.ndarray:
    """Linear light -> sRGB 0..1. Film does not clip: highlights roll off towards white."""
    srgb = linear_to_srgb(light)
    over = np.maximum(srgb - _SHOULDER, 0)
    room = 1 - _SHOULDER
    return np.minimum(srgb, _SHOULDER) + room * (1 - np.exp(-over / room)).astype(np.float32)
