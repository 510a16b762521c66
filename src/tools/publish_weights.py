"""Converts trained weights to the published ones (weights/pretrained)."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import json
import re
from collections.abc import Sequence
from itertools import islice
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from hyperface.annotations.readers import own_faces
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.errors import UserError
from hyperface.models.pretrained import PROPOSAL_WEIGHTS
from hyperface.regions.batches import make_batch
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region, whole_pixels_xyxy
from hyperface.utils.command import exit_status
from hyperface.utils.files import sha256_of
from hyperface.utils.log import PrintedStep, Step
from tools import PROJECT

if TYPE_CHECKING:  # the command line is read without Keras
    import keras

TRAINED = PROJECT / "weights"  # what main.py writes
COMPARED = 100  # number of images of the sample
# Maximum mean difference between the outputs of the published and the trained network, by task, in
# units of the output; far below their errors.
TOLERANCE = {
    "detection": 0.01,
    "landmarks": 0.002,
    "visibility": 0.01,
    "pose": 0.005,
    "gender": 0.01,
}
# Not copied from the JSON of the trained weights: facts about that file, and its metrics.
OMITTED = (
    *("network", "heads", "parameters", "normalization", "preprocessing", "sha256"),
    "figures",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Publishes; returns the exit status."""
    options = parse(arguments)
    return exit_status(lambda: run(options), "the same command starts over")


def run(options: argparse.Namespace) -> None:
    """Writes the weights of both networks, or of the proposal detector alone."""
    publish_proposals(options.fast_weights, options.out / PROPOSAL_WEIGHTS, PrintedStep())
    if options.proposals_only:
        return
    sample = own_faces.read(PROJECT / "data" / "sample", SkipReport())
    images = list(islice((image for image in sample if image.faces), COMPARED))
    target = options.out / "hyperface.weights.h5"
    publish(
        options.weights, target, options.normalization, options.threshold, images, PrintedStep()
    )


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""example:
  python src/tools/publish_weights.py --out weights/pretrained

