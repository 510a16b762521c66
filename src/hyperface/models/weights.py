"""Weights files: a Keras weights file with a JSON file beside it that describes it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from hyperface.errors import UserError
from hyperface.models.calibration import Calibration
from hyperface.models.normalization import NORMALIZATIONS
from hyperface.models.table import NETWORKS, build_network
from hyperface.models.trunk import PREPROCESSING
from hyperface.utils.files import atomic_write, sha256_of
from hyperface.utils.json_text import write_json

SUFFIX = ".weights.h5"
EXAMPLES = 3
Shapes = list[tuple[int, ...]]  # of the weights of one layer


def normalization_of(model: keras.Model) -> str:
    """The normalization that a network was built with."""
    names = {layer.name for layer in model.layers}
    if any(name.endswith("_batch_norm") for name in names):
        return "batch"
    return "lrn" if "norm1" in names else "none"


def width_of(model: keras.Model) -> float:
    """The width that `build_network` built a network with; 1 for other networks."""
    return getattr(model, "width", 1.0)


def facts_path(path: Path) -> Path:
    """`x.weights.h5` -> `x.json`."""
    return path.with_name(path.name.removesuffix(SUFFIX) + ".json")


def size_of(variables: Iterable[keras.Variable]) -> int:
    """The number of bytes of some variables."""
    return sum(keras.ops.convert_to_numpy(each).nbytes for each in variables)


def save_weights(model: keras.Model, path: Path) -> None:
    """Writes a Keras weights file (`*.weights.h5`) atomically."""
    with atomic_write(path, size_of(model.weights)) as aside:
        _without_optimizer(model).save_weights(aside)


def load_weights(model: keras.Model, path: Path) -> None:
    """Loads a file that `save_weights` wrote for the same network."""
    _without_optimizer(model).load_weights(path)


def _without_optimizer(model: keras.Model) -> keras.Model:
    """The same layers as an uncompiled model; a compiled one is stored with its optimizer."""
    return keras.Model(model.input, model.output, name=model.name)


def write_weights(model: keras.Model, path: Path, facts: dict, half: bool = False) -> None:
    """Writes weights, and a JSON file that describes them.

    Args:
        model: The network.
        path: The file, ending in `.weights.h5`; the JSON file is written beside it.
        facts: Entries of the JSON file besides network, heads, normalization, preprocessing and
            checksum.
        half: Store the weights in float16; they are read as float32.
    """
    save_weights(model, path)
    if half:
        size = path.stat().st_size // 2
        with (
            atomic_write(path, size) as aside,
            h5py.File(path) as whole,
            h5py.File(aside, "w") as small,
        ):
            _copy_in_half(whole, small)
    known = NETWORKS.get(model.name)
    described = {
        "network": model.name,
        "heads": list(model.output_names),
        "parameters": model.count_params(),
        "normalization": normalization_of(model),
        "width": width_of(model),
        "preprocessing": known.preprocessing if known else PREPROCESSING,
        "sha256": sha256_of(path),
        **facts,
    }
    write_json(facts_path(path), described, indent=2)


def _copy_in_half(source: h5py.Group, target: h5py.Group) -> None:
    """Copies a group of an HDF5 file, float32 becoming float16."""
    target.attrs.update(source.attrs)
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            _copy_in_half(item, target.create_group(name))
            continue
        values = item[()]
        if values.dtype == np.float32:
            values = values.astype(np.float16)
        target.create_dataset(name, data=values).attrs.update(item.attrs)


@dataclass(frozen=True)
class WeightsHeader:
    """The description of the network in a weights file and in the JSON file beside it."""

    facts: Mapping[str, Any]  # the content of the JSON file; empty without one
    # Shapes of the weights by layer; None if it is not a Keras weights file.
    shapes: Mapping[str, Shapes] | None
    network: str | None  # the network's name
    # One of `NORMALIZATIONS`; without the JSON file "lrn", though the layers also fit "none".
    normalization: str
    width: float  # number of filters relative to the paper's
    landmarks: int | None  # number of predicted landmarks; None without that head
    threshold: float | None  # recommended minimum probability of a face
    calibration: Calibration  # converts scores of regions to probabilities


def read_header(path: Path) -> WeightsHeader:
    """Reads the description of a weights file, without the checks of `read_weights`.

    Raises:
        UserError: The JSON file beside it cannot be read.
    """
    facts = _read_facts(facts_path(path))
    try:
        shapes = _stored_shapes(path)
    except (OSError, KeyError, ValueError):
        shapes = None
    normalization = facts.get("normalization")
    if normalization not in NORMALIZATIONS:
        batch = any(name.endswith("_batch_norm") for name in shapes or ())
        normalization = "batch" if batch else "lrn"
    landmarks = (shapes or {}).get("landmarks")
    try:
        calibration = Calibration.from_facts(facts.get("calibration"))
    except ValueError as error:
        raise UserError(f"{facts_path(path)} has no usable calibration: {error}.") from error
    return WeightsHeader(
        facts=facts,
        shapes=shapes,
        network=facts.get("network"),
        normalization=normalization,
        width=float(facts.get("width", 1.0)),
        landmarks=landmarks[-1][0] // 2 if landmarks else None,
        threshold=facts.get("threshold"),
        calibration=calibration,
    )


def load_network(path: Path, name: str, dtype: str | None = None) -> keras.Model:
    """Builds a network of the table as a `.weights.h5` file needs it, and loads the file.

    Errors are those of `read_weights`; `dtype` is the Keras dtype policy.
    """
    header = read_header(path)
    model = build_network(name, header.normalization, dtype=dtype, width=header.width)
    read_weights(model, path)
    return model


def read_weights(model: keras.Model, path: Path) -> None:
    """Loads a `.weights.h5` file into a network.

    Raises:
        UserError: There is no such file, its checksum is wrong, it was written for another network
            (all layers that differ are named), or a weight is not a finite number.
    """
    if path.is_dir():
        raise UserError(
            f"{path} is a folder: give the path of a {SUFFIX} file, or load exported networks with "
            "FaceDetector.from_onnx."
        )
    if not path.is_file():
        raise UserError(
            f"There are no weights at {path}: train them first (python src/main.py), or give the "
            f"path of a {SUFFIX} file."
        )
    if not path.name.endswith(SUFFIX):
        raise UserError(f"{path} does not end in {SUFFIX}: give the path of a Keras weights file.")
    header = read_header(path)
    facts = header.facts
    if facts.get("sha256") not in (None, sha256_of(path)):
        raise UserError(
            f"{path} is not the file that {facts_path(path).name} describes (its SHA-256 "
            "differs): it is damaged or was replaced; train it again."
        )
    faults = []
    if facts.get("network") not in (None, model.name):
        faults.append(f"it was written for {facts['network']}")
    faults += _misfits(model, header.shapes)
    # Networks with "lrn" and "none" have the same weights, but different outputs.
    if facts.get("normalization") not in (None, normalization_of(model)):
        faults.append(
            f'it was trained with NORMALIZATION = "{facts["normalization"]}", the network has '
            f'"{normalization_of(model)}"'
        )
    if faults:
        raise UserError(f"{path} does not fit {model.name}: {'; '.join(faults)}.")
    load_weights(model, path)
    if wrong := not_finite(model):
        raise UserError(
            f"{path} holds weights that are not finite ({', '.join(wrong[:EXAMPLES])}): the "
            "training failed or the file is damaged; give other weights."
        )


def not_finite(model: keras.Model) -> list[str]:
    """The paths of the weights of a network that are not finite."""
    return [w.path for w in model.weights if not keras.ops.all(keras.ops.isfinite(w))]


def _read_facts(path: Path) -> dict:
    """The content of the JSON file beside a weights file; empty if it is missing."""
    if not path.is_file():
        return {}
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path} cannot be read as JSON ({error}); remove it.") from error
    if not isinstance(facts, dict):
        raise UserError(f"{path} does not describe weights; remove it.")
    return facts


def _stored_shapes(path: Path) -> dict[str, Shapes]:
    """The shapes of the weights of each layer in a weights file, including nested models."""
    shapes = {}

    def add(name: str, group: h5py.Group | h5py.Dataset) -> None:
        if name.endswith("/vars") and len(group):
            kept = [tuple(group[key].shape) for key in sorted(group, key=int)]
            shapes[str(group.attrs["name"])] = kept

    with h5py.File(path, "r") as file:
        file["layers"].visititems(add)
    return shapes


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers of a model, those of nested models in their place."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer


def _misfits(model: keras.Model, stored: Mapping[str, Shapes] | None) -> list[str]:
    """The differences between the layers of a weights file and of a model."""
    if stored is None:
        return ["it is not a Keras weights file"]
    own = {x.name: [tuple(w.shape) for w in x.weights] for x in _layers(model) if x.weights}
    faults = [f"{name} is missing in the file" for name in own if name not in stored]
    faults += [f"{name} is not in the network" for name in stored if name not in own]
    faults += [
        f"{name} is {stored[name]} in the file, {shapes} in the network"
        for name, shapes in own.items()
        if name in stored and stored[name] != shapes
    ]
    return faults
