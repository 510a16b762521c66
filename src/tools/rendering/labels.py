"""The labels of a rendered image, as entries of `faces.json` (data/README.md)."""

import numpy as np

from hyperface.geometry.rectangle import face_rectangle_xyxy
from hyperface.tasks import GENDERS, NUM_LANDMARKS
from tools.rendering.recipes import FaceRecipe

SEEN = 0.5  # share of its light that must reach the camera from a visible landmark


def visible(points: np.ndarray, passing: np.ndarray, width: int, height: int) -> np.ndarray:
    """(21,) bool: which landmarks lie in the image and send at least half of their light.

    Args:
        points: (21, 2) pixels.
        passing: (21,) share of the light that reaches the camera.
        width: Width of the image in pixels.
        height: Height of the image in pixels.
    """
    inside = ((points >= 0) & (points <= (width, height))).all(axis=1)
    return inside & (passing >= SEEN)


def face_entry(points: np.ndarray, seen: np.ndarray, recipe: FaceRecipe) -> dict:
    """The entry of one face.

    Args:
        points: (21, 2) landmarks in pixels, including occluded ones.
        seen: (21,) bool, which are visible.
        recipe: The rendered face.
    """
    head = recipe.head
    roll, pitch, yaw = np.degrees(recipe.pose)
    box = face_rectangle_xyxy(points, np.ones(NUM_LANDMARKS, bool))
    return {
        "box": [round(float(edge), 1) for edge in box],
        "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in points],
        "visibility": [int(flag) for flag in seen],
        "pose": {
            "roll": round(float(roll), 1),
            "pitch": round(float(pitch), 1),
            "yaw": round(float(yaw), 1),
        },
        "gender": GENDERS[head.gender],
        "person": f"head {head.person}",
        "attributes": {
            "age": round(head.age, 2),
            "origin": head.origin,
            "skin": round(head.tone, 2),
            "hair": recipe.hair,
            "glasses": recipe.glasses,
            "hat": recipe.hat,
            "occluder": recipe.cover,
        },
    }
