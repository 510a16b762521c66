"""A run's settings in small typed groups, so that a step's signature shows what it depends on.

A field is the setting of the same name in lower case, and config.py explains it. There
are no defaults here: every value comes from config.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar, cast

from hyperface.detection.fast_proposals import FastSettings, fast_settings
from hyperface.geometry.schemes import SCHEMES
from hyperface.proposals.selective_search import SearchOptions, search_options
from hyperface.regions.augmentation import Augmentation
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.sampling import Jitter
from hyperface.regions.scenes import SceneSettings
from hyperface.training.optimization import Optimization
from hyperface.utils.settings import Settings

Group = TypeVar("Group")


@dataclass(frozen=True)
class DataSettings:
    """Which images are read, and how they are split."""

    data: str
    evaluation_data: str
    validation_fraction: float
    split_seed: int
    data_weights: Mapping[str, float]
    without_gender: Sequence[str]
    landmarks: str

    @property
    def sources(self) -> tuple[str, ...]:
        """DATA, and EVALUATION_DATA where it names other data sets."""
        return (self.data, self.evaluation_data) if self.evaluation_data else (self.data,)


@dataclass(frozen=True)
class SearchSettings:
    """How regions are proposed, and on how many images of each data set."""

    options: SearchOptions
    proposal_images: int
    proposal_images_validation: int
    seed: int


@dataclass(frozen=True)
class SamplingSettings:
    """How regions are labeled, and how they are drawn."""

    rules: OverlapRules
    jitter: Jitter
    batch_shares: Mapping[str, float]
    proposal_share: float
    data_weights: Mapping[str, float]


@dataclass(frozen=True)
class NetworkSettings:
    """The architecture of the network."""

    network: str
    heads: Sequence[str]
    landmarks: str
    normalization: str
    network_width: float
    dropout: float


@dataclass(frozen=True)
class StartSettings:
    """The weights that training starts from."""

    init_from: str
    pretrained_weights: str
    imagenet_weights: str
    resnet_weights: str
    train_face_model: bool
    face_model_weights: str
    frozen_layers: tuple[str, ...] | None


@dataclass(frozen=True)
class TrainingSettings:
    """How one network is trained; `seed` is the seed of its batches."""

    epochs: int
    regions_per_epoch: int
    batch_size: int
    loss_weights: Mapping[str, float]
    augmentation: Augmentation
    optimization: Optimization
    kept_epoch: str
    seed: int


@dataclass(frozen=True)
class FaceModelSettings:
    """How the face model is trained, as far as this differs from the network."""

    face_model_data: str
    search: SearchSettings
    sampling: SamplingSettings
    training: TrainingSettings
    landmarks: str


@dataclass(frozen=True)
class EvaluationSettings:
    """The regions on which a network is evaluated, and how many it is given at once."""

    validation_regions: int
    evaluation_regions: int
    batch_size: int
    seed: int


@dataclass(frozen=True)
class MiningSettings:
    """How hard negatives, and the regions of faces in prediction, are found."""

    mining_images: int
    mined_score: float
    fast: FastSettings
    batch_size: int
    seed: int


@dataclass(frozen=True)
class ProposalDetectorSettings:
    """How the proposal detector of the fast mode is trained."""

    init_from: str
    proposal_detector_epochs: int
    proposal_detector_scenes: int
    proposal_detector_rate: float
    ema_momentum: float
    scenes: SceneSettings
    data_weights: Mapping[str, float]
    seed: int


@dataclass(frozen=True)
class StepSettings:
    """All groups of a training run."""

    data: DataSettings
    search: SearchSettings
    sampling: SamplingSettings
    network: NetworkSettings
    start: StartSettings
    training: TrainingSettings
    face_model: FaceModelSettings
    evaluation: EvaluationSettings
    mining: MiningSettings
    proposals: ProposalDetectorSettings


def step_settings(settings: Settings) -> StepSettings:
    """Groups the settings of a training run."""
    sampling, training = sampling_settings(settings), training_settings(settings)
    search = group(SearchSettings, settings, options=search_options(settings))
    face_model = group(
        FaceModelSettings,
        settings,
        search=search,
        sampling=_face_model_sampling(settings, sampling),
        training=replace(
            training,
            epochs=settings.FACE_MODEL_EPOCHS,
            seed=2 * settings.SEED,
            loss_weights={"detection": 1.0},
        ),
    )
    return StepSettings(
        data=group(DataSettings, settings),
        search=search,
        sampling=sampling,
        network=group(NetworkSettings, settings),
        start=group(StartSettings, settings),
        training=training,
        face_model=face_model,
        evaluation=group(EvaluationSettings, settings),
        mining=group(MiningSettings, settings, fast=fast_settings(settings)),
        proposals=group(ProposalDetectorSettings, settings, scenes=scene_settings(settings)),
    )


def group(kind: Callable[..., Group], settings: Settings, **given: Any) -> Group:
    """A group of settings; `given` has the values of fields that are not settings."""
    names = (field.name for field in fields(cast(Any, kind)) if field.name not in given)
    return kind(**given, **{name: getattr(settings, name.upper()) for name in names})


def overlap_rules(settings: Settings) -> OverlapRules:
    """The IoU thresholds."""
    return OverlapRules(
        face=settings.FACE_IOU,
        background=settings.BACKGROUND_IOU,
        landmarks=settings.LANDMARKS_IOU,
        pose_gender=settings.POSE_GENDER_IOU,
        background_min=settings.BACKGROUND_MIN_IOU,
    )


def sampling_settings(settings: Settings) -> SamplingSettings:
    """How the network's regions are labeled and drawn."""
    rules = replace(overlap_rules(settings), num_landmarks=SCHEMES[settings.LANDMARKS].count)
    jitter = Jitter(settings.JITTER_SHIFT, settings.JITTER_SCALE, settings.JITTER_ASPECT)
    return group(SamplingSettings, settings, rules=rules, jitter=jitter)


