"""The blocks of a network that its figure shows, and their places."""

from dataclasses import dataclass

from hyperface.tasks import TASKS

# By class of the Keras layer. Other layers (scaling, flattening, activation, dropout, batch
# normalization) are not drawn, and their neighbors are connected.
KINDS = {
    "InputLayer": "input",
    "Conv2D": "convolution",
    "MaxPooling2D": "max pooling",
    "LocalResponseNormalization": "local response normalization",
    "Concatenate": "concatenation",
    "Dense": "fully connected",
}


@dataclass(frozen=True)
class Block:
    """One block of a figure.

    Attributes:
        name: Name of the layer.
        kind: One of the values of `KINDS`, or "output" for the last layers.
        shape: Shape of the output without the batch: (height, width, channels) or (units,).
        window: Size of the kernel or pool and any stride other than 1, as in `11×11 / 4`, or "".
        sources: Names of the blocks that are its inputs.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    window: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """The place of a block.

    Attributes:
        column: Column, counted from the left.
        row: 0 for the trunk, above 0 for side paths; heads are distributed around 0.
        part: "trunk", "side" or "head".
    """

    column: int
    row: float
    part: str


def model_blocks(model) -> list[Block]:
    """The blocks of a functional Keras model that uses each layer once, inputs first."""
    made_by = {id(layer.output): layer for layer in model.layers}

    def block_names(tensor) -> list[str]:
        layer = made_by[id(tensor)]
        if type(layer).__name__ in KINDS:
            return [layer.name]
        return [name for source in _listed(layer.input) for name in block_names(source)]

    drawn = [layer for layer in model.layers if type(layer).__name__ in KINDS]
    sources = {
        layer.name: ()
        if type(layer).__name__ == "InputLayer"
        else tuple(name for tensor in _listed(layer.input) for name in block_names(tensor))
        for layer in drawn
    }
    used = {name for names in sources.values() for name in names}
    return [
        Block(
            layer.name,
            KINDS[type(layer).__name__] if layer.name in used else "output",
            tuple(layer.output.shape[1:]),
            _window(layer),
            sources[layer.name],
        )
        for layer in drawn
    ]


def places(blocks: list[Block]) -> dict[str, Place]:
    """The place of each block: the trunk in a row, side paths above it, heads fanned out.

    The trunk is the longest path to the last block that every output depends on.

    Args:
        blocks: The blocks, each after its sources.
    """
    by_name = {block.name: block for block in blocks}
    depth: dict[str, int] = {}
    for block in blocks:
        depth[block.name] = 1 + max((depth[source] for source in block.sources), default=-1)
    users = {name: [b.name for b in blocks if name in b.sources] for name in by_name}
    # Keras sorts outputs by name; the figure has them in the order of the tasks.
    outputs = [name for name in TASKS if name in by_name]
    outputs += [name for name in by_name if not users[name] and name not in TASKS]

    def with_ancestors(name: str) -> set[str]:
        return {name}.union(*(with_ancestors(source) for source in by_name[name].sources))

    leading = {name: with_ancestors(name) for name in outputs}
    shared = set.intersection(*leading.values())
    trunk = [max(shared, key=depth.__getitem__)]
    while by_name[trunk[0]].sources:
        trunk.insert(0, max(by_name[trunk[0]].sources, key=depth.__getitem__))
    found = {name: Place(column, 0, "trunk") for column, name in enumerate(trunk)}

    # The side path that starts last is nearest to the trunk, so that no two cross. Each block of a
    # side path is directly before the block that it joins.
    sides = sorted(shared - set(trunk), key=depth.__getitem__, reverse=True)
    lanes = 0
    for name in sides:
        following = [found[user] for user in users[name]]
        lanes, row = (lanes, following[0].row) if following[0].row else (lanes + 1, lanes + 1)
        found[name] = Place(min(place.column for place in following) - 1, row, "side")

    for name in by_name:
        if name not in found:
            rows = [row for row, output in enumerate(outputs) if name in leading[output]]
            middle = (len(outputs) - 1) / 2 - sum(rows) / len(rows)
            column = len(trunk) + depth[name] - depth[trunk[-1]] - 1
            found[name] = Place(column, middle, "head")
    return found


def _listed(tensors) -> list:
    return list(tensors) if isinstance(tensors, list | tuple) else [tensors]


def _window(layer) -> str:
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if size is None:
        return ""
    stride = layer.strides[0]
    return f"{size[0]}×{size[1]}" + (f" / {stride}" if stride != 1 else "")
