"""Every setting of `python src/main.py`: edit a value and run again, or override it for one run
with `python src/main.py --set NAME=VALUE`.

Facts of the paper (227 pixels, 21 landmarks, 96 filters) are not here: they stand beside the code
that uses them. In the comments, "Paper" means that the paper gives the value, "Paper: not stated"
that it does not, and "Ours" that the paper has no such setting. A relative path starts from the
current folder or, if nothing is there, from the project's.
"""

from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt

from hyperface.utils.setting_types import AnyName, Count, Fraction, NonNegative, Positive

# --- Data -----------------------------------------------------------------------------------------

# Folder of one or more data sets, recognized by their layout; several folders are joined by "+". A
# prefix says which data set a folder has: "aflw:/data/aflw+celeba:/data/celeba"
# (docs/data-sets.md).
DATA = "data/sample+data/people"
# Fraction of the images held out for validation. Images of one person stay together, and so do
# near-identical images. Paper: not stated.
VALIDATION_FRACTION: Annotated[float, Ge(0), Le(0.9)] = 0.1
# Seed of the choice of these images. If a training starts from the weights of another one, keep the
# seed; otherwise the network is evaluated on images that those weights were trained on.
SPLIT_SEED: Annotated[int, Ge(0), Le(4294967295)] = 1
# The network is evaluated on the held-out part of these data sets, given like DATA; "" means DATA.
EVALUATION_DATA = ""
# Sampling weights of the faces of data sets; others have weight 1. Example: {"helen": 3.0}. By
# default real faces are drawn six times as often as rendered ones.
DATA_WEIGHTS: dict[AnyName, NonNegative] = {"people": 6.0}
# Data sets whose gender labels are ignored, for instance because many are wrong. In the rendered
# faces of the sample, gender can hardly be seen.
WITHOUT_GENDER: tuple[str, ...] = ("sample",)
# Data sets to train the face model on, given like DATA; "" means the training part of DATA.
FACE_MODEL_DATA = ""
# A photograph on which the report shows a prediction; "" for none. It is not in the default DATA.
PHOTOGRAPH = "data/photographs/astronaut.jpg"

# --- Region proposals (paper, section 2.1: selective search) --------------------------------------

# "selectivesearch" is the Python package; the others are OpenCV's C++ implementation, of which
# "opencv_fast" is the quicker mode. The "fast" proposals of predict.py are not selective search:
# they come from a trained detector.
PROPOSAL_METHOD: Literal["opencv_fast", "opencv_quality", "selectivesearch"] = "opencv_fast"
# Longer side, in pixels, to which an image is downscaled for the search; 0 keeps its size.
PROPOSAL_SIDE: Count = 200
# Maximum number of proposals per image. Paper: about 2,000. The first 1,000 find as many faces.
PROPOSAL_BOXES: Positive = 1000
# Minimum side of a proposal, in pixels. Paper: not stated.
PROPOSAL_MIN_SIDE: NonNegative = 8.0
# Number of images per data set that are searched, for training and for validation. The paper
# searches all images. A search takes up to a second, so here the regions of the other images are
# jittered ground-truth boxes.
PROPOSAL_IMAGES: Count = 120
PROPOSAL_IMAGES_VALIDATION: Count = 150

# --- Regions and their labels ---------------------------------------------------------------------

