"""What a rendered image says of its faces, in the format of the user's own data."""

import numpy as np

from hyperface.geometry.rectangle import face_rectangle_xyxy
from hyperface.tasks import GENDERS, NUM_LANDMARKS
from tools.rendering.recipes import FaceRecipe

SEEN = 0.5  # share of its light that must reach the camera for a landmark to be visible


def visible(points: np.ndarray, passing: np.ndarray, width: int, height: int) -> np.ndarray:
    """(21,) bool: landmarks in the image of which at least half of the light arrives.

    Args:
        points: (21, 2) pixels.
        passing: (21,) share of the light that what stands before it lets pass.
        width: Of the image in pixels.
        height: Of the image in pixels.
    """
    inside = ((points >= 0) & (points <= (width, height))).all(axis=1)
    return inside & (passing >= SEEN)


def face_entry(points: np.ndarray, seen: np.ndarray, recipe: FaceRecipe) -> dict:
    """A face for `faces.json` (data/README.md).

    Args:
        points: (21, 2) landmarks in pixels, hidden ones too.
        seen: (21,) bool, which are visible.
        recipe: What was rendered.
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


def image_entry(file: str, split: str, faces: list[dict], complete: bool) -> dict:
    """An image for `faces.json`."""
    return {"file": file, "complete": complete, "split": split, "faces": faces}
