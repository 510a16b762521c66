"""Every setting of `python src/main.py`: edit a value and run again, or override it for one run
with `python src/main.py --set NAME=VALUE`.

Facts of the paper (227 pixels, 21 landmarks, 96 filters) are not here: they stand beside the code
that uses them. Where a comment says "paper", the paper gives the value; where it says "open", the
paper leaves it to the reader. A relative path starts from the current folder or, if nothing is
there, from the project's.
"""

from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from hyperface.utils.setting_types import Count, Fraction, NonNegative, Positive

# --- Data -----------------------------------------------------------------------------------------

# Folder of one data set or of several, found by their layout; several paths are joined by "+". A
# name before a path says which data set it is (README): "aflw:/data/aflw+celeba:/data/celeba".
DATA = "data/sample"
# Share of the images held out for validation, by person and by near-identical image. Open.
VALIDATION_FRACTION: Annotated[float, Ge(0), Le(0.9)] = 0.1
# Judged on the held-out part of these data sets, given like DATA; "" for the held-out part of DATA.
EVALUATION_DATA = ""
# By data set: how often its faces are drawn, relative to their number; 1 where it is not named.
# Example: {"helen": 3.0}.
DATA_WEIGHTS: dict[str, NonNegative] = {}
# Data sets whose gender labels are left out, for instance because they are often wrong.
WITHOUT_GENDER: tuple[str, ...] = ()
# Other data sets to train the face model on, given like DATA; "" for the training part of DATA.
FACE_MODEL_DATA = ""
# A photograph in which the report shows what the network finds; "" for none. The default is never
# trained on with the default DATA.
PHOTOGRAPH = "data/photographs/astronaut.jpg"

# --- Region proposals (paper, section 2.1: selective search) --------------------------------------

# "selectivesearch" is the Python package, the other two are OpenCV's implementation in C++.
PROPOSAL_METHOD: Literal["opencv_fast", "opencv_quality", "selectivesearch"] = "opencv_fast"
# Longer side, in pixels, to which an image is shrunk for the search; 0 searches it as it is.
PROPOSAL_SIDE: Count = 200
# Proposals kept of one image at the most. Paper: about 2,000; the first 1,000 find as many faces
# as all do.
PROPOSAL_BOXES: Positive = 1000
# Proposals with a side under so many pixels are left out. Open.
PROPOSAL_MIN_SIDE: NonNegative = 8.0
# On how many images of each data set to search: for training, and for validation. The paper
# searches all; jittered true boxes serve the other images, since a search takes up to a second.
PROPOSAL_IMAGES: Count = 300
PROPOSAL_IMAGES_VALIDATION: Count = 150

# --- Regions and their labels ---------------------------------------------------------------------

# Intersection over union (IoU) with the face above which a region is a face. Paper.
FACE_IOU: Fraction = 0.5
# IoU under which it is not; between the two it does not train detection. Paper.
BACKGROUND_IOU: Fraction = 0.35
# IoU above which it trains landmarks and visibility. Paper.
LANDMARKS_IOU: Fraction = 0.35
# IoU above which it trains pose and gender. Paper.
POSE_GENDER_IOU: Fraction = 0.5
# Where other people in an image may not be annotated, a region is safe background only above this
# IoU with an annotated face. Ours: the paper's data had no such images.
BACKGROUND_MIN_IOU: Fraction = 0.1
# What a batch is made of: regions on faces, regions that touch a face without being one, and
# background. Open.
BATCH_SHARES: dict[str, NonNegative] = {"face": 0.6, "hard_negative": 0.2, "background": 0.2}
# BACKGROUND_IOU, BACKGROUND_MIN_IOU and BATCH_SHARES of the face model's training, where they are
# not the same; an entry of the last takes the place of BATCH_SHARES'. Ours.
FACE_MODEL_BACKGROUND_IOU: Fraction | None = None
FACE_MODEL_BACKGROUND_MIN_IOU: Fraction | None = None
FACE_MODEL_BATCH_SHARES: dict[str, NonNegative] = {}
# In so many images of each data set the network is asked, before its training, about what the
# fast mode proposes; of what is no face, that which it gives more than MINED_SCORE makes half of
# the hard negatives and of the background from then on. 0 asks about none. For a network that
# starts trained (INIT_FROM = "pretrained"); another has nothing to say yet. Open.
MINING_IMAGES: Count = 0
MINED_SCORE: Fraction = 0.1
# Share of proposals among the regions of an image that has them; the others are jittered. Ours.
PROPOSAL_SHARE: Fraction = 0.5
# How far jittered boxes lie from the true one: shift in sides, size and aspect as factors. Ours.
JITTER_SHIFT: Annotated[float, Ge(0), Le(2)] = 0.35
JITTER_SCALE: Annotated[float, Ge(1), Le(10)] = 1.6
JITTER_ASPECT: Annotated[float, Ge(1), Le(10)] = 1.3
# Augmentation: probabilities of the mirror image, of gray, blur and loss of resolution; the largest
# relative change of brightness, contrast and saturation. Open.
FLIP_PROB: Fraction = 0.5
GRAYSCALE_PROB: Fraction = 0.1
BLUR: Fraction = 0.1
DOWNSCALE_PROB: Fraction = 0.2
COLOR_JITTER: Fraction = 0.3
# Probability of a turn in the image's plane, by at most so many degrees either way, and of
# something pasted over the face, which hides the landmarks below it.
ROTATION: Fraction = 0.3
ROTATION_DEGREES: Annotated[float, Ge(0), Le(180)] = 45.0
OCCLUSION: Fraction = 0.2

