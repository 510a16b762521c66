"""Serves a web page on which you can try the network, to this machine only."""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # nothing leaves this machine

import numpy as np

from hyperface.commands.project import (
    Project,
    add_settings_option,
    add_weights_options,
    describe_weights,
    fill_in_weights,
)
from hyperface.detection.detector import FaceDetector
from hyperface.errors import UserError
from hyperface.images.reading import decode_image
from hyperface.predictions.detection_loop import Source, detect_images
from hyperface.predictions.rows import skipped_row
from hyperface.visualization.found_faces import draw_found

ADDRESS, PORT = "127.0.0.1", 7860
MAX_UPLOAD = "20mb"
Answer = tuple[np.ndarray | None, dict]
EXAMPLES = """examples:
  {call}
  {call} --port 8000 --weights weights/hyperface.weights.h5

Install its packages with `pip install -r requirements-demo.txt`. Images stay on this machine."""


def main(arguments: Sequence[str] | None, project: Project) -> int:
    """Serves the page until Ctrl-C; returns the exit status."""
    options = parse(arguments, project)
    try:
        modes = detectors(options)
        page = build_page(modes)
        page.queue(max_size=20).launch(
            server_name=ADDRESS,
            server_port=options.port,
            share=False,
            max_file_size=MAX_UPLOAD,
            quiet=True,
            prevent_thread_lock=True,
        )
        print(f"http://{ADDRESS}:{options.port}   press Ctrl-C to stop", flush=True)
        page.block_thread()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error}; try another --port", file=sys.stderr)
        return 2
    return 0


def detectors(options: argparse.Namespace) -> dict[str, FaceDetector]:
    """The detection modes to choose from, by name."""
    config = options.project.settings(options.overrides, ("PRECISION",))
    fill_in_weights(options, True, options.project.root)
    from hyperface.training.precision import resolve_precision  # after the options: imports Keras

    dtype = resolve_precision(config.PRECISION)
    print(describe_weights(options.weights), flush=True)
    return {
        "fast": FaceDetector.load(options.weights, dtype, options.fast_weights),
        "selective search": FaceDetector.load(options.weights, dtype),
    }


def detect_upload(detector: FaceDetector, path: str | None, threshold: float) -> Answer:
    """An uploaded image with its faces drawn in, and its row (`predictions.rows`).

    None instead of the image if it cannot be read.
    """
    if path is None:
        return None, skipped_row("", "no image was given")
    read = partial(decode_image, path, apply_orientation=True)
    (found,) = detect_images(
        [Source(Path(path).name, read)], detector.with_settings(threshold=threshold)
    )
    return None if found.image is None else draw_found(found.image, found.faces), found.row


def build_page(modes: dict[str, FaceDetector]):
    """Builds the page, a `gradio.Blocks`; the initial threshold is that of the first mode.

    Raises:
        UserError: Gradio is not installed.
    """
    try:
        import gradio
    except ImportError as error:
        raise UserError(
            "The page needs gradio: run `pip install -r requirements-demo.txt`."
        ) from error

    def answer(path: str | None, threshold: float, mode: str) -> Answer:
        return detect_upload(modes[mode], path, threshold)

    with gradio.Blocks(title="HyperFace") as page:
        gradio.Markdown("# HyperFace\nFaces, landmarks, visibility, pose and gender in an image.")
        with gradio.Row():
            with gradio.Column():
                given = gradio.File(
                    label="Image", file_types=["image"], type="filepath", elem_id="picture"
                )
                start = next(iter(modes.values())).settings.threshold
                threshold = gradio.Slider(0.05, 0.999, start, step=0.001, label="Threshold")
                mode = gradio.Radio(list(modes), value=next(iter(modes)), label="Region proposals")
                button = gradio.Button("Find faces", variant="primary", elem_id="find")
            with gradio.Column():
                drawn = gradio.Image(label="Found", elem_id="drawn", interactive=False)
        row = gradio.JSON(label="Numbers (angles in degrees)", elem_id="row")
        gradio.on(
            [given.upload, button.click, threshold.release, mode.change],
            answer,
            [given, threshold, mode],
            [drawn, row],
            concurrency_limit=1,
            api_name="find_faces",  # docs/exports.md
        )
    return page


def parse(arguments: Sequence[str] | None, project: Project) -> argparse.Namespace:
    """The command line."""
    parser = project.parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add("--port", type=int, default=PORT, help=f"port of the page (default: {PORT})")
    add_weights_options(parser)
    add_settings_option(parser, "override settings of src/config.py: PRECISION")
    return parser.parse_args(arguments)
