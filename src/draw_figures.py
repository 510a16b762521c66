"""Draws the figures that README.md shows: networks as the code builds them, signs, the sample."""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parent))  # `python -P` leaves it out
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
from itertools import chain

HERE = Path(__file__).resolve().parent
SHOWN = 12  # pictures of the sample
EXAMPLE = """example:
  python src/draw_figures.py
  python src/draw_figures.py --normalization none --out figures
"""


def main(arguments: list[str] | None = None) -> int:
    """Draws images/*.png and model_graphs/*.png under the given folder; returns the status."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=HERE.parent,
        metavar="DIR",
        help="where images/ and model_graphs/ are (default: the repository)",
    )
    parser.add_argument(
        "--normalization",
        choices=("lrn", "batch", "none"),
        default="lrn",
        help="of the networks drawn (default: lrn, the paper's)",
    )
    options = parser.parse_args(arguments)

    # After the arguments: `--help` need not wait for Keras.
    from hyperface.annotations.readers import own_faces
    from hyperface.annotations.record import Rejects
    from hyperface.models.proposal_network import build_proposal_network
    from hyperface.models.table import FACE_MODEL, HYPERFACE, NETWORKS, build_network
    from hyperface.steps.training import GRAPHS
    from hyperface.visualization.architecture import draw_architecture
    from hyperface.visualization.graphs import draw_graph, graph_path
    from hyperface.visualization.overview import draw_overview
    from hyperface.visualization.pose_signs import draw_pose_signs

    images, graphs = options.out / "images", options.out / GRAPHS
    draw_pose_signs(images / "pose_signs.png")
    print(f"drew {images / 'pose_signs.png'}")
    sample = list(own_faces.read(HERE.parent / "data" / "sample", Rejects()))
    with_faces = [picture for picture in sample if picture.faces]
    step = max(len(with_faces) // SHOWN, 1)
    draw_overview(with_faces[::step][:SHOWN], images / "sample.jpg")
    print(f"drew {images / 'sample.jpg'}")
    for name, title in ((FACE_MODEL, "R-CNN_Face, the face model"), (HYPERFACE, "HyperFace")):
        figure = images / f"{name}_architecture.png"
        draw_architecture(build_network(name, options.normalization), figure, title)
        print(f"drew {figure}")
    networks = (build_network(name, options.normalization) for name in NETWORKS)
    for model in chain(networks, [build_proposal_network()]):
        graph = graph_path(graphs, model)
        if draw_graph(model, graph):
            print(f"drew {graph}")
        else:
            print(f"without pygraphviz: wrote {graph.with_suffix('.txt')} in place of {graph}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
