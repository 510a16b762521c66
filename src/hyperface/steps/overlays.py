"""Landmarks of a few fixed faces, drawn after each epoch: how they find their places."""

from pathlib import Path

import keras
import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.detection.region_predictions import region_face
from hyperface.images.writing import save_picture
from hyperface.regions.batches import make_batch
from hyperface.regions.region import Region
from hyperface.steps.regions import Regions
from hyperface.visualization.drawn_face import DrawnFace, drawn_face
from hyperface.visualization.sheet import picture_sheet


class LandmarkOverlays(keras.callbacks.Callback):
    """Draws truth and prediction of a few validation faces into a picture an epoch.

    Args:
        regions: Whose validation faces are drawn, always the same.
        count: How many faces at the most.
        folder: Gets `epoch_00001.jpg` and those that follow.
    """

    def __init__(self, regions: Regions, count: int, folder: Path) -> None:
        super().__init__()
        rules, pictures = regions.training.rules, regions.evaluation_pictures
        faces = [region for region in regions.validation if region.overlap > rules.face]
        chosen = np.unique(np.linspace(0, len(faces) - 1, min(count, len(faces))).astype(int))
        self._regions = [faces[index] for index in chosen]
        self._pictures = pictures
        self._images, _ = make_batch(self._regions, pictures, rules)
        self._folder = folder

    def on_epoch_end(self, epoch, logs=None):
        """Asks the network and draws; epochs are counted from 0 here, from 1 in the files."""
        if not self._regions:
            return
        answers = self.model.predict_on_batch(self._images)
        landmarks = np.asarray(answers["landmarks"])
        rows = [
            self._row(region, points)
            for region, points in zip(self._regions, landmarks, strict=True)
        ]
        save_picture(self._folder / f"epoch_{epoch + 1:05d}.jpg", picture_sheet(rows))

    def _row(self, region: Region, points: np.ndarray):
        picture = self._pictures[region.picture]
        face = picture.faces[region.face]
        return (
            read_pixels(picture),
            DrawnFace(region.box_xyxy.astype(float), face.landmarks, face.visibility),
            drawn_face(region_face({"landmarks": points}, region)),
            f"{picture.source} {picture.name}",
        )