# A region is a face above this intersection over union (IoU) with an annotated face. Paper.
FACE_IOU: Fraction = 0.5
# A region is background below this IoU. Between the two it does not train detection. Paper.
BACKGROUND_IOU: Fraction = 0.35
# A region trains landmarks and visibility above this IoU. Paper.
LANDMARKS_IOU: Fraction = 0.35
# A region trains pose and gender above this IoU. Paper.
POSE_GENDER_IOU: Fraction = 0.5
# In images that may show faces that nobody annotated, a region counts as background only above this
# IoU with an annotated face. Ours: the paper's data has no such images.
BACKGROUND_MIN_IOU: Fraction = 0.1
# Shares of the regions of a batch: faces, regions that overlap a face too little to be one, and
# background. Paper: not stated.
BATCH_SHARES: dict[str, NonNegative] = {"face": 0.6, "hard_negative": 0.2, "background": 0.2}
# BACKGROUND_IOU, BACKGROUND_MIN_IOU and BATCH_SHARES for the face model. None, or a missing entry,
# means the same value as for NETWORK. Ours.
FACE_MODEL_BACKGROUND_IOU: Fraction | None = None
FACE_MODEL_BACKGROUND_MIN_IOU: Fraction | None = None
FACE_MODEL_BATCH_SHARES: dict[str, NonNegative] = {}
# Hard-negative mining: number of images per data set that are searched as in prediction before the
# training; 0 turns it off. Half of the hard negatives and of the background are then background
# regions that the network scores above MINED_SCORE. Proposals of faces, and the regions that IRP
# makes of them, are added to those of selective search. Mining needs a trained network: INIT_FROM =
# "pretrained". Paper: not stated.
MINING_IMAGES: Count = 0
MINED_SCORE: Fraction = 0.1
# Fraction of proposals among the regions of a searched image; the others are jittered boxes. Ours.
PROPOSAL_SHARE: Fraction = 0.5
# Limits of the jitter: shift of the center in box sides, factors of size and aspect ratio. Ours.
JITTER_SHIFT: Annotated[float, Ge(0), Le(2)] = 0.35
JITTER_SCALE: Annotated[float, Ge(1), Le(10)] = 1.6
JITTER_ASPECT: Annotated[float, Ge(1), Le(10)] = 1.3
# Augmentation: probabilities of a horizontal flip, grayscale, blur and downscaling, and the largest
# relative change of brightness, contrast and saturation. Paper: not stated.
FLIP_PROB: Fraction = 0.5
GRAYSCALE_PROB: Fraction = 0.1
BLUR_PROB: Fraction = 0.1
DOWNSCALE_PROB: Fraction = 0.2
COLOR_JITTER: Fraction = 0.3
# Probability of a rotation in the image plane, its largest angle in either direction, and the
# probability of pasting an object over the face, which makes the landmarks below it invisible.
# Ours.
ROTATION_PROB: Fraction = 0.3
ROTATION_DEGREES: Annotated[float, Ge(0), Le(180)] = 45.0
OCCLUSION_PROB: Fraction = 0.2

# --- Networks -------------------------------------------------------------------------------------

# The network to train after the face model (src/hyperface/models/table.py): HyperFace, or one of
# those that the paper compares it with. "hyperface_resnet" does not have the face model's
# convolutions, so the settings of the face model, INIT_FROM and NORMALIZATION = "lrn" do not apply
# to it.
NETWORK: Literal[
    "hyperface",
    "hyperface_resnet",
    "multitask_face",
    "r_cnn_fiducial",
    "r_cnn_pose",
    "r_cnn_gender",
] = "hyperface"
# The heads of NETWORK, for instance ("detection", "landmarks"); () means all of them.
HEADS: tuple[Literal["detection", "landmarks", "visibility", "pose", "gender"], ...] = ()
# Landmark scheme: AFLW's "21" (paper), or 300-W's "68". Only some data sets have 68 landmarks
# (300-W, Helen, LFPW, 300-VW, YouTube Faces), and predict.py needs a network with 21.
LANDMARKS: Literal["21", "68"] = "21"
# "lrn" after pool1 and pool2 (paper), "batch" normalization after every layer, or "none".
NORMALIZATION: Literal["lrn", "batch", "none"] = "lrn"
# Factor of the numbers of filters and hidden units; in "hyperface_resnet" it only applies to the
# hidden units. Paper: 1.
NETWORK_WIDTH: Annotated[float, Gt(0), Le(4)] = 1.0
# Dropout rate after each hidden dense layer. Paper: not stated.
DROPOUT: Annotated[float, Ge(0), Le(0.95)] = 0.0
# Initial weights. "random": none are loaded. "imagenet" (paper): the face model's convolutions come
# from IMAGENET_WEIGHTS. "convolutions": they come from PRETRAINED_WEIGHTS. "pretrained": all layers
# of NETWORK come from PRETRAINED_WEIGHTS, and no face model is trained; this is fine-tuning.
INIT_FROM: Literal["random", "imagenet", "convolutions", "pretrained"] = "convolutions"
# Weights written by this program. "convolutions" needs those of a HyperFace; "pretrained" needs
# those of NETWORK, with the same HEADS, LANDMARKS and NORMALIZATION ("lrn" for the included
# weights). NORMALIZATION = "batch" also accepts weights trained without it, and computes its
# statistics on training regions.
PRETRAINED_WEIGHTS = "weights/pretrained/hyperface.weights.h5"
# For INIT_FROM = "imagenet": an .npz file with AlexNet's five convolutions (docs/training.md).
IMAGENET_WEIGHTS = "weights/alexnet_imagenet.npz"
# For NETWORK = "hyperface_resnet": Keras' ImageNet weights of ResNet101 without the top (file
# resnet101_weights_tf_dim_ordering_tf_kernels_notop.h5); "" means random weights.
RESNET_WEIGHTS = ""
# False skips the training of the face model: NETWORK starts from FACE_MODEL_WEIGHTS or, if that is
# "", from the convolutions that INIT_FROM names.
TRAIN_FACE_MODEL = True
FACE_MODEL_WEIGHTS = "weights/face_model.weights.h5"
# Layers of the face model and of NETWORK that are not trained, for instance ("conv1",). None means
# ("conv1", "conv2"), which makes a step a third faster, if they start from PRETRAINED_WEIGHTS, and
# () otherwise. Paper: all layers are trained.
FROZEN_LAYERS: tuple[str, ...] | None = None

