"""Values that tests start from where their point is another one."""

from typing import Any

from hyperface.regions.augmentation import Augmentation
from hyperface.regions.sampling import Jitter
from hyperface.regions.scenes import SceneSettings
from hyperface.training.optimization import Optimization
from hyperface.utils.defaults import default_settings

JITTER = Jitter(shift=0.35, scale=1.6, aspect=1.3)
LOSS_WEIGHTS = default_settings().LOSS_WEIGHTS


def optimization(optimizer: str = "sgd", **changes: Any) -> Optimization:
    """SGD with momentum and a cosine schedule, unless `changes` say otherwise."""
    values = {"learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0, "clip_norm": 0.0}
    return Optimization(optimizer, **{**values, "schedule": "cosine", "warmup": 0.05, **changes})


def scenes(side: int, **changes: Any) -> SceneSettings:
    """Scenes with everything that a scene can have, unless `changes` say otherwise."""
    values = {"min_face_px": 10.0, "rotation": 0.4, "rotation_degrees": 45.0}
    augmentation = Augmentation(mirror=0.5, color=0.4, gray=0.1, blur=0.1)
    return SceneSettings(side=side, **{**values, "augmentation": augmentation, **changes})
