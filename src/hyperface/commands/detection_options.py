"""The options of predict.py and evaluate.py that say how regions become faces."""

import argparse
from collections.abc import Callable

from hyperface.detection.pipeline import DetectionSettings
from hyperface.detection.suppression import COMBINE

MOST_ROUNDS, MOST_MEMBERS = 100, 10**6


def add_detection_options(parser: argparse.ArgumentParser, threshold: str) -> None:
    """Gives a script the options from --threshold to --combine; `detection_settings` reads them.

    Args:
        parser: Of the script; numbers out of range end it with exit status 2.
        threshold: What the help says of the threshold where none is given.
    """
    default = DetectionSettings()
    add = parser.add_argument_group("how regions become faces").add_argument
    share = number_in_range(float, 0, 1)
    add(
        "--threshold",
        type=share,
        metavar="P",
        help=f"probability from which a region is kept (default: {threshold})",
    )
    add(
        "--irp-iterations",
        "--rounds",
        dest="rounds",
        metavar="N",
        type=number_in_range(int, 0, MOST_ROUNDS),
        default=default.rounds,
        help="iterations of iterative region proposals (IRP); 0 turns it off (default: "
        f"{default.rounds})",
    )
    add(
        "--plain-nms",
        action="store_true",
        help="suppress by regions (NMS) instead of by landmarks (L-NMS)",
    )
    add(
        "--iou-threshold",
        "--overlap",
        dest="overlap",
        metavar="IOU",
        type=share,
        default=default.overlap,
        help=f"IoU above which two regions are one face (default: {default.overlap})",
    )
    add(
        "--top-k",
        "--members",
        dest="members",
        metavar="K",
        default=default.members,
        type=number_in_range(int, 1, MOST_MEMBERS),
        help=f"how many of a face's best regions are combined (default: {default.members})",
    )
    add(
        "--combine",
        choices=tuple(COMBINE),
        default=default.combine,
        help=f"how the top-k regions are combined (default: {default.combine})",
    )
    add(
        "--max-containment",
        "--nested",
        dest="nested",
        metavar="SHARE",
        type=share,
        default=default.nested,
        help="of two faces, one more than this share inside the other, the better stays; 1 turns "
        f"the rule off (default: {default.nested})",
    )


def detection_settings(options: argparse.Namespace, threshold: float) -> DetectionSettings:
    """The settings that a command line asks for; `threshold` where it gives none."""
    return DetectionSettings(
        threshold=threshold if options.threshold is None else options.threshold,
        rounds=options.rounds,
        suppression="regions" if options.plain_nms else "landmarks",
        overlap=options.overlap,
        members=options.members,
        combine=options.combine,
        nested=options.nested,
    )


def number_in_range(kind: type, low: float, high: float) -> Callable[[str], float]:
    """A type of argparse: an int or a float from `low` to `high`, both included; never NaN."""

    def read(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high}, not {text}")
        return value

    read.__name__ = kind.__name__  # argparse says "invalid float value: ..." with it
    return read