# --- The single-shot detector that proposes regions in the fast mode; ours ------------------------

# False skips the training of this detector.
TRAIN_PROPOSAL_DETECTOR = True
# Number of epochs, number of training scenes (images pasted together) per epoch, and side of a
# scene in pixels, a multiple of 64. Training starts from the included detector if INIT_FROM is
# "convolutions" or "pretrained"; otherwise it starts from random weights, and needs hours and some
# 50,000 scenes.
PROPOSAL_DETECTOR_EPOCHS: Positive = 2
PROPOSAL_DETECTOR_SCENES: Positive = 96
PROPOSAL_DETECTOR_SIDE: Annotated[int, Ge(64)] = 320
# Maximum learning rate; a tenth of it is used if training starts from the included detector.
PROPOSAL_DETECTOR_RATE: NonNegative = 0.002
# Minimum score of a proposal. The FAST_MIN_PROPOSALS best boxes of an image are proposed whatever
# their score is.
FAST_SCORE_THRESHOLD: Fraction = 0.15
FAST_MIN_PROPOSALS: Count = 3
# Of two boxes whose IoU is larger than this, only the one with the higher score is kept.
FAST_NMS_IOU: Fraction = 0.5
# Maximum number of proposals per image.
FAST_MAX_PROPOSALS: Positive = 600
# Side of the smallest face that is learned and proposed, in pixels of the resized image.
FAST_MIN_FACE_PX: NonNegative = 10.0
# Longer sides, in pixels, to which larger images are resized. If small faces are found at the first
# one, the image is scanned again at the second one; equal numbers turn this off.
FAST_LONG_SIDE: Annotated[int, Ge(64)] = 640
FAST_MAX_LONG_SIDE: Annotated[int, Ge(64)] = 1280

# --- Training -------------------------------------------------------------------------------------

# Number of epochs of the face model, and of NETWORK. Paper: not stated.
FACE_MODEL_EPOCHS: Positive = 2
EPOCHS: Positive = 10
# Regions per epoch. An interrupted run loses at most one epoch. Ours.
REGIONS_PER_EPOCH: Positive = 480
# Regions per batch. Paper: not stated.
BATCH_SIZE: Positive = 16
# Regions for the validation loss after each epoch, and for the evaluation at the end.
VALIDATION_REGIONS: Annotated[int, Ge(2)] = 64
EVALUATION_REGIONS: Annotated[int, Ge(2)] = 4000
# The epoch whose weights are kept: the "best" by validation loss, or the "last". In a long training
# the last one is often better, because the loss of the probabilities can rise while all errors
# still fall. Paper: not stated.
KEPT_EPOCH: Literal["best", "last"] = "best"
# Weights of the five losses; a task of weight 0 is evaluated, but not trained. Paper.
LOSS_WEIGHTS: dict[str, NonNegative] = {
    "detection": 1.0,
    "landmarks": 5.0,
    "visibility": 0.5,
    "pose": 5.0,
    "gender": 2.0,
}
# "sgd" with momentum, or "adam" (with decoupled weight decay). Paper: not stated.
OPTIMIZER: Literal["sgd", "adam"] = "adam"
# Maximum learning rate; 0.01 suits "sgd", 0.0003 "adam". Paper: not stated.
LEARNING_RATE: NonNegative = 0.0003
# Momentum of "sgd". Paper: not stated.
MOMENTUM: Fraction = 0.9
# Decoupled weight decay. Paper: not stated.
WEIGHT_DECAY: NonNegative = 0.0
# Learning rate: "cosine" decays to 0, "step" divides it by 10 after 60 % and again after 85 % of
# the steps. Paper: not stated.
SCHEDULE: Literal["cosine", "step", "constant"] = "cosine"
# Fraction of the steps in which the rate rises linearly from 0 ("cosine" only). Paper: not stated.
WARMUP: Fraction = 0.05
# Gradients are clipped to this global norm; 0 turns clipping off. Paper: not stated.
GRADIENT_CLIP_NORM: NonNegative = 10.0
# Momentum, per step, of an exponential moving average of the weights, which is then validated and
# stored instead of the weights themselves; 0 keeps no average, and 0.998 suits long trainings.
# Paper: not stated.
EMA_MOMENTUM: Annotated[float, Ge(0), Lt(1)] = 0.0

# --- Machine --------------------------------------------------------------------------------------

