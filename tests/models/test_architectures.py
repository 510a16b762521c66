"""The networks as the paper draws them: maps, layers, names, numbers of parameters."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from hyperface.models.normalization import LocalResponseNormalization
from hyperface.models.table import NETWORKS, build_network, output_layer
from hyperface.models.trunk import build_trunk, region_input
from hyperface.regions.encoding import TARGET_SHAPES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "networks.md"
# Kernel side, channels in, filters.
TRUNK = {
    "conv1": (11, 3, 96),
    "conv2": (5, 96, 256),
    "conv3": (3, 256, 384),
    "conv4": (3, 384, 384),
    "conv5": (3, 384, 256),
}
FUSION = {"conv1a": (4, 96, 256), "conv3a": (2, 384, 256), "conv_all": (1, 768, 192)}
BRANCHES = {"detection": 2, "landmarks": 42, "visibility": 21, "pose": 3, "gender": 2}


def convolutions(table):
    return sum(side * side * inputs * filters + filters for side, inputs, filters in table.values())


def dense(inputs, outputs):
    return inputs * outputs + outputs


FACE_MODEL_PARAMETERS = (
    convolutions(TRUNK) + dense(6 * 6 * 256, 4096) + dense(4096, 512) + dense(512, 2)
)
HYPERFACE_PARAMETERS = (
    convolutions(TRUNK | FUSION)
    + dense(6 * 6 * 192, 3072)
    + sum(dense(3072, 512) + dense(512, outputs) for outputs in BRANCHES.values())
)


def without_fusion(*tasks):
    """The parameters of a trunk, fc6 and the branches of some tasks."""
    branches = sum(dense(4096, 512) + dense(512, BRANCHES[task]) for task in tasks)
    return convolutions(TRUNK) + dense(6 * 6 * 256, 4096) + branches


PARAMETERS = {
    "face_model": FACE_MODEL_PARAMETERS,
    "hyperface": HYPERFACE_PARAMETERS,
    "hyperface_resnet": 42_658_176  # Keras' ResNet101 without its top
    + sum(2 * 2 * a * b + b for a, b in ((256, 512), (512, 1024), (1024, 2048)))
    + sum(dense(2048, 512) + dense(512, outputs) for outputs in BRANCHES.values()),
    "r_cnn_fiducial": without_fusion("landmarks", "visibility"),
    "r_cnn_pose": without_fusion("pose"),
    "r_cnn_gender": without_fusion("gender"),
    "multitask_face": without_fusion(*BRANCHES) + dense(4096, 4096),
}
# The layer before the branches, where it is not fc6.
BEFORE_BRANCHES = {
    "hyperface": "fc_full",
    "hyperface_resnet": "average_pool",
    "multitask_face": "fc7",
}


def activation_of(layer):
    return keras.activations.serialize(layer.activation)


def test_the_layers_add_up_to_the_papers_parameters():
    assert FACE_MODEL_PARAMETERS == 43_598_722
    assert HYPERFACE_PARAMETERS == 33_821_318
    assert PARAMETERS["hyperface_resnet"] == 58_953_158


def test_parameters_with_local_response_normalization(paper_face_model, paper_hyperface):
    assert paper_face_model.count_params() == 43_598_722
    assert paper_hyperface.count_params() == 33_821_318


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "without", "units"),
    [
        ("face_model", 43_598_722, 96 + 256 + 384 + 384 + 256 + 4096 + 512),
        ("hyperface", 33_821_318, 1376 + 256 + 256 + 192 + 3072 + 5 * 512),
    ],
)
def test_parameters_with_none_and_with_batch_normalization(outline, name, without, units):
    assert outline(name, "none").count_params() == without
    # A batch-normalized unit has four numbers in place of its bias.
    assert outline(name, "batch").count_params() == without + 3 * units


@pytest.fixture(scope="module", params=list(NETWORKS))
def network(request, outline):
    """One network of the table after the other, of zeros; not to be changed."""
    return outline(request.param)


@pytest.mark.slow
def test_every_network_has_its_parameters_and_its_heads(network):
    name = network.name
    assert network.count_params() == PARAMETERS[name]
    assert set(network.output_names) == set(NETWORKS[name].heads)
    last = network.get_layer(BEFORE_BRANCHES.get(name, "fc6"))
    for task in network.output_names:
        assert network.get_layer(f"fc_{task}").input is last.output


def test_networks_have_the_heads_of_the_paper():
    heads = {name: set(network.heads) for name, network in NETWORKS.items()}
    every = set(BRANCHES)
    assert heads == {
        "face_model": {"detection"},
        "r_cnn_fiducial": {"landmarks", "visibility"},
        "r_cnn_pose": {"pose"},
        "r_cnn_gender": {"gender"},
        "multitask_face": every,
        "hyperface": every,
        "hyperface_resnet": every,
    }


@pytest.mark.slow
def test_the_table_of_networks_tells_of_it(network):
    name = network.name
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    (row,) = (line for line in lines if line.startswith(f"| `{name}` |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1] == NETWORKS[name].title
    heads = ", ".join(NETWORKS[name].heads)
    assert cells[2] == ("all five" if len(network.outputs) == 5 else heads)
    assert int(cells[4].replace(",", "")) == network.count_params()
    graph = DOCUMENT.parent / re.search(r"\((.+)\)", cells[5])[1]
    assert graph.is_file()


@pytest.mark.slow
def test_heads_can_be_left_out_and_follow_the_landmarks(outline):
    model = outline("hyperface", heads=("pose", "visibility", "landmarks"), num_landmarks=68)
    widths = {task: answer.shape[-1] for task, answer in model.output.items()}
    assert widths == {"landmarks": 136, "visibility": 68, "pose": 3}


def test_maps_of_the_trunk(paper_face_model):
    sides = {"conv1": 55, "pool1": 27, "norm1": 27, "conv2": 27, "pool2": 13, "norm2": 13}
    sides |= {"conv3": 13, "conv4": 13, "conv5": 13, "pool5": 6}
    depths = {"pool1": 96, "norm1": 96, "pool2": 256, "norm2": 256, "pool5": 256}
    for name, side in sides.items():
        depth = depths.get(name) or TRUNK[name][2]
        assert paper_face_model.get_layer(name).output.shape == (None, side, side, depth), name


def test_layers_of_the_face_model_follow_each_other(paper_face_model):
    assert " ".join(layer.name for layer in paper_face_model.layers) == (
        "region scale_pixels conv1 pool1 norm1 conv2 pool2 norm2 conv3 conv4 conv5 pool5 "
        "flatten fc6 fc_detection detection"
    )
    assert paper_face_model.get_layer("fc6").units == 4096
    assert paper_face_model.get_layer("fc_detection").units == 512


def test_hyperface_fuses_three_depths(paper_hyperface):
    layer = paper_hyperface.get_layer
    assert layer("conv1a").input is layer("pool1").output, "before its normalization"
    assert layer("conv3a").input is layer("conv3").output
    fused = [layer("conv1a").output, layer("conv3a").output, layer("pool5").output]
    assert all(x.shape == (None, 6, 6, 256) for x in fused)
    assert all(a is b for a, b in zip(layer("concat").input, fused, strict=True))
    assert layer("concat").output.shape == (None, 6, 6, 768)
    assert layer("conv_all").input is layer("concat").output
    assert layer("conv_all").output.shape == (None, 6, 6, 192)
    assert layer("flatten").output.shape == (None, 6912)
    assert layer("fc_full").units == 3072


def test_hyperface_has_five_branches_of_their_own(paper_hyperface):
    layer = paper_hyperface.get_layer
    for task, outputs in BRANCHES.items():
        assert layer(f"fc_{task}").units == 512
        assert layer(f"fc_{task}").input is layer("fc_full").output
        assert layer(task).units == outputs
        assert layer(task).input is layer(f"fc_{task}").output


def test_outputs_are_named_after_their_tasks(paper_face_model, paper_hyperface):
    assert set(paper_face_model.output_names) == {"detection"}
    assert set(paper_hyperface.output_names) == set(BRANCHES) == set(TARGET_SHAPES)
    for model in (paper_face_model, paper_hyperface):
        assert isinstance(model.output, dict), "answers are asked for by task"
        for task, answer in model.output.items():
            assert answer is model.get_layer(task).output
    assert paper_face_model.name == "face_model"
    assert paper_hyperface.name == "hyperface"


def test_rectified_everywhere_but_the_outputs(paper_face_model, paper_hyperface):
    softmax = {"detection", "gender"}
    for model in (paper_face_model, paper_hyperface):
        for layer in model.layers:
            if not isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
                continue
            last = layer.name in BRANCHES
            expected = ("softmax" if layer.name in softmax else "linear") if last else "relu"
            assert activation_of(layer) == expected, layer.name


def test_convolutions_are_the_papers_and_have_no_groups(paper_hyperface):
    strides = {"conv1": 4, "conv1a": 4, "conv3a": 2}
    valid = {"conv1", "conv1a", "conv3a"}
    for name, (side, inputs, filters) in (TRUNK | FUSION).items():
        layer = paper_hyperface.get_layer(name)
        assert layer.kernel.shape == (side, side, inputs, filters), name
        assert layer.strides == (strides.get(name, 1),) * 2, name
        if name != "conv_all":  # 1 x 1: padding is nothing to it
            assert layer.padding == ("valid" if name in valid else "same"), name
        assert layer.groups == 1, name
    for name in ("pool1", "pool2", "pool5"):
        pool = paper_hyperface.get_layer(name)
        assert (pool.pool_size, pool.strides, pool.padding) == ((3, 3), (2, 2), "valid")


def test_the_trunk_is_one_and_the_same_in_both(paper_face_model, paper_hyperface):
    def trunk(model):
        names = [layer.name for layer in model.layers]
        return {
            layer.name: layer.get_config()
            for layer in model.layers
            if layer.name in names[: names.index("pool5") + 1]
            and layer.name not in FUSION
            and layer.name != "concat"
        }

    ours, theirs = trunk(paper_face_model), trunk(paper_hyperface)
    assert set(TRUNK) < set(ours)
    for name, config in ours.items():
        dtypes = {"dtype"}  # a policy is another object each time
        assert {k: v for k, v in config.items() if k not in dtypes} == {
            k: v for k, v in theirs[name].items() if k not in dtypes
        }, name


@pytest.mark.parametrize("normalization", ["lrn", "batch", "none"])
def test_the_places_of_the_normalization(normalization):
    region = region_input()
    maps = build_trunk(region, normalization)
    model = keras.Model(region, maps.pool5)
    layer = {each.name: each for each in model.layers}
    norms = [x for x in model.layers if isinstance(x, LocalResponseNormalization)]
    batch = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    if normalization == "lrn":
        # After the pool, as Caffe's own AlexNet has it.
        assert [x.name for x in norms] == ["norm1", "norm2"]
        assert layer["norm1"].input is layer["pool1"].output
        assert layer["conv2"].input is layer["norm1"].output
        assert layer["norm2"].input is layer["pool2"].output
        assert layer["conv3"].input is layer["norm2"].output
    else:
        assert not norms
    if normalization == "batch":
        assert [x.name for x in batch] == [f"{name}_batch_norm" for name in TRUNK]
        for name in TRUNK:
            assert activation_of(layer[name]) == "linear"
            assert not layer[name].use_bias
            assert layer[f"{name}_batch_norm"].input is layer[name].output
            assert layer[f"{name}_relu"].input is layer[f"{name}_batch_norm"].output
        assert maps.conv3 is layer["conv3_relu"].output
    else:
        assert not batch
        assert maps.conv3 is layer["conv3"].output
    assert maps.pool1 is layer["pool1"].output
    assert maps.pool5 is layer["pool5"].output


def test_an_unknown_normalization_is_refused():
    with pytest.raises(ValueError, match="'lnr'"):
        build_trunk(region_input(), "lnr")


@pytest.mark.slow
def test_dropout_follows_hidden_dense_layers_and_costs_nothing(outline, paper_hyperface):
    model = outline("hyperface", dropout=0.3)
    dropped = [x for x in model.layers if isinstance(x, keras.layers.Dropout)]
    hidden = {"fc_full", *(f"fc_{task}" for task in BRANCHES)}
    assert {x.name for x in dropped} == {f"{name}_dropout" for name in hidden}
    assert all(x.rate == 0.3 for x in dropped)
    assert model.count_params() == 33_821_318
    assert not [x for x in paper_hyperface.layers if isinstance(x, keras.layers.Dropout)]


def test_pixels_are_scaled_as_red_green_blue(paper_hyperface):
    pixels = np.zeros((1, 227, 227, 3), np.float32)
    pixels[..., 0], pixels[..., 1] = 255, 51  # red, some green, no blue
    scaled = paper_hyperface.get_layer("scale_pixels")(pixels)
    found = ops.convert_to_numpy(scaled)[0, 0, 0]
    expected = [(1 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (0 - 0.406) / 0.225]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.slow
def test_hidden_layers_compute_in_bfloat16_and_the_answers_are_float32(outline):
    model = outline("hyperface", dtype="mixed_bfloat16")
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        expected = "float32" if layer.name in BRANCHES else "bfloat16"
        assert layer.compute_dtype == expected, layer.name
    assert {answer.dtype for answer in model.output.values()} == {"float32"}
    assert {weight.dtype for weight in model.weights} == {"float32"}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_answers_of_the_random_network(dtype):
    keras.utils.set_random_seed(3)
    model = build_network("hyperface", "lrn", dtype=dtype, width=0.125)
    # The heads start as zeros; here they say something.
    for task in BRANCHES:
        kernel = model.get_layer(task).kernel
        kernel.assign(np.random.default_rng(4).normal(0, 0.1, kernel.shape))
    regions = np.random.default_rng(5).integers(0, 256, (3, 227, 227, 3), np.uint8)
    answers = {task: ops.convert_to_numpy(x) for task, x in model(regions).items()}
    assert {task: x.shape for task, x in answers.items()} == {
        task: (3, outputs) for task, outputs in BRANCHES.items()
    }
    for task, answer in answers.items():
        assert answer.dtype == np.float32
        assert np.isfinite(answer).all(), task
        assert len(np.unique(answer, axis=0)) == 3, f"{task} is blind to its input"
    for task in ("detection", "gender"):
        np.testing.assert_allclose(answers[task].sum(axis=1), 1, atol=1e-6)
        assert (answers[task] >= 0).all()


def test_outputs_start_at_zero_and_at_equal_probabilities():
    features = keras.Input((8,))
    given = np.random.default_rng(0).normal(size=(2, 8)).astype(np.float32)
    for task in BRANCHES:
        answers = keras.Model(features, output_layer(features, task, 21)).predict_on_batch(given)
        assert (answers == (0.5 if task in ("detection", "gender") else 0)).all(), task


def test_a_narrow_network_has_the_same_layers_of_fewer_filters_and_units(paper_hyperface):
    narrow = build_network("hyperface", width=0.125)
    filters = [narrow.get_layer(name).filters for name in ("conv1", "conv2", "conv_all")]
    assert filters == [12, 32, 24]
    assert narrow.get_layer("fc_full").units == 384
    assert narrow.get_layer("fc_pose").units == 64
    assert {k: v.shape for k, v in narrow.output.items()} == {
        k: v.shape for k, v in paper_hyperface.output.items()
    }
    assert build_network("hyperface", width=0.001).get_layer("conv1").filters == 1


def test_unknown_networks_and_heads_are_named():
    with pytest.raises(ValueError, match="name is 'nope', expected one of face_model, r_cnn"):
        build_network("nope")
    with pytest.raises(ValueError, match="expected some of detection, landmarks"):
        build_network("hyperface", heads=("smile",))
