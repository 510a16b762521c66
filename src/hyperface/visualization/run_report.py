"""The report of a run: data, training curves and results on one page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hyperface.annotations.pixels import read_pixels
from hyperface.annotations.record import AnnotatedImage
from hyperface.detection.region_predictions import DetectedFace, region_face
from hyperface.evaluation.before_and_after import what_got_worse
from hyperface.evaluation.metric_result import MetricResult
from hyperface.evaluation.region_metrics import ALL_SETS
from hyperface.images.writing import save_image
from hyperface.regions.cropping import crop_region
from hyperface.regions.region import Region
from hyperface.training.epoch_zero import START_KEPT_WARNING, start_is_best
from hyperface.utils.log import duration
from hyperface.utils.settings import differing
from hyperface.visualization.curves import draw_curves
from hyperface.visualization.drawn_face import drawn_face
from hyperface.visualization.grid import TILE, by_turns, fit_square, image_grid
from hyperface.visualization.metric_tables import REGION_COLUMNS, region_rows
from hyperface.visualization.page import Page
from hyperface.visualization.sheet import Row, image_sheet

MAX_REGIONS_OF_FACE = 4  # regions of it on the image sheet


@dataclass(frozen=True, eq=False)
class PhotographResult:
    """The face in one photograph with the highest score."""

    image: AnnotatedImage  # the photograph, with the faces annotated in it, if any
    face: DetectedFace  # what the network finds
    iou: float  # IoU of its box with the nearest annotated face; NaN where none is annotated
    trained_on: bool  # whether the photograph is a training image

    def __str__(self) -> str:
        words = f"score {self.face.score:.2f}"
        if np.isfinite(self.iou):
            words += f"; IoU {self.iou:.2f} with the annotated face"
        return words + ("; this is a training image" if self.trained_on else "")


@dataclass(frozen=True)
class RunResults:
    """The contents of a report."""

    settings: Mapping[str, Any]  # the resolved settings
    environment: Mapping[str, object]  # of the last start (`environment.describe`)
    networks: Sequence[Mapping[str, object]]  # the facts of each network
    # By network, one row for each epoch; none for a network that was not trained.
    histories: Mapping[str, list[dict]]
    before: Sequence[MetricResult]  # results on the evaluation regions before the training
    figures: Sequence[MetricResult]  # the same after it
    # (B, ...) by task, the network's outputs for the evaluation regions.
    predictions: Mapping[str, np.ndarray]
    regions: Sequence[Region]  # the evaluation regions
    images: Sequence[AnnotatedImage]  # what they index into
    # Examples of what the networks were trained on, with `training_images`.
    training_regions: Sequence[Region]
    training_images: Sequence[AnnotatedImage]  # what those index into
    held_out: bool  # whether the evaluated faces were held out from training
    counts: Mapping[str, Mapping[str, tuple[int, int]]]  # by side and data set, (images, faces)
    photograph: PhotographResult | None  # what was found in the photograph; None without one
    defaults: Mapping[str, Any]  # the default settings


def write_report(
    results: RunResults, folder: Path, graphs: Sequence[Path], sheet_faces: int, seed: int
) -> None:
    """Writes curves, image sheets and report.html."""
    page = Page(f"HyperFace run {folder.name}")
    if not results.held_out:
        page.warning(
            "No face of this data is held out: the results and images below are of faces that the "
            "network was trained on. They show that the program works, not how accurate the "
            "network is on new faces."
        )
    page.heading(f"Results on {'held-out' if results.held_out else 'training'} images")
    if worse := what_got_worse(results.before, results.figures):
        page.warning(f"These metrics are {worse}.")
    page.table(REGION_COLUMNS, region_rows(results.figures, results.before, ALL_SETS), note=_NOTE)
    faces = _face_rows(results, sheet_faces, seed)
    if faces:
        save_image(folder / "faces.jpg", image_sheet(faces))
        page.heading("Held-out faces" if results.held_out else "Training faces")
        page.image(
            folder / "faces.jpg", "Annotation on the left, prediction for one region on the right."
        )
    if photograph := results.photograph:
        page.heading("Prediction on a photograph")
        image = photograph.image
        truth = drawn_face(image.faces[0]) if image.faces else None
        row = read_pixels(image), truth, drawn_face(photograph.face), image.name
        save_image(folder / "photograph.jpg", image_sheet([row]))
        caption = f"Highest-scoring region of {image.name}: {photograph}."
        page.image(folder / "photograph.jpg", caption)
    for name, history in results.histories.items():
        if history:
            path = folder / f"{name}_curves.png"
            draw_curves(history, path)
            seconds = sum(row["seconds"] for row in history)
            page.heading(f"Training of {name}")
            epochs = sum(row["epoch"] > 0 for row in history)
            page.text(f"{epochs} epochs in {duration(seconds)}. Epoch 0 is before the training.")
            if results.settings["KEPT_EPOCH"] == "best" and start_is_best(history):
                page.warning(f"{name}: {START_KEPT_WARNING}.")
            page.image(path, f"Losses and metrics of {name} by epoch.")
    sources = sorted({result.data for result in results.figures} - {ALL_SETS})
    for source in sources:
        page.heading(f"On {source}")
        page.table(REGION_COLUMNS, region_rows(results.figures, results.before, source))
    page.heading("Data")
    page.table(
        ("side", "data set", "images", "annotated faces"),
        [
            (side, source, *numbers)
            for side, by_source in results.counts.items()
            for source, numbers in by_source.items()
        ],
    )
    page.heading("Training regions")
    save_image(folder / "regions.jpg", image_grid(*_region_tiles(results)))
    page.image(folder / "regions.jpg", "Examples of every kind, before augmentation.")
    page.heading("Networks")
    for network in results.networks:
        page.facts(network)
    for path in graphs:
        page.image(path, f"Keras graph {path.stem}.")
    page.heading("Settings")
    if changed := differing(results.settings, results.defaults):
        page.text("Settings that differ from the defaults of config.py:")
        page.table(
            ("setting", "this run", "default"), [(name, *both) for name, both in changed.items()]
        )
        page.text("All settings:")
    page.facts(results.settings)
    page.heading("Environment")
    page.facts(results.environment)
    page.write(folder / "report.html")


_NOTE = (
    "'Before' is the network before its training. The 95 % intervals are by bootstrap over people "
    "(over images if people are unknown). 'Baseline' is a constant baseline, one prediction for "
    "all regions: mean shape, mean visibility, mean pose, the more frequent class. A face is "
    "evaluated on its best selective-search proposal, or on a jittered box if its image was not "
    "searched or no proposal covers it enough. The face extent is the longer side of the tight box "
    "of its labeled points; the face size, by which evaluate.py divides, is the mean side of the "
    "annotated box, which is usually larger, so the same error in pixels is a smaller share of it."
)


def _face_rows(results: RunResults, max_faces: int, seed: int) -> list[Row]:
    """Truth and prediction of some faces of each data set, in proportion to its sampling weight."""
    rng = np.random.default_rng((seed, 5))
    by_source: dict[str, list[int]] = {}
    shown: Counter[tuple[int, int]] = Counter()
    for row in rng.permutation(len(results.regions)):
        region = results.regions[row]
        face = region.image, region.face
        if (
            region.overlap > float(results.settings["FACE_IOU"])
            and shown[face] < MAX_REGIONS_OF_FACE
        ):
            shown[face] += 1
            by_source.setdefault(results.images[region.image].source, []).append(int(row))
    weights = {name: results.settings["DATA_WEIGHTS"].get(name, 1.0) for name in by_source}
    total = sum(weights.values()) or 1.0
    for name, rows in by_source.items():
        del rows[max(1, round(max_faces * weights[name] / total)) :]
    return [_face_row(results, row) for row in by_turns(by_source, max_faces)]


def _face_row(results: RunResults, row: int) -> Row:
    region = results.regions[row]
    image = results.images[region.image]
    face = image.faces[region.face]
    return (
        read_pixels(image),
        drawn_face(face),
        drawn_face(region_face({t: v[row] for t, v in results.predictions.items()}, region)),
        f"{image.source} {image.name}",
    )


def _region_tiles(results: RunResults) -> tuple[list[np.ndarray], list[str]]:
    tiles, captions = [], []
    for region in results.training_regions:
        image = results.training_images[region.image]
        tiles.append(fit_square(crop_region(read_pixels(image), region.box_xyxy), TILE))
        origin = "proposal" if region.proposed else "random"
        captions.append(f"{image.source}, {origin}, IoU {region.overlap:.2f}")
    return tiles, captions