# --- Networks -------------------------------------------------------------------------------------

# What is trained after the face model, a row of src/hyperface/models/table.py: "hyperface", or
# one of the networks that the paper compares it with. "hyperface_resnet" has no face model's
# convolutions, so that what is said of the face model, INIT_FROM and NORMALIZATION's "lrn" is not
# for it.
NETWORK: Literal[
    "hyperface",
    "hyperface_resnet",
    "multitask_face",
    "r_cnn_fiducial",
    "r_cnn_pose",
    "r_cnn_gender",
] = "hyperface"
# Which of its heads NETWORK has, for instance ("detection", "landmarks"); () for all of them.
HEADS: tuple[Literal["detection", "landmarks", "visibility", "pose", "gender"], ...] = ()
# The landmarks that are learned: "21" (paper), AFLW's, or "68", 300-W's. With "68" only sets that
# have them train the landmarks (300-W, Helen, LFPW, 300-VW, YouTube Faces), and the network is
# not for predict.py, which tells faces by the 21.
LANDMARKS: Literal["21", "68"] = "21"
# "lrn" after pool1 and pool2 (paper), "batch" normalization after every layer, or "none".
NORMALIZATION: Literal["lrn", "batch", "none"] = "lrn"
# Filters and hidden units are so many times the paper's: a narrow network trains fast and learns
# less. Not of "hyperface_resnet". Paper: 1.
NETWORK_WIDTH: Annotated[float, Gt(0), Le(4)] = 1.0
# Rate of dropout after each hidden dense layer. Open.
DROPOUT: Annotated[float, Ge(0), Le(0.95)] = 0.0
# Where training starts. "random"; "imagenet" (paper) or "convolutions": the face model's
# convolutions from ImageNet or from PRETRAINED_WEIGHTS; "pretrained": all of NETWORK from
# PRETRAINED_WEIGHTS, without a face model, to fine-tune on data of your own.
INIT_FROM: Literal["random", "imagenet", "convolutions", "pretrained"] = "convolutions"
# Weights as this program writes them: of HyperFace for "convolutions"; for "pretrained" of NETWORK,
# with its HEADS, LANDMARKS and NORMALIZATION ("lrn" for those that come with the project); "batch"
# is given to those that have none, with the statistics of training regions.
PRETRAINED_WEIGHTS = "weights/pretrained/hyperface.weights.h5"
# With INIT_FROM = "imagenet": an .npz with AlexNet's five convolutions, used as a sub-network.
IMAGENET_WEIGHTS = "weights/alexnet_imagenet.npz"
# With NETWORK = "hyperface_resnet": Keras' ImageNet weights of ResNet101 without its top (file
# resnet101_weights_tf_dim_ordering_tf_kernels_notop.h5); "" starts at random.
RESNET_WEIGHTS = ""
# False skips the face model's training and starts NETWORK from a saved face model, or, where
# FACE_MODEL_WEIGHTS is "", from the convolutions as INIT_FROM has them.
TRAIN_FACE_MODEL = True
FACE_MODEL_WEIGHTS = "weights/face_model.weights.h5"
# Layers that NETWORK keeps as they are, for instance ("conv1", "conv2"). Paper: none.
FROZEN_LAYERS: tuple[str, ...] = ()

# --- The small network of the fast mode (predict.py --fast); ours --------------------------------

# False leaves it out.
TRAIN_PROPOSAL_NETWORK = True
# Epochs, regions of 31 x 31 pixels drawn for one, and the highest learning rate.
PROPOSAL_NETWORK_EPOCHS: Positive = 2
PROPOSAL_NETWORK_REGIONS: Positive = 6400
PROPOSAL_NETWORK_RATE: NonNegative = 0.003
# What a batch is made of, as BATCH_SHARES; it meets far more windows without a face than with one.
PROPOSAL_NETWORK_SHARES: dict[str, NonNegative] = {
    "face": 0.4,
    "hard_negative": 0.3,
    "background": 0.3,
}

# --- Training -------------------------------------------------------------------------------------

