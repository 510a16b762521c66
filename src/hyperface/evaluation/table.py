"""Every figure of a network on held-out regions, beside a constant answer's."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from hyperface.annotations.record import Picture
from hyperface.evaluation.measures import (
    angle_difference,
    average_precision,
    balanced_accuracy,
    interval,
    landmark_error,
    tight_extent,
)
from hyperface.evaluation.yaw_bands import YAW, in_yaw_bands
from hyperface.geometry.pose import ANGLES
from hyperface.regions.batches import region_targets
from hyperface.regions.encoding import decode_landmarks, target_shapes
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.region import Region

ALL_SETS = "all"


@dataclass(frozen=True)
class Figure:
    """One number of the table.

    Attributes:
        task: Which task.
        measure: What is measured.
        unit: "" for a share, "%" or "degrees".
        better: "higher" or "lower".
        data: Name of the data set, or "all".
        value: The network's.
        low: Lower end of its 95 % interval.
        high: Upper end.
        constant: What the constant answer scores on the same regions.
        count: Labelled faces, regions or points behind it.
    """

    task: str
    measure: str
    unit: str
    better: str
    data: str
    value: float
    low: float
    high: float
    constant: float
    count: int

    @property
    def defined(self) -> bool:
        """Whether there is a value: a balanced accuracy needs both classes, for instance."""
        return self.value == self.value

    def in_words(self) -> str:
        """The figure on one line."""
        if not self.defined:
            return f"{self.measure} cannot be had from these {self.count:,} labels"
        return (
            f"{self.measure} {self.value:.2f} {self.unit} ({self.interval_in_words()}), "
            f"constant answer {number_in_words(self.constant)}, {self.count:,} labelled"
        )

    def interval_in_words(self) -> str:
        """Its 95 % interval, with a dash for an end that there is not."""
        return f"{number_in_words(self.low)} to {number_in_words(self.high)}"

    def as_dict(self) -> dict:
        """For JSON; NaN becomes None."""
        return {k: None if v != v else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, facts: dict) -> "Figure":
        """What `as_dict` gave."""
        return cls(**{k: float("nan") if v is None else v for k, v in facts.items()})


def number_in_words(value: float) -> str:
    """A number with two decimals, a dash for NaN."""
    return "-" if np.isnan(value) else f"{value:.2f}"


def targets_of(
    regions: Sequence[Region], pictures: Sequence[Picture], rules: OverlapRules
) -> dict[str, np.ndarray]:
    """The targets of regions, (B, ...) by task, without reading a picture."""
    rows = [region_targets(region, pictures, rules) for region in regions]
    return {
        name: np.stack([row[name] for row in rows]) if rows else np.zeros((0, *shape), np.float32)
        for name, shape in target_shapes(rules.num_landmarks).items()
    }


def judge(
    predictions: dict[str, np.ndarray],
    constant: dict[str, np.ndarray],
    regions: Sequence[Region],
    pictures: Sequence[Picture],
    rules: OverlapRules,
) -> list[Figure]:
    """Figures over all regions, and by data set where there are several.

    Args:
        predictions: (B, ...) by task, as the network gives them; tasks may be missing.
        constant: One row by task (`constant.constant_answer`).
        regions: B regions.
        pictures: What they index into.
        rules: The IoU cut-offs.

    Returns:
        Figures, by data set and task; a task without labels gives none.
    """
    targets = targets_of(regions, pictures, rules)
    measures: list[_Measure] = []
    for task, values in predictions.items():
        answers = (values, np.broadcast_to(constant[task], values.shape))
        if task == "landmarks":
            measures += _landmarks(targets[task], answers, regions, pictures)
        else:
            measures += _MEASURES[task](task, targets[task], answers)

    people = _people(regions, pictures)
    sources = np.array([pictures[region.picture].source for region in regions])
    sets = {ALL_SETS: np.ones(len(regions), bool)}
    if len(set(sources)) > 1:
        sets |= {name: sources == name for name in sorted(set(sources))}
    figures = (
        measure.figure(data, np.flatnonzero(rows & measure.labelled), people)
        for data, rows in sets.items()
        for measure in measures
    )
    return [figure for figure in figures if figure is not None]


Answers = tuple[np.ndarray, np.ndarray]  # the network's and the constant, each (B, ...)


@dataclass(frozen=True, eq=False)
class _Measure:
    """One measure as a function of the rows it looks at.

    Attributes:
        labelled: (B,) bool, the rows that can be looked at.
        score: From 0 (the network) or 1 (the constant answer) and (M,) rows to a number.
        count: From (M,) rows to the number of labelled things in them; the rows by default.
    """

    task: str
    name: str
    unit: str
    better: str
    labelled: np.ndarray
    score: Callable[[int, np.ndarray], float]
    count: Callable[[np.ndarray], int] = len

    def figure(self, data: str, rows: np.ndarray, people: np.ndarray) -> Figure | None:
        """The measure over the given rows, None without any."""
        if not len(rows):
            return None
        low, high = interval(lambda chosen: self.score(0, rows[chosen]), people[rows])
        return Figure(
            task=self.task,
            measure=self.name,
            unit=self.unit,
            better=self.better,
            data=data,
            value=self.score(0, rows),
            low=low,
            high=high,
            constant=self.score(1, rows),
            count=int(self.count(rows)),
        )


def _people(regions: Sequence[Region], pictures: Sequence[Picture]) -> np.ndarray:
    """(B,) int, equal for regions of one person, or of one picture of somebody unknown."""
    numbers: dict[object, int] = {}
    keys = []
    for region in regions:
        face = pictures[region.picture].faces[region.face] if region.face >= 0 else None
        person = face.person if face is not None else None
        keys.append(numbers.setdefault(person or region.picture, len(numbers)))
    return np.array(keys)


def _balanced_accuracy(task: str, target: np.ndarray, answers: Answers) -> _Measure:
    def score(which: int, rows: np.ndarray) -> float:
        return 100 * balanced_accuracy(answers[which][rows, 1] > 0.5, target[rows, 0] > 0.5)

    return _Measure(task, "balanced accuracy", "%", "higher", target[:, 1] > 0, score)


def _detection(task: str, target: np.ndarray, answers: Answers) -> list[_Measure]:
    def score(which: int, rows: np.ndarray) -> float:
        return 100 * average_precision(answers[which][rows, 1], target[rows, 0] > 0.5)

    precision = _Measure(task, "average precision", "%", "higher", target[:, 1] > 0, score)
    return [_balanced_accuracy(task, target, answers), precision]


def _gender(task: str, target: np.ndarray, answers: Answers) -> list[_Measure]:
    return [_balanced_accuracy(task, target, answers)]


def _visibility(task: str, target: np.ndarray, answers: Answers) -> list[_Measure]:
    hidden, labelled = target[..., 0] < 0.5, target[..., 1] > 0

    def score(which: int, rows: np.ndarray) -> float:
        used = labelled[rows]
        return 100 * average_precision(-answers[which][rows][used], hidden[rows][used])

    def count(rows: np.ndarray) -> int:
        return labelled[rows].sum()

    name = "average precision of hidden points"
    return [_Measure(task, name, "%", "higher", labelled.any(axis=1), score, count)]


def _pose(task: str, target: np.ndarray, answers: Answers) -> list[_Measure]:
    def measure(number: int, name: str, chosen: np.ndarray) -> _Measure:
        truth = np.degrees(target[:, number, 0])
        errors = [angle_difference(np.degrees(x[:, number]), truth) for x in answers]

        def score(which: int, rows: np.ndarray) -> float:
            return float(errors[which][rows].mean())

        labelled = (target[:, number, 1] > 0) & chosen
        return _Measure(task, name, "degrees", "lower", labelled, score)

    everywhere = np.ones(len(target), bool)
    measures = [measure(n, f"{angle} error", everywhere) for n, angle in enumerate(ANGLES)]
    for (low, high), band in in_yaw_bands(target[:, YAW, 0]).items():
        measures.append(measure(YAW, f"yaw error, {low} to {high} degrees", band))
    return measures


def _landmarks(
    target: np.ndarray, answers: Answers, regions: Sequence[Region], pictures: Sequence[Picture]
) -> list[_Measure]:
    boxes = np.array([region.box_xyxy for region in regions], float).reshape(-1, 4)
    visible = (target[..., 2] * target[..., 3]) > 0
    truth = decode_landmarks(target[..., :2], boxes)
    extent = np.ones(len(regions))
    for row in np.flatnonzero(visible.any(axis=1)):
        face = pictures[regions[row].picture].faces[regions[row].face]
        extent[row] = tight_extent(face.landmarks)
    errors = []
    for answer in answers:
        points = decode_landmarks(answer.reshape(-1, target.shape[1], 2), boxes)
        errors.append(landmark_error(points, truth, visible, extent))

    def score(which: int, rows: np.ndarray) -> float:
        return float(100 * errors[which][rows].mean())

    # A face with a single labelled point has no extent to measure by.
    measurable = visible.any(axis=1) & (extent > 0)
    return [_Measure("landmarks", "error / face extent", "%", "lower", measurable, score)]


_MEASURES = {
    "detection": _detection,
    "visibility": _visibility,
    "pose": _pose,
    "gender": _gender,
}
