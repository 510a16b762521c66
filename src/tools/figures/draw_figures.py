"""Draws the figures of the documents: found faces, networks, signs of angles, the sample."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from hyperface.utils.command import exit_status
from tools import PROJECT

if TYPE_CHECKING:
    from hyperface.annotations.record import AnnotatedImage
    from hyperface.detection.detector import FaceDetector

SHOWN = 12  # number of images of the sample
COLUMNS = 4
GAP = 4  # pixels between images
# The images in which the included weights find the faces: the path in data/ and the part shown,
# left, top, right, bottom in pixels. The weights were trained on none of them.
FOUND_IN = {
    "photographs/astronaut.jpg": (70, 20, 370, 320),
    "people/pointing04/person04129-15-60.jpg": (96, 0, 384, 288),
    "sample/00006.jpg": (0, 0, 384, 288),
}
# Held-out images that show what fails, as above.
FAILURES = {
    "people/pointing04/person03151+0+75.jpg": (0, 0, 384, 288),
    "sample/00182.jpg": (0, 0, 384, 288),
    "sample/00306.jpg": (0, 0, 384, 288),
}
SHOWN_HEIGHT = 480  # pixels
EXAMPLE = """example:
  python src/tools/figures/draw_figures.py
  python src/tools/figures/draw_figures.py --normalization none --out figures
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Draws; returns the exit status."""
    options = parse(arguments)
    return exit_status(
        lambda: draw(options.out, options.normalization), "the same command starts over"
    )


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=PROJECT,
        metavar="DIR",
        help="folder that gets images/ and model_graphs/ (default: the repository)",
    )
    parser.add_argument(
        "--normalization",
        choices=("lrn", "batch", "none"),
        default="lrn",
        help="normalization of the networks (default: lrn, the paper's)",
    )
    return parser.parse_args(arguments)


def draw(folder: Path, normalization: str) -> None:
    """Draws images/ and model_graphs/ in a folder.

    Args:
        folder: The output folder; existing files are replaced.
        normalization: Normalization of the networks.
    """
    # Imported here so that `--help` does not wait for Keras.
    from hyperface.annotations.readers import own_faces
    from hyperface.annotations.record import SkipReport
    from hyperface.detection.detector import FaceDetector
    from hyperface.models.proposal_detector import build_proposal_detector
    from hyperface.models.table import FACE_MODEL, HYPERFACE, NETWORKS, build_network
    from hyperface.visualization.graphs import draw_graph, graph_path
    from tools.figures.architecture import draw_architecture
    from tools.figures.pose_signs import draw_pose_signs

    images, graphs = folder / "images", folder / "model_graphs"
    detector = FaceDetector.from_pretrained()
    for name, shown in (("result.jpg", FOUND_IN), ("failures.jpg", FAILURES)):
        draw_found(detector, shown, images / name)
        print(f"drew {images / name}")
    draw_pose_signs(images / "pose_signs.png")
    print(f"drew {images / 'pose_signs.png'}")
    sample = list(own_faces.read(PROJECT / "data" / "sample", SkipReport()))
    with_faces = [image for image in sample if image.faces]
    step = max(len(with_faces) // SHOWN, 1)
    draw_overview(with_faces[::step][:SHOWN], images / "sample.jpg")
    print(f"drew {images / 'sample.jpg'}")
    titles = {FACE_MODEL: "R-CNN_Face, the face model", HYPERFACE: "HyperFace"}
    networks = (build_network(name, normalization) for name in NETWORKS)
    for model in chain(networks, [build_proposal_detector()]):
        if model.name in titles:
            figure = graph_path(images, model)  # has the same name as its graph
            draw_architecture(model, figure, titles[model.name])
            print(f"drew {figure}")
        graph = graph_path(graphs, model)
        if draw_graph(model, graph):
            print(f"drew {graph}")
        else:
            print(f"without pygraphviz: wrote {graph.with_suffix('.txt')} instead of {graph}")


def draw_found(
    detector: "FaceDetector", shown: Mapping[str, tuple[int, int, int, int]], path: Path
) -> None:
    """Draws the faces that a detector finds in images, side by side, into a JPEG.

    Args:
        detector: Finds the faces.
        shown: As `FOUND_IN`.
        path: The JPEG file to write.
    """
    import numpy as np

    from hyperface.images.reading import read_image
    from hyperface.images.writing import save_image
    from hyperface.visualization.drawing import PREDICTION_COLOR, draw_faces, resized
    from hyperface.visualization.drawn_face import drawn_face

    parts = []
    gap = np.full((SHOWN_HEIGHT, 2 * GAP, 3), 255, np.uint8)
    for name, (left, top, right, bottom) in shown.items():
        image = read_image(PROJECT / "data" / name)
        zoom = SHOWN_HEIGHT / (bottom - top)
        faces = [drawn_face(face).scaled(np.full(2, zoom)) for face in detector.detect(image)]
        drawn = draw_faces(resized(image, zoom), faces, PREDICTION_COLOR)
        top, left, right = (round(zoom * side) for side in (top, left, right))
        parts += [drawn[top : top + SHOWN_HEIGHT, left:right], gap]
    save_image(path, np.hstack(parts[:-1]))


def draw_overview(images: Sequence["AnnotatedImage"], path: Path) -> None:
    """Draws a grid of images, each without its annotation and below it with.

    Args:
        images: Images of one size; an incomplete last row is omitted.
        path: The JPEG file to write.

    Raises:
        ValueError: There are too few images for a row, or their sizes differ.
    """
    from hyperface.annotations.pixels import read_pixels
    from hyperface.images.writing import save_image
    from hyperface.visualization.drawing import draw_faces
    from hyperface.visualization.drawn_face import drawn_face
    from hyperface.visualization.grid import image_grid

    rows = len(images) // COLUMNS
    sizes = {(image.height, image.width) for image in images}
    if not rows or len(sizes) != 1:
        raise ValueError(f"expected {COLUMNS} images or more of one size, got {sorted(sizes)}")
    pairs = []
    for image in images[: rows * COLUMNS]:
        plain = read_pixels(image)
        drawn = draw_faces(plain, [drawn_face(face) for face in image.faces])
        pairs.append(image_grid([plain, drawn], columns=1, gap=GAP))
    save_image(path, image_grid(pairs, columns=COLUMNS, gap=GAP))


if __name__ == "__main__":
    sys.exit(main())
