"""The settings of detection in one table: name, range, default, meaning and former name.

The options of predict.py and evaluate.py are made from it.
"""

from dataclasses import dataclass, field, fields
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le

from hyperface.utils.setting_types import Count, Fraction, Positive, SettingType

FAST_PROPOSALS = "fast"
PROPOSALS = (FAST_PROPOSALS, "selective_search")  # what proposes the regions


def _about(meaning: str, metavar: str = "", former: str = "") -> dict[str, str]:
    return {"help": meaning, "metavar": metavar, "former": former}


@dataclass(frozen=True)
class DetectionSettings:
    """How regions become faces; every stage can be turned off.

    Raises:
        ValueError: A value is out of its range.
    """

    # Open in the paper.
    threshold: Fraction = field(default=0.5, metadata=_about("minimum probability of a face", "P"))
    # T of the paper, section 3.1; one is enough there.
    irp_iterations: Annotated[Count, Le(100)] = field(
        default=1,
        metadata=_about(
            "iterations of iterative region proposals (IRP); 0 turns it off", "N", "rounds"
        ),
    )
    # Paper, section 3.2: by landmarks.
    suppression: Literal["landmarks", "regions"] = field(
        default="landmarks",
        metadata=_about(
            "remove duplicate detections by the overlap of their regions (NMS) instead of by"
            " landmarks (L-NMS)"
        ),
    )
    # Open in the paper.
    iou_threshold: Fraction = field(
        default=0.3,
        metadata=_about("IoU above which two regions count as the same face", "IOU", "overlap"),
    )
    # k of the paper, section 3.2.
    top_k: Positive = field(
        default=5,
        metadata=_about("number of best regions of a face that are combined", "K", "members"),
    )
    # Paper: median.
    combine: Literal["median", "mean"] = field(
        default="median", metadata=_about("how the top-k regions are combined", "{median,mean}")
    )
    # Ours; the paper removes none.
    max_containment: Fraction = field(
        default=0.8,
        metadata=_about(
            "if more than this share of a face lies inside another one, only the face with the"
            " higher score is kept; 1 turns the rule off",
            "SHARE",
            "nested",
        ),
    )

    # Ours; in the paper a region needs the threshold of a face before its IRP, too.
    region_threshold: Fraction = field(
        default=0.5,
        metadata=_about(
            "minimum score of a region that IRP improves, if it is lower than --threshold; 1 means"
            " --threshold, as in the paper",
            "P",
        ),
    )
    # Ours; 1 in the paper. The exact box often cuts the chin off.
    irp_scale: Annotated[float, Ge(1), Le(2)] = field(
        default=1.1,
        metadata=_about(
            "factor of the sides of the boxes that IRP proposes; 1 is the paper's", "FACTOR"
        ),
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            kind, value = SettingType(each.type, None), getattr(self, each.name)
            try:
                plain = value.item() if isinstance(value, np.generic) else value
                object.__setattr__(self, each.name, kind.check(plain))
            except ValueError:
                raise ValueError(f"{each.name} is {value!r}, expected {kind.expected}") from None


# The present name of a setting by its former name, in options and in about.json.
FORMER_NAMES = {
    each.metadata["former"]: each.name
    for each in fields(DetectionSettings)
    if each.metadata["former"]
}