def _face_model_sampling(settings: Settings, network: SamplingSettings) -> SamplingSettings:
    own = {
        "background": settings.FACE_MODEL_BACKGROUND_IOU,
        "background_min": settings.FACE_MODEL_BACKGROUND_MIN_IOU,
    }
    given = {name: value for name, value in own.items() if value is not None}
    return replace(
        network,
        rules=replace(network.rules, **given),
        batch_shares={**network.batch_shares, **settings.FACE_MODEL_BATCH_SHARES},
    )


def training_settings(settings: Settings) -> TrainingSettings:
    """How the network of the setting NETWORK is trained."""
    augmentation = replace(
        _color_augmentation(settings),
        scale=settings.DOWNSCALE_PROB,
        rotation=settings.ROTATION_PROB,
        rotation_degrees=settings.ROTATION_DEGREES,
        occlusion=settings.OCCLUSION_PROB,
    )
    optimization = group(Optimization, settings, clip_norm=settings.GRADIENT_CLIP_NORM)
    return group(
        TrainingSettings,
        settings,
        augmentation=augmentation,
        optimization=optimization,
        seed=2 * settings.SEED + 1,  # the face model's is even
    )


def scene_settings(settings: Settings) -> SceneSettings:
    """What the scenes look like that the proposal detector learns from."""
    return SceneSettings(
        side=settings.PROPOSAL_DETECTOR_SIDE,
        min_face_px=settings.FAST_MIN_FACE_PX,
        rotation=settings.ROTATION_PROB,
        rotation_degrees=settings.ROTATION_DEGREES,
        augmentation=replace(_color_augmentation(settings), blur_sigma=1.5),
    )


def _color_augmentation(settings: Settings) -> Augmentation:
    """The augmentation that regions and scenes share."""
    return Augmentation(
        mirror=settings.FLIP_PROB,
        color=settings.COLOR_JITTER,
        gray=settings.GRAYSCALE_PROB,
        blur=settings.BLUR_PROB,
    )
