"""Compares the face detection of this project with that of other detectors that are installed."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import importlib.util
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

import config
from hyperface.annotations.completing import complete_images
from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage
from hyperface.commands.ablation import PRECISION, metric_text
from hyperface.detection.detection_settings import PROPOSALS, DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.detection.region_predictions import DetectedFace
from hyperface.errors import UserError
from hyperface.evaluation.whole_images import evaluate_sets
from hyperface.geometry.rectangle import BoxRule
from hyperface.steps.data import read_evaluated
from hyperface.steps.run_regions import choose_per_set
from hyperface.steps.setting_groups import DataSettings, group
from hyperface.tasks import NUM_LANDMARKS
from hyperface.utils.command import exit_status
from hyperface.utils.log import PrintedStep
from hyperface.utils.progress import progress
from hyperface.utils.settings import resolve
from hyperface.visualization.metric_tables import print_table

Find = Callable[[np.ndarray], list[DetectedFace]]  # (H, W, 3) uint8 RGB -> faces

THRESHOLD = 0.05  # low, so that precision is known at every recall
# MTCNN and YuNet learned the boxes of WIDER FACE, which become squares by the rule of its reader.
WIDER_BOXES = BoxRule(side=0.88, down=0.09)
EXAMPLES = """example:
  python src/tools/benchmarks/peers.py --data /path/to/helen+/path/to/wider_face --images 50

Other detectors are measured if installed (pip install facenet-pytorch, mediapipe); OpenCV's
YuNet needs its ONNX file (--yunet). All of them get the same decoded images."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints a table; returns the exit status."""
    options = parse(arguments)
    return exit_status(lambda: compare(options), "the same command starts over")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, epilog=EXAMPLES
    )
    add = parser.add_argument
    add("--data", required=True, help="data sets, given like DATA; their held-out part is used")
    add("--images", type=int, default=50, metavar="N", help="images per data set (default: 50)")
    add("--complete", type=Path, metavar="FILE", help="use only the images of this list")
    add("--yunet", type=Path, metavar="FILE", help="YuNet's ONNX file")
    add("--only", nargs="+", metavar="NAME", help="measure only these detectors")
    add("--long-side", type=int, metavar="PIXELS",
        help="resize each image to this longer side, such as 2048 for that of a photograph"
        " (default: its own size)")  # fmt: skip
    return parser.parse_args(arguments)


def compare(options: argparse.Namespace) -> None:
    """Runs each detector on the held-out images of every data set, and prints the table."""
    settings = resolve(config, [f"DATA={options.data}"])
    images = read_evaluated(group(DataSettings, settings), Path.cwd(), (), PrintedStep())
    if options.complete is not None:
        images = complete_images(images, options.complete)
    images = [images[index] for index in choose_per_set(images, options.images, settings.SEED)]
    detectors = available(options.yunet, settings.PRECISION)
    names = options.only or list(detectors)
    unknown = set(names) - set(detectors)
    if unknown:
        raise UserError(
            f"There is no {', '.join(sorted(unknown))} here: give some of {', '.join(detectors)}."
        )
    rows: list[list[str]] = []
    columns: list[str] = []
    for name in names:
        found, cpu, elapsed = measure(detectors[name](), images, name, options.long_side)
        results = evaluate_sets(images, found)
        columns = [each.data for each in results]
        rows.append(
            [
                name,
                f"{np.median(cpu):.3f}",
                f"{np.mean(cpu):.3f}",
                f"{len(images) / elapsed:.2f}",
                *(metric_text(each, PRECISION) for each in results),
            ]
        )
    head = ["detector", "CPU-s, median", "CPU-s, mean", "images / s"]
    print_table([*head, *(f"{data}: AP, %" for data in columns)], rows)


def measure(
    find: Find,
    images: Sequence[AnnotatedImage],
    name: str,
    long_side: int | None = None,
    read: Callable[[AnnotatedImage], np.ndarray] = read_pixels,
) -> tuple[list[list[DetectedFace]], list[float], float]:
    """Finds the faces in images one by one.

    Args:
        find: The detector; it is run on the first image once before it is timed.
        images: The images to search.
        name: For the progress bar.
        long_side: Longer side that each image is resized to, in pixels; None to keep its size.
        read: Decodes an image. Neither this nor the resizing is timed.

    Returns:
        The faces of each image, their boxes in its own pixels; its processor seconds; and the
        seconds of all.
    """
    if images:
        find(resized(read(images[0]), long_side)[0])
    found, cpu, elapsed = [], [], 0.0
    for image in progress(images, description=name):
        pixels, scale = resized(read(image), long_side)
        start, start_cpu = time.perf_counter(), time.process_time()
        faces = find(pixels)
        cpu.append(time.process_time() - start_cpu)
        elapsed += time.perf_counter() - start
        found.append([replace(face, box_xyxy=face.box_xyxy / scale) for face in faces])
    return found, cpu, max(elapsed, 1e-9)


