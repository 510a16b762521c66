"""Step: draw the landmarks of a few fixed faces after each epoch."""

from pathlib import Path

import keras
import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.detection.region_predictions import region_face
from hyperface.images.writing import save_image
from hyperface.regions.batches import make_batch
from hyperface.regions.region import Region
from hyperface.steps.run_regions import Regions
from hyperface.visualization.drawn_face import DrawnFace, drawn_face
from hyperface.visualization.sheet import image_sheet


def landmark_overlays(
    model: keras.Model, regions: Regions, count: int, folder: Path
) -> list[keras.callbacks.Callback]:
    """The callback that draws landmarks; empty without faces or without a landmark head."""
    if not count or "landmarks" not in model.output_names:
        return []
    return [LandmarkOverlays(regions, count, folder / model.name / "landmarks")]


class LandmarkOverlays(keras.callbacks.Callback):
    """Draws truth and prediction of a few validation faces into one image for each epoch.

    The faces, at most `count`, are always the same; `folder` gets `epoch_00001.jpg` and so on.
    """

    def __init__(self, regions: Regions, count: int, folder: Path) -> None:
        super().__init__()
        rules, images = regions.training.rules, regions.evaluation_images
        faces = [region for region in regions.validation if region.overlap > rules.face]
        chosen = np.unique(np.linspace(0, len(faces) - 1, min(count, len(faces))).astype(int))
        self._regions = [faces[index] for index in chosen]
        self._images = images
        self._pixels, _ = make_batch(self._regions, images, rules)
        self._folder = folder

    def on_epoch_end(self, epoch, logs=None):
        """Predicts and draws; epochs are counted from 0 here, from 1 in the file names."""
        if not self._regions:
            return
        landmarks = np.asarray(self.model.predict_on_batch(self._pixels)["landmarks"])
        rows = [
            self._row(region, points)
            for region, points in zip(self._regions, landmarks, strict=True)
        ]
        save_image(self._folder / f"epoch_{epoch + 1:05d}.jpg", image_sheet(rows))

    def _row(self, region: Region, points: np.ndarray):
        image = self._images[region.image]
        face = image.faces[region.face]
        return (
            read_pixels(image),
            DrawnFace(region.box_xyxy.astype(float), face.landmarks, face.visibility),
            drawn_face(region_face({"landmarks": points}, region)),
            f"{image.source} {image.name}",
        )
