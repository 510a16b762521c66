"""Times each stage of a prediction (`make bench-predict`)."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import cv2
import numpy as np

import config
from hyperface.commands.project import add_weights_options, fill_in_weights
from hyperface.detection.detection_settings import DetectionSettings
from hyperface.detection.detector import FaceDetector
from hyperface.detection.region_predictions import RegionPredictions
from hyperface.errors import UserError
from hyperface.images.reading import UnreadableImage, decode_image
from hyperface.proposals.selective_search import propose as selective_search
from hyperface.proposals.selective_search import search_options
from hyperface.regions.cropping import REGION_SIDE, crop_region
from hyperface.utils.command import exit_status
from hyperface.utils.settings import resolve
from hyperface.visualization.metric_tables import print_table
from tools import PROJECT

IMAGE = PROJECT / "data" / "photographs" / "astronaut.jpg"
SIDE = 500  # pixels, the longer side of the image
BATCH = 64
COLUMNS = (
    *("mode", "regions", "proposals, s", "crops, s", "network, s", "IRP and L-NMS, s"),
    *("whole, s", "network / plain", "rest / whole"),
)
STAGES = ("proposals", "crops", "network", "after", "whole")  # the columns in seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints a table; returns the exit status."""
    options = parse(arguments)
    return exit_status(lambda: measure(options), "the same command starts over")


def measure(options: argparse.Namespace) -> None:
    """Times each stage for one image in both modes; the values are medians over the rounds."""
    fill_in_weights(options, True, PROJECT)
    settings = resolve(config, options.overrides)
    from hyperface.training.precision import resolve_precision  # after the options: imports Keras

    dtype = resolve_precision(settings.PRECISION)
    try:
        image = _at_500(decode_image(options.image, apply_orientation=True))
    except UnreadableImage as error:
        raise UserError(f"{options.image} cannot be read: {error.reason}.") from error
    search = partial(selective_search, **search_options(settings))
    detectors = {
        "selective search": FaceDetector.load(options.weights, dtype, propose=search),
        "fast": FaceDetector.load(options.weights, dtype, options.fast_weights),
    }
    plain = _plain_rate(detectors["selective search"], options.rounds)
    print(f"image of {image.shape[1]} x {image.shape[0]}, {dtype}, plain inference in batches of "
          f"{BATCH}: {plain:.1f} regions/s")  # fmt: skip
    rows = []
    for name, detector in detectors.items():
        rounds = [_stages(detector, image) for _ in range(options.rounds + 1)][1:]
        middle = {key: float(np.median([each[key] for each in rounds])) for key in rounds[0]}
        rate = middle["regions"] / middle["network"] / plain
        rest = 1 - (middle["proposals"] + middle["network"]) / middle["whole"]
        seconds = [f"{middle[stage]:.3f}" for stage in STAGES]
        rows.append((name, f"{middle['regions']:.0f}", *seconds, f"{rate:.2f}", f"{rest:.3f}"))
    print_table(COLUMNS, rows)


def _stages(detector: FaceDetector, image: np.ndarray) -> dict[str, float]:
    """Seconds of each stage of one detection; crops are made while the network computes."""
    scoring: list[float] = []
    regions: list[np.ndarray] = []

    scorer = detector.scorer(image)

    def score(given: np.ndarray) -> RegionPredictions:
        predictions, seconds = _timed(lambda: scorer(given))
        scoring.append(seconds)
        regions.append(given)
        return predictions

    proposals, proposing = _timed(lambda: detector.propose(image))
    settings = DetectionSettings()
    _, finding = _timed(lambda: detector.detect(image, settings, proposals, score))
    _, cutting = _timed(lambda: [crop_region(image, box) for part in regions for box in part])
    return {
        "regions": sum(map(len, regions)),
        "proposals": proposing,
        "crops": cutting,
        "network": sum(scoring),
        "after": finding - sum(scoring),
        "whole": proposing + finding,
    }


def _plain_rate(detector: FaceDetector, rounds: int) -> float:
    """Regions a second of the network alone, on one batch in memory."""
    batch = np.zeros((BATCH, REGION_SIDE, REGION_SIDE, 3), np.uint8)
    detector.model.predict_on_batch(batch)
    seconds = [_timed(lambda: detector.model.predict_on_batch(batch))[1] for _ in range(rounds * 4)]
    return BATCH / float(np.median(seconds))


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def _at_500(image: np.ndarray) -> np.ndarray:
    scale = SIDE / max(image.shape[:2])
    size = round(image.shape[1] * scale), round(image.shape[0] * scale)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""examples:
  python src/tools/benchmarks/prediction.py
  python src/tools/benchmarks/prediction.py --image group.jpg --rounds 5""",
    )
    add = parser.add_argument
    add(
        "--image",
        type=Path,
        default=IMAGE,
        help="image, resized to 500 pixels (default: the astronaut)",
    )
    add_weights_options(parser)
    add(
        "--rounds",
        type=int,
        default=3,
        help="number of rounds; their median is printed (default: 3)",
    )
    add("--set", dest="overrides", metavar="NAME=VALUE", nargs="+", action="extend", default=[],
        help="override settings of src/config.py")  # fmt: skip
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