# "auto" computes in bfloat16 if the hardware supports it (AMX, AVX512-BF16, GPU), and otherwise in
# float32.
PRECISION: Literal["auto", "float32", "mixed_bfloat16"] = "auto"
# Seed of all other random numbers; the same seed gives the same weights on the same machine.
SEED: Annotated[int, Ge(0), Le(4294967295)] = 1
# Number of validation faces whose landmarks are drawn after each epoch.
LANDMARK_OVERLAYS: Count = 0
# Number of faces shown in the report.
SHEET_FACES: Positive = 24

# --- Former names, and rules between settings -----------------------------------------------------

# Former names, which --set still accepts.
RENAMED = {
    "MIRROR": "FLIP_PROB",
    "BLUR": "BLUR_PROB",
    "ROTATION": "ROTATION_PROB",
    "OCCLUSION": "OCCLUSION_PROB",
    "GREY": "GRAYSCALE_PROB",
    "RESOLUTION_LOSS": "DOWNSCALE_PROB",
    "COLOUR": "COLOR_JITTER",
    "START": "INIT_FROM",
    "MINED_PICTURES": "MINING_IMAGES",
    "TRAIN_PROPOSAL_NETWORK": "TRAIN_PROPOSAL_DETECTOR",
    "PROPOSAL_NETWORK_EPOCHS": "PROPOSAL_DETECTOR_EPOCHS",
    "PROPOSAL_NETWORK_RATE": "PROPOSAL_DETECTOR_RATE",
    "PROPOSAL_PICTURES": "PROPOSAL_IMAGES",
    "PROPOSAL_PICTURES_VALIDATION": "PROPOSAL_IMAGES_VALIDATION",
}


def _or(own: float | None, common: float) -> float:
    return common if own is None else own


RULES = (
    (
        lambda s: s.BACKGROUND_IOU <= s.FACE_IOU,
        "BACKGROUND_IOU is above FACE_IOU, so a region could be both face and background: lower "
        "BACKGROUND_IOU or raise FACE_IOU.",
    ),
    (
        lambda s: s.BACKGROUND_MIN_IOU <= s.BACKGROUND_IOU,
        "BACKGROUND_MIN_IOU is above BACKGROUND_IOU, so no region could be background: lower "
        "BACKGROUND_MIN_IOU or raise BACKGROUND_IOU.",
    ),
    (
        lambda s: s.FACE_MODEL_BACKGROUND_IOU is None or s.FACE_MODEL_BACKGROUND_IOU <= s.FACE_IOU,
        "FACE_MODEL_BACKGROUND_IOU is above FACE_IOU, so a region could be both face and "
        "background: lower FACE_MODEL_BACKGROUND_IOU or raise FACE_IOU.",
    ),
    (
        lambda s: (
            _or(s.FACE_MODEL_BACKGROUND_MIN_IOU, s.BACKGROUND_MIN_IOU)
            <= _or(s.FACE_MODEL_BACKGROUND_IOU, s.BACKGROUND_IOU)
        ),
        "FACE_MODEL_BACKGROUND_MIN_IOU is above FACE_MODEL_BACKGROUND_IOU (None means the value "
        "without FACE_MODEL), so no region could be background: lower it.",
    ),
    (
        lambda s: s.FACE_MODEL_BATCH_SHARES.keys() <= s.BATCH_SHARES.keys(),
        "FACE_MODEL_BATCH_SHARES has an entry that BATCH_SHARES does not have: use only face, "
        "hard_negative and background.",
    ),
    (
        lambda s: sum(s.BATCH_SHARES.values()) > 0,
        "BATCH_SHARES are all 0, so a batch would be empty: raise one of them.",
    ),
    (
        lambda s: any(s.LOSS_WEIGHTS[head] for head in s.HEADS or s.LOSS_WEIGHTS),
        "LOSS_WEIGHTS are 0 for all heads, so nothing would be learned: raise one of them.",
    ),
    (
        lambda s: s.INIT_FROM != "pretrained" or s.PRETRAINED_WEIGHTS,
        'INIT_FROM is "pretrained", but PRETRAINED_WEIGHTS is empty: give the path of a weights '
        "file.",
    ),
    (
        lambda s: s.INIT_FROM != "imagenet" or s.IMAGENET_WEIGHTS,
        'INIT_FROM is "imagenet", but IMAGENET_WEIGHTS is empty: give the path of the .npz file.',
    ),
    (
        lambda s: not s.MINING_IMAGES or s.INIT_FROM == "pretrained",
        'MINING_IMAGES needs a trained network: set INIT_FROM to "pretrained", or MINING_IMAGES '
        "to 0.",
    ),
    (
        lambda s: s.PROPOSAL_DETECTOR_SIDE % 64 == 0,
        "PROPOSAL_DETECTOR_SIDE is not a multiple of 64, the stride of the coarsest feature map: "
        "give 256, 320 or 384.",
    ),
)