def resized(image: np.ndarray, long_side: int | None) -> tuple[np.ndarray, np.ndarray]:
    """The image with that longer side, and the (4,) scale of its boxes' coordinates."""
    if long_side is None:
        return image, np.ones(4)
    height, width = image.shape[:2]
    zoom = long_side / max(height, width)
    size = max(1, round(width * zoom)), max(1, round(height * zoom))
    way = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, size, interpolation=way), np.tile(np.array(size) / (width, height), 2)


def available(yunet: Path | None, precision: str) -> dict[str, Callable[[], Find]]:
    """Functions that make the detectors available on this machine, by name."""

    def ours(proposals: str) -> Find:
        from hyperface.training.precision import resolve_precision  # imports Keras

        detector = FaceDetector.from_pretrained(
            proposals=proposals,
            dtype=resolve_precision(precision),
            settings=DetectionSettings(threshold=THRESHOLD),
        )
        return detector.detect

    makers: dict[str, Callable[[], Find]] = {
        f"HyperFace, {name}": lambda name=name: ours(name)  # type: ignore[misc]
        for name in PROPOSALS
    }
    if importlib.util.find_spec("facenet_pytorch") is not None:
        makers["MTCNN"] = mtcnn
    if importlib.util.find_spec("mediapipe") is not None:
        makers["MediaPipe"] = mediapipe
    if yunet is not None:
        makers["YuNet"] = lambda: yunet_of(yunet)
    return makers


def mtcnn() -> Find:
    """MTCNN of facenet-pytorch, with its defaults."""
    import facenet_pytorch

    network: Any = facenet_pytorch.MTCNN(keep_all=True, device="cpu")

    def find(image: np.ndarray) -> list[DetectedFace]:
        boxes, scores = network.detect(image)
        return [] if boxes is None else as_faces(boxes, scores, WIDER_BOXES)

    return find


def mediapipe() -> Find:
    """MediaPipe's full-range face detection, as in its former solutions."""
    from mediapipe.python.solutions import face_detection

    network: Any = face_detection.FaceDetection(THRESHOLD, model_selection=1)

    def find(image: np.ndarray) -> list[DetectedFace]:
        height, width = image.shape[:2]
        boxes, scores = [], []
        for each in network.process(image).detections or ():
            box = each.location_data.relative_bounding_box
            left, top = box.xmin * width, box.ymin * height
            boxes.append([left, top, left + box.width * width, top + box.height * height])
            scores.append(each.score[0])
        return as_faces(np.array(boxes).reshape(-1, 4), np.array(scores), BoxRule(side=1.0))

    return find


def yunet_of(file: Path) -> Find:
    """OpenCV's YuNet.

    Raises:
        UserError: The file cannot be loaded.
    """
    try:
        network = cv2.FaceDetectorYN.create(str(file), "", (320, 320), THRESHOLD, 0.3, 5000)
    except cv2.error as error:
        raise UserError(f"{file} is not an ONNX file of YuNet: give another --yunet.") from error

    def find(image: np.ndarray) -> list[DetectedFace]:
        network.setInputSize(image.shape[1::-1])
        _, rows = network.detect(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        if rows is None:
            return []
        boxes = np.hstack([rows[:, :2], rows[:, :2] + rows[:, 2:4]])
        return as_faces(boxes, rows[:, -1], WIDER_BOXES)

    return find


def as_faces(boxes_xyxy: np.ndarray, scores: np.ndarray, rule: BoxRule) -> list[DetectedFace]:
    """(N, 4) boxes and (N,) scores of a detector as faces, with this project's squares."""
    unknown = np.full((NUM_LANDMARKS, 2), np.nan)
    return [
        DetectedFace(square, float(score), unknown, unknown[:, 0], np.full(3, np.nan), np.nan)
        for square, score in zip(rule.squares_xyxy(boxes_xyxy), scores, strict=True)
    ]


if __name__ == "__main__":
    sys.exit(main())
