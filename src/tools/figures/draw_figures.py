"""Draws the figures that README.md shows: networks as the code builds them, signs, the sample."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
from collections.abc import Sequence
from itertools import chain

from hyperface.utils.command import exit_status
from tools import PROJECT

SHOWN = 12  # images of the sample
EXAMPLE = """example:
  python src/tools/figures/draw_figures.py
  python src/tools/figures/draw_figures.py --normalization none --out figures
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Draws; returns the exit status."""
    options = parse(arguments)
    return exit_status(
        lambda: draw(options.out, options.normalization), "the same command begins anew"
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
        help="where images/ and model_graphs/ are (default: the repository)",
    )
    parser.add_argument(
        "--normalization",
        choices=("lrn", "batch", "none"),
        default="lrn",
        help="of the networks drawn (default: lrn, the paper's)",
    )
    return parser.parse_args(arguments)


def draw(folder: Path, normalization: str) -> None:
    """Draws images/ and model_graphs/ in a folder.

    Args:
        folder: Gets both; what is there of the same name is replaced.
        normalization: Of the networks that are drawn.
    """
    # After the command line is read: `--help` need not wait for Keras.
    from hyperface.annotations.readers import own_faces
    from hyperface.annotations.record import SkipReport
    from hyperface.models.proposal_detector import build_proposal_detector
    from hyperface.models.table import FACE_MODEL, HYPERFACE, NETWORKS, build_network
    from hyperface.visualization.graphs import draw_graph, graph_path
    from tools.figures.architecture import draw_architecture
    from tools.figures.pose_signs import draw_pose_signs
    from tools.figures.sample_overview import draw_overview

    images, graphs = folder / "images", folder / "model_graphs"
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
            figure = graph_path(images, model)  # named as its graph
            draw_architecture(model, figure, titles[model.name])
            print(f"drew {figure}")
        graph = graph_path(graphs, model)
        if draw_graph(model, graph):
            print(f"drew {graph}")
        else:
            print(f"without pygraphviz: wrote {graph.with_suffix('.txt')} in place of {graph}")


if __name__ == "__main__":
    sys.exit(main())
