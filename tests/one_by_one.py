"""A detector and a scorer for tests, which define what they find in one image."""

import numpy as np

from hyperface.detection.detector import FaceDetector
from hyperface.detection.scoring import RegionScorer


class OneByOne(FaceDetector):
    """Detects in images one after the other, by its `detect`."""

    def detect_batch(self, images, proposals_xyxy, scores):
        given = zip(images, proposals_xyxy, scores, strict=True)
        return [self.detect(image, None, boxes, score) for image, boxes, score in given]


class CropsOfRegions(RegionScorer):
    """Its crops hold the region itself, for networks of tests that know where the face is."""

    def crop(self, region_xyxy):
        crop = np.zeros((227, 227, 3), np.uint8)
        crop.reshape(-1)[:4] = region_xyxy
        return crop

    @staticmethod
    def regions_of(crops):
        """(N, 4) int, without the crops that fill the batch up."""
        regions = crops.reshape(len(crops), -1)[:, :4].astype(int)
        return regions[regions.any(axis=1)]