Batch normalization is folded into the layers before it, so that the published network has the
paper's layers. The outputs of both networks are compared on rendered faces. The weights are stored
in float16.""",
    )
    add = parser.add_argument
    add("--weights", type=Path, nargs="+", default=[TRAINED / "hyperface.weights.h5"],
        metavar="FILE",
        help="weights of HyperFace; the mean of several files is published")  # fmt: skip
    add("--fast-weights", type=Path, default=TRAINED / "proposal_detector.weights.h5",
        metavar="FILE", help="weights of the proposal detector")  # fmt: skip
    add("--proposals-only", action="store_true",
        help="publish only the weights of the proposal detector")  # fmt: skip
    add("--normalization", choices=("lrn", "none"), default="lrn",
        help="normalization to publish, if the weights were trained with batch"
        " (default: lrn)")  # fmt: skip
    add("--threshold", type=float, default=0.95,
        help="recommended threshold for the probability of a face (default: 0.95)")  # fmt: skip
    add(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="output folder; weights in it are replaced",
    )
    return parser.parse_args(arguments)


def publish(
    weights: Sequence[Path],
    target: Path,
    normalization: str,
    threshold: float,
    images: Sequence[AnnotatedImage],
    step: Step,
) -> dict[str, float]:
    """Writes weights of HyperFace in their published form: folded, in float16, verified.

    Args:
        weights: Trained weights, with any normalization; of several, the mean is published.
        target: The file to write, ending in `.weights.h5`.
        normalization: Normalization of the published network if the trained one has batch
            normalization.
        threshold: Recommended probability of a face from which a region is kept.
        images: Images with faces on which the two networks are compared.
        step: Reports the progress.

    Returns:
        The mean absolute difference between the outputs of the two networks, by task.

    Raises:
        UserError: The weights cannot be read, or the outputs differ too much.
    """
    from hyperface.models.folding import fold_batch_norm
    from hyperface.models.table import HYPERFACE, build_network
    from hyperface.models.weights import (
        load_network,
        normalization_of,
        read_weights,
        width_of,
        write_weights,
    )

    networks = [load_network(path, HYPERFACE) for path in weights]
    if len({normalization_of(network) for network in networks}) > 1:
        raise UserError(
            "The weights have different NORMALIZATIONs, so they have no mean: give weights that "
            "share one."
        )
    trained = average_weights(networks)
    batch = normalization_of(trained) == "batch"
    model = fold_batch_norm(trained, normalization) if batch else trained
    facts = {
        "threshold": threshold,
        "made_from": [
            {"sha256": sha256_of(path), "normalization": normalization_of(trained)} | _facts(path)
            for path in weights
        ],
    }

    published = build_network(HYPERFACE, normalization_of(model), width=width_of(model))
    with TemporaryDirectory() as folder:  # published weights are replaced only by verified ones
        written = Path(folder) / target.name
        write_weights(model, written, facts, half=True)
        read_weights(published, written)
        differences = compare(trained, published, images)
        for task, difference in differences.items():
            step.log(f"{task} differs by {difference:.5f} on average")
            if not difference <= TOLERANCE[task]:
                raise UserError(
                    f"The published network's {task} would differ by {difference:.4f} on average, "
                    f'but at most {TOLERANCE[task]} is allowed: give --normalization "none".'
                )
    write_weights(model, target, facts, half=True)
    step.log(f"{target}, {target.stat().st_size / 1e6:.1f} MB")
    return differences


def average_weights(models: Sequence["keras.Model"]) -> "keras.Model":
    """Sets the weights of the first model to the mean of all; returns it.

    The mean is often better than each model if all were fine-tuned from the same weights (Wortsman
    et al., Model soups, 2022).

    Raises:
        ValueError: The models are of different networks.
    """
    weights = [model.get_weights() for model in models]
    shapes = [[array.shape for array in arrays] for arrays in weights]
    if any(other != shapes[0] for other in shapes):
        raise ValueError("weights of different networks have no mean")
    models[0].set_weights([np.mean(arrays, axis=0) for arrays in zip(*weights, strict=True)])
    return models[0]


def publish_proposals(weights: Path, target: Path, step: Step) -> None:
    """Writes weights of the proposal detector in float16, unless they are those at the target.

    Raises:
        UserError: The weights cannot be read.
    """
    from hyperface.models.proposal_detector import build_proposal_detector
    from hyperface.models.weights import read_weights, write_weights
    from hyperface.steps.proposal_training import FACTS

    if weights.resolve() == target.resolve():
        return
    model = build_proposal_detector()
    read_weights(model, weights)
    facts = {"made_from": [{"sha256": sha256_of(weights)} | _facts(weights)]}
    write_weights(model, target, facts | FACTS, half=True)
    step.log(f"{target}, {target.stat().st_size / 1e6:.1f} MB")


def _facts(weights: Path) -> dict:
    """The facts about a training run, without those about its file and about the machine."""
    from hyperface.models.weights import facts_path

    path = facts_path(weights)
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return without_folders({name: value for name, value in known.items() if name not in OMITTED})


def without_folders(value: Any) -> Any:
    """The value with the last part of every absolute path in its texts, as in "helen+mtfl"."""
    if isinstance(value, str):
        return re.sub(r"(?<![^+:])/(?:[^+:]*/)?", "", value)
    if isinstance(value, dict):
        return {name: without_folders(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_folders(item) for item in value]
    return value


def compare(
    one: "keras.Model", other: "keras.Model", images: Sequence[AnnotatedImage]
) -> dict[str, float]:
    """Mean absolute difference between the outputs of two networks on faces, by task."""
    regions = [
        Region(p, whole_pixels_xyxy(face.box_xyxy, image.width, image.height), f, 1.0, False)
        for p, image in enumerate(images)
        for f, face in enumerate(image.faces)
    ]
    pixel_arrays, _ = make_batch(regions, images, OverlapRules())
    first, second = (model.predict(pixel_arrays, verbose=0) for model in (one, other))
    return {task: float(np.abs(first[task] - second[task]).mean()) for task in first}


if __name__ == "__main__":
    sys.exit(main())
