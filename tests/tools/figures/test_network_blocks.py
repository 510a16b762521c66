"""Blocks and their places, on stand-ins for layers: Keras itself is not needed."""

from types import SimpleNamespace

from tools.figures.network_blocks import Block, Place, model_blocks, places


def layer(kind, name, source, shape, **facts):
    made = type(kind, (), {})()
    made.name, made.input, made.output = name, source, SimpleNamespace(shape=(None, *shape))
    made.__dict__.update(facts)
    return made


def test_blocks_have_names_shapes_and_windows_and_other_layers_are_skipped():
    region = layer("InputLayer", "region", None, (9, 9, 3))
    region.input = region.output
    scale = layer("Rescaling", "scale", region.output, (9, 9, 3))
    conv = layer("Conv2D", "conv", scale.output, (4, 4, 8), kernel_size=(3, 3), strides=(2, 2))
    pool = layer("MaxPooling2D", "pool", conv.output, (4, 4, 8), pool_size=(2, 2), strides=(1, 1))
    both = layer("Concatenate", "both", [conv.output, pool.output], (4, 4, 16))
    flat = layer("Flatten", "flat", both.output, (256,))
    pose = layer("Dense", "pose", flat.output, (3,))
    model = SimpleNamespace(layers=[region, scale, conv, pool, both, flat, pose])
    assert model_blocks(model) == [
        Block("region", "input", (9, 9, 3)),
        Block("conv", "convolution", (4, 4, 8), "3×3 / 2", ("region",)),
        Block("pool", "max pooling", (4, 4, 8), "2×2", ("conv",)),
        Block("both", "concatenation", (4, 4, 16), "", ("conv", "pool")),
        Block("pose", "output", (3,), "", ("both",)),
    ]


def chain(**sources):
    return [Block(name, "convolution", (1, 1, 1), "", found) for name, found in sources.items()]


def test_a_chain_of_layers_is_the_trunk():
    assert places(chain(a=(), b=("a",), c=("b",))) == {
        "a": Place(0, 0, "trunk"),
        "b": Place(1, 0, "trunk"),
        "c": Place(2, 0, "trunk"),
    }


def test_side_paths_end_before_their_target_and_the_last_to_start_is_lowest():
    found = places(
        chain(
            **{"a": (), "early": ("a",), "b": ("a",), "late": ("b",), "c": ("b",), "d": ("c",)},
            join=("early", "late", "d"),
        )
    )
    assert found["early"] == Place(3, 2, "side")
    assert found["late"] == Place(3, 1, "side")
    trunk = [name for name, place in found.items() if place.part == "trunk"]
    assert trunk == ["a", "b", "c", "d", "join"]


def test_heads_fan_out_in_the_order_of_the_tasks():
    found = places(
        chain(a=(), fc_gender=("a",), fc_pose=("a",), gender=("fc_gender",), pose=("fc_pose",))
    )
    assert found["fc_pose"] == Place(1, 0.5, "head")
    assert found["pose"] == Place(2, 0.5, "head")
    assert found["fc_gender"] == Place(1, -0.5, "head")
    assert found["gender"] == Place(2, -0.5, "head")
