"""Exported networks in their own runtimes, with the interface of Keras networks.

This file imports neither TensorFlow nor Keras; only the runtime of a SavedModel is TensorFlow.
"""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from hyperface.errors import UserError
from hyperface.models.calibration import Calibration
from hyperface.tasks import NUM_LANDMARKS, TASKS

REQUIREMENTS = "pip install -r requirements-export.txt"
PROPOSAL_FILE = "proposal_detector.onnx"
METADATA = "hyperface"  # key of the JSON in the metadata of an ONNX file
ERRORS_ONLY = 3  # severity of ONNX Runtime's messages
Outputs = np.ndarray | dict[str, np.ndarray]


class Predicts(Protocol):
    """A network as the detector uses it: of Keras, or exported."""

    def predict_on_batch(self, batch: np.ndarray) -> Any:
        """(B, H, W, 3) RGB from 0 to 255 -> the network's outputs."""


def required(module: str) -> ModuleType:
    """Imports a module of the extra `export`.

    Raises:
        UserError: It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = module.split(".")[0]
        raise UserError(f"Exported networks need {name}: run `{REQUIREMENTS}`.") from error


class OnnxNetwork:
    """A network in an ONNX file, `path`, computed by ONNX Runtime.

    Its `facts` are the JSON in the file's metadata (`network_facts`); empty where there is none.

    Raises:
        UserError: There is no such file, ONNX Runtime cannot load it or is not installed.
    """

    def __init__(self, path: Path) -> None:
        runtime = required("onnxruntime")
        _refuse_missing(path)
        options = runtime.SessionOptions()
        options.log_severity_level = ERRORS_ONLY
        # Threads that wait for work sleep: on two busy cores, spinning took half as much processor
        # time again, and longer by the clock.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = runtime.InferenceSession(
                path, options, providers=runtime.get_available_providers()
            )
        except Exception as error:  # the runtime has a class for each of its error codes
            raise UserError(_unreadable(path, "ONNX Runtime", error)) from error
        self.path = path
        self.facts = _facts(self._session.get_modelmeta().custom_metadata_map.get(METADATA))
        self._input = self._session.get_inputs()[0].name
        self._names = [output.name for output in self._session.get_outputs()]

    def predict_on_batch(self, batch: np.ndarray) -> Outputs:
        """(B, H, W, 3) RGB from 0 to 255 -> by task, or the one output, as of Keras."""
        rows = self._session.run(self._names, {self._input: np.asarray(batch, np.float32)})
        return _keras_outputs(dict(zip(self._names, rows, strict=True)))


class LiteRTNetwork:
    """A network in a .tflite file, computed by LiteRT; arguments and errors as `OnnxNetwork`."""

    def __init__(self, path: Path) -> None:
        runtime = required("ai_edge_litert.interpreter")
        _refuse_missing(path)
        try:
            self._interpreter = runtime.Interpreter(str(path))
            ((name, signature),) = self._interpreter.get_signature_list().items()
            self._input = signature["inputs"][0]
            self._run = self._interpreter.get_signature_runner(name)
        except (ValueError, RuntimeError) as error:
            raise UserError(_unreadable(path, "LiteRT", error)) from error

    def predict_on_batch(self, batch: np.ndarray) -> Outputs:
        """(B, H, W, 3) RGB from 0 to 255 -> by task, or the one output, as of Keras."""
        return _keras_outputs(self._run(**{self._input: np.asarray(batch, np.float32)}))


class SavedModelNetwork:
    """A network in the folder of a SavedModel, computed by TensorFlow without Keras."""

    def __init__(self, path: Path) -> None:
        runtime = required("tensorflow")
        _refuse_missing(path)
        try:
            self._model = runtime.saved_model.load(str(path))
        except (OSError, ValueError) as error:
            raise UserError(_unreadable(path, "TensorFlow", error)) from error

    def predict_on_batch(self, batch: np.ndarray) -> Outputs:
        """(B, H, W, 3) RGB from 0 to 255 -> by task, or the one output, as of Keras."""
        outputs = self._model.serve(np.asarray(batch, np.float32))
        if isinstance(outputs, Mapping):
            return {name: np.asarray(rows) for name, rows in outputs.items()}
        return np.asarray(outputs)


def load_region_network(folder: Path) -> OnnxNetwork:
    """Loads HyperFace, or another network with all five heads, from a folder of ONNX files.

    Raises:
        UserError: There is no such file, several, or one that cannot be used.
    """
    others = [path for path in sorted(folder.glob("*.onnx")) if path.name != PROPOSAL_FILE]
    if len(others) != 1:
        what = ", ".join(path.name for path in others) or "no ONNX file of a network"
        raise UserError(
            f"{folder} has {what}, but must have exactly one: give a folder that hyperface export "
            "--format onnx has written."
        )
    network = OnnxNetwork(others[0])
    missing = set(TASKS) - set(network.facts.get("heads", ()))
    if missing:
        raise UserError(
            f"The metadata of {network.path} names no head for {', '.join(sorted(missing))}: give "
            "a network with all five, as hyperface export writes it."
        )
    landmarks = len(network.facts.get("landmarks", ()))
    if landmarks != NUM_LANDMARKS:
        raise UserError(
            f"{network.path} predicts {landmarks} landmarks, but detection in images needs "
            f"{NUM_LANDMARKS}: export a network with {NUM_LANDMARKS}."
        )
    return network


def calibration_of(network: OnnxNetwork) -> Calibration:
    """How the scores of an exported network become probabilities.

    Raises:
        UserError: The metadata has something else in that place.
    """
    try:
        return Calibration.from_facts(network.facts.get("calibration"))
    except ValueError as error:
        raise UserError(
            f"The metadata of {network.path} has no usable calibration: {error}."
        ) from error


def _keras_outputs(outputs: dict[str, np.ndarray]) -> Outputs:
    """By task; of a network without tasks, which is the proposal detector, its one output."""
    if set(outputs) <= set(TASKS):
        return outputs
    (rows,) = outputs.values()
    return rows


def _facts(text: str | None) -> Mapping[str, Any]:
    try:
        facts = json.loads(text or "{}")
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _refuse_missing(path: Path) -> None:
    if not path.exists():
        raise UserError(f"There is no {path}: write it with hyperface export.")


def _unreadable(path: Path, runtime: str, error: Exception) -> str:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0].removesuffix(".")
    return f"{path} cannot be loaded by {runtime} ({reason}): export it again."
