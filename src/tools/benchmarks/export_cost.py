"""Measures the cost of prediction with Keras and with ONNX Runtime.

Each detector runs in its own process. The processor time is measured, not the elapsed time, because
it depends less on what else the machine does.
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # first: what follows takes seconds and reads the environment
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # src, where the packages are
    from hyperface.startup import prepare_process

    prepare_process()

import argparse
import json
import resource
import subprocess
import time
from collections.abc import Sequence

from hyperface.errors import UserError
from hyperface.utils.command import exit_status
from tools import PROJECT

IMAGES = PROJECT / "data" / "sample"
KERAS = "keras"
COLUMNS = (
    *("detector", "import and load, CPU-s", "first image, CPU-s", "an image, CPU-s", "faces"),
    *("memory after loading, MB", "peak memory, MB"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints a table; returns the exit status."""
    options = parse(arguments)
    if options.one is not None:
        measure_one(options.one, options.images)
        return 0
    return exit_status(lambda: measure(options), "the same command starts over")


def measure(options: argparse.Namespace) -> None:
    """Runs each detector in a process of its own, in turns; prints the best of the rounds."""
    names = [KERAS, *map(str, options.folders)]
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            command = [sys.executable, __file__, "--one", name, "--images", str(options.images)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                reason = done.stderr.strip().splitlines()[-1].removesuffix(".")
                raise UserError(f"{name} failed: {reason}.")
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
    from hyperface.visualization.metric_tables import print_table

    rows = []
    for name, rounds in found.items():
        best = {key: min(each[key] for each in rounds) for key in rounds[0]}
        rows.append(
            (
                name if name == KERAS else Path(name).name,
                *(f"{best[key]:.2f}" for key in ("load", "first")),
                f"{best['each']:.3f}",
                f"{best['faces']:.0f}",
                *(f"{best[key]:.0f}" for key in ("loaded", "peak")),
            )
        )
    print_table(COLUMNS, rows)


def measure_one(name: str, number: int) -> None:
    """Loads one detector and runs it; prints the measurements as JSON."""
    start = time.process_time()
    from hyperface import FaceDetector, read_image

    detector = (
        FaceDetector.from_pretrained(dtype="float32")
        if name == KERAS
        else FaceDetector.from_onnx(name)
    )
    load, loaded = time.process_time() - start, _peak_mb()
    images = [read_image(path) for path in sorted(IMAGES.glob("*.jpg"))[: number + 1]]
    start = time.process_time()
    detector.detect(images[0])
    first = time.process_time() - start
    start = time.process_time()
    faces = sum(len(detector.detect(image)) for image in images[1:])
    each = (time.process_time() - start) / number
    print(
        json.dumps(
            {
                "load": load,
                "first": first,
                "each": each,
                "faces": faces,
                "loaded": loaded,
                "peak": _peak_mb(),
            }
        )
    )


def _peak_mb() -> float:
    """The largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""examples:
  python src/tools/benchmarks/export_cost.py exported exported_int8 --rounds 3""",
    )
    add = parser.add_argument
    add("folders", nargs="*", type=Path, help="folders of ONNX files written by export.py")
    add("--images", type=int, default=40, help="number of images of the sample (default: 40)")
    add(
        "--rounds",
        type=int,
        default=3,
        help="number of rounds; the minimum is printed (default: 3)",
    )
    add("--one", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
