"""Writes a network in the format of another runtime, and checks that its outputs agree."""

import logging
import os
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hyperface.errors import UserError
from hyperface.exporting.agreement import TOLERANCES, Agreement, compare
from hyperface.exporting.lowering import to_float16, to_int8
from hyperface.exporting.runtimes import (
    METADATA,
    LiteRTNetwork,
    OnnxNetwork,
    Predicts,
    SavedModelNetwork,
    required,
)
from hyperface.utils.files import aside_name
from hyperface.utils.json_text import json_text, write_json

if TYPE_CHECKING:  # a command line is read without Keras
    import keras


@dataclass(frozen=True)
class Format:
    """A format that Keras exports to."""

    keras_name: str  # Keras' word for it
    suffix: str  # of the file; "" of a folder
    load: Callable[[Path], Predicts]  # the runtime
    modules: Sequence[str] = ()  # what the export needs beside Keras
    precisions: Sequence[str] = ("float32",)  # what can be computed in; the first is the default


FORMATS = {
    "onnx": Format(
        "onnx", ".onnx", OnnxNetwork, ("onnx", "tf2onnx", "onnxruntime"), tuple(TOLERANCES)
    ),
    "litert": Format("litert", ".tflite", LiteRTNetwork, ("ai_edge_litert.interpreter",)),
    "saved_model": Format("tf_saved_model", "", SavedModelNetwork),
}


def check_requirements(format_name: str, precision: str) -> None:
    """Refuses, before the work begins, what cannot be exported here.

    Raises:
        UserError: A package is missing, the format has no such precision, or Keras computes with
            another backend than TensorFlow.
    """
    chosen = FORMATS[format_name]
    if precision not in chosen.precisions:
        raise UserError(
            f"{format_name} is exported in {', '.join(chosen.precisions)}, not in {precision}: "
            "leave --precision out, or give --format onnx."
        )
    import keras

    if keras.backend.backend() != "tensorflow":
        raise UserError(
            f"Keras computes with {keras.backend.backend()}, and exports need TensorFlow: set "
            "KERAS_BACKEND to tensorflow."
        )
    for module in chosen.modules:
        required(module)


def export_network(
    network: "keras.Model",
    folder: Path,
    format_name: str,
    facts: Mapping[str, Any],
    checked: Sequence[np.ndarray],
    calibration: Sequence[np.ndarray] = (),
) -> tuple[Path, Agreement]:
    """Writes a network, loads it with the format's runtime, and compares it with Keras.

    Args:
        network: In float32, with its weights.
        folder: Gets the file, or the folder of a SavedModel, named after the network.
        format_name: A row of `FORMATS`.
        facts: Of the network; `precision` says what the file computes in. Stored in the metadata
            of an ONNX file, and in a JSON file beside the others.
        checked: Inputs on which both are compared, (B, H, W, 3) RGB from 0 to 255 each.
        calibration: For int8, inputs from which the ranges of the activations are taken.

    Returns:
        The path, and how the two agree.

    Raises:
        UserError: It cannot be written or loaded, or its outputs differ; no file is left.
    """
    chosen, precision = FORMATS[format_name], facts["precision"]
    path = folder / f"{network.name}{chosen.suffix}"
    aside = path.with_name(aside_name(path.name))
    try:
        _write(network, aside, chosen.keras_name, checked[0][:1])
        if precision == "float16":
            to_float16(aside)
        elif precision == "int8":
            to_int8(aside, calibration)
        if format_name == "onnx":
            _store_facts(aside, facts)
        agreement = compare(_Eager(network), chosen.load(aside), checked)
        if faults := agreement.faults(TOLERANCES[precision]):
            raise UserError(
                f"{path} was not written, because its outputs for {agreement.inputs} inputs are "
                f"not those of Keras: {', '.join(faults)}, but {precision} may differ by at most "
                f"{TOLERANCES[precision]:g}; "
                + (
                    "try another version of the exporter"
                    if precision == "float32"
                    else "give --precision float32"
                )
                + "."
            )
        if format_name != "onnx":
            write_json(folder / f"{network.name}.json", facts, indent=2)
        _remove(path)
        aside.replace(path)
    finally:
        _remove(aside)
    return path, agreement


class _Eager:
    """A Keras network that is not compiled anew for each size of image."""

    def __init__(self, network: "keras.Model") -> None:
        self._network = network

    def predict_on_batch(self, batch: np.ndarray) -> Any:
        """(B, H, W, 3) RGB from 0 to 255 -> the network's outputs."""
        return self._network(batch, training=False)


def _write(network: "keras.Model", path: Path, keras_format: str, example: np.ndarray) -> None:
    """Exports with Keras, without the output of the converters."""
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    network(example)  # Keras exports only what was called once
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network.export(os.fspath(path), format=keras_format, verbose=False)
    except OSError:
        raise
    except Exception as error:  # converters raise whatever they like
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].removesuffix(".")
        raise UserError(
            f"{network.name} cannot be converted to {keras_format} ({reason}): give another format."
        ) from error


def _store_facts(path: Path, facts: Mapping[str, Any]) -> None:
    onnx = required("onnx")
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {METADATA: json_text(dict(facts))})
    onnx.save(model, path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
