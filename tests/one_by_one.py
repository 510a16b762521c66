"""A detector for tests, which define what it finds in one image."""

from hyperface.detection.detector import FaceDetector


class OneByOne(FaceDetector):
    """Detects in images one after the other, by its `detect`."""

    def detect_batch(self, images, proposals_xyxy, scores):
        given = zip(images, proposals_xyxy, scores, strict=True)
        return [self.detect(image, None, boxes, score) for image, boxes, score in given]