# Epochs of the face model, and of NETWORK. Open.
FACE_MODEL_EPOCHS: Positive = 3
EPOCHS: Positive = 5
# Regions drawn for one epoch. A killed run loses at most an epoch. Ours.
REGIONS_PER_EPOCH: Positive = 480
# Regions a step: in a short training many small steps learn more. Open.
BATCH_SIZE: Positive = 16
# Regions on which the loss is watched after each epoch, and the figures are taken at the end.
VALIDATION_REGIONS: Annotated[int, Ge(2)] = 64
EVALUATION_REGIONS: Annotated[int, Ge(2)] = 4000
# Weights of the five losses in their sum; of weight 0 a task is only watched. Paper.
LOSS_WEIGHTS: dict[str, NonNegative] = {
    "detection": 1.0,
    "landmarks": 5.0,
    "visibility": 0.5,
    "pose": 5.0,
    "gender": 2.0,
}
# "sgd" with momentum, or "adam" (with decoupled weight decay). Open.
OPTIMIZER: Literal["sgd", "adam"] = "adam"
# The highest learning rate; 0.01 suits "sgd", 0.0003 "adam". Open.
LEARNING_RATE: NonNegative = 0.0003
# Momentum of "sgd". Open.
MOMENTUM: Fraction = 0.9
# Decoupled weight decay. Open.
WEIGHT_DECAY: NonNegative = 0.0
# "cosine" falls to 0, "step" to a tenth at 60 % and at 85 %, "constant" stays. Open.
SCHEDULE: Literal["cosine", "step", "constant"] = "cosine"
# Share of the steps over which the rate rises from 0 ("cosine" only). Open.
WARMUP: Fraction = 0.05
# Largest norm of the gradient; 0 leaves it as it is. Open.
GRADIENT_CLIP_NORM: NonNegative = 10.0

# --- Machine --------------------------------------------------------------------------------------

# "auto" computes in bfloat16 where the chip has it (AMX, AVX512-BF16, GPU), else in float32.
PRECISION: Literal["auto", "float32", "mixed_bfloat16"] = "auto"
# One seed makes the same weights twice on one machine.
SEED: Annotated[int, Ge(0), Le(4294967295)] = 1
# Validation faces whose landmarks are drawn after each epoch, into the run's folder; 0 for none.
LANDMARK_OVERLAYS: Count = 0
# Faces on the image sheet of the report.
SHEET_FACES: Positive = 24

# --- What settings must agree on, checked for edits and for --set ---------------------------------

# Former names, which --set still understands.
RENAMED = {
    "MIRROR": "FLIP_PROB",
    "GREY": "GRAYSCALE_PROB",
    "RESOLUTION_LOSS": "DOWNSCALE_PROB",
    "COLOUR": "COLOR_JITTER",
    "START": "INIT_FROM",
    "MINED_PICTURES": "MINING_IMAGES",
    "PROPOSAL_PICTURES": "PROPOSAL_IMAGES",
    "PROPOSAL_PICTURES_VALIDATION": "PROPOSAL_IMAGES_VALIDATION",
}
RULES = (
    (
        lambda s: s.BACKGROUND_IOU <= s.FACE_IOU,
        "BACKGROUND_IOU is above FACE_IOU, so that a region would be a face and background: "
        "lower the one or raise the other.",
    ),
    (
        lambda s: s.BACKGROUND_MIN_IOU <= s.BACKGROUND_IOU,
        "BACKGROUND_MIN_IOU is above BACKGROUND_IOU, so that no region would be background: "
        "lower the one or raise the other.",
    ),
    (
        lambda s: s.FACE_MODEL_BACKGROUND_IOU is None or s.FACE_MODEL_BACKGROUND_IOU <= s.FACE_IOU,
        "FACE_MODEL_BACKGROUND_IOU is above FACE_IOU, so that a region would be a face and "
        "background: lower the one or raise the other.",
    ),
    (
        lambda s: s.FACE_MODEL_BATCH_SHARES.keys() <= s.BATCH_SHARES.keys(),
        "FACE_MODEL_BATCH_SHARES names something that BATCH_SHARES has no share of: it may name "
        "face, hard_negative and background.",
    ),
    (
        lambda s: sum(s.BATCH_SHARES.values()) > 0,
        "BATCH_SHARES are all 0, so that a batch would be empty: raise one of them.",
    ),
    (
        lambda s: any(s.LOSS_WEIGHTS[head] for head in s.HEADS or s.LOSS_WEIGHTS),
        "LOSS_WEIGHTS of all heads are 0, so that nothing would be learned: raise one of them.",
    ),
    (
        lambda s: s.INIT_FROM != "pretrained" or s.PRETRAINED_WEIGHTS,
        'INIT_FROM is "pretrained" and PRETRAINED_WEIGHTS is empty: give the path of a weights '
        "file.",
    ),
    (
        lambda s: s.INIT_FROM != "imagenet" or s.IMAGENET_WEIGHTS,
        'INIT_FROM is "imagenet" and IMAGENET_WEIGHTS is empty: give the path of the .npz file.',
    ),
    (
        lambda s: not s.MINING_IMAGES or s.INIT_FROM == "pretrained",
        "MINING_IMAGES asks a network before its training, which needs one that starts trained: "
        'set INIT_FROM to "pretrained", or MINING_IMAGES to 0.',
    ),
)
