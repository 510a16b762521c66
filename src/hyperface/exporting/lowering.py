"""Lower precision in an ONNX file, by ONNX Runtime's own tools."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from hyperface.errors import UserError
from hyperface.exporting.runtimes import required

DENSE = ("Gemm", "MatMul")  # operators of a dense layer
HIDDEN_DENSE = "fc"  # prefix of the hidden dense layers' names


def to_float16(path: Path) -> None:
    """Makes weights and computations of a file float16; input and outputs stay float32."""
    onnx, tool = required("onnx"), required("onnxruntime.transformers.float16")
    model = onnx.load(path)
    onnx.save(
        tool.convert_float_to_float16(model, keep_io_types=True, disable_shape_infer=True), path
    )


def to_int8(path: Path, batches: Sequence[np.ndarray]) -> None:
    """Quantizes the hidden dense layers of a file to int8, statically.

    They hold nine tenths of HyperFace's weights. The convolutions stay float32: in int8 they move
    probabilities by up to 0.4 (docs/exports.md). Weights and activations are unsigned, because
    AVX2 without VNNI saturates with signed weights of eight bits.

    Args:
        path: An ONNX file in float32.
        batches: (B, 227, 227, 3) regions from which the ranges of the activations are taken.

    Raises:
        UserError: The network has no hidden dense layer.
    """
    onnx, tool = required("onnx"), required("onnxruntime.quantization")
    with TemporaryDirectory() as folder:
        prepared = Path(folder, path.name)
        tool.quant_pre_process(path, prepared, skip_symbolic_shape=True)
        nodes = onnx.load(prepared, load_external_data=False).graph.node
        hidden = [
            node.name
            for node in nodes
            if node.op_type in DENSE
            and any(part.startswith(HIDDEN_DENSE) for part in node.name.split("/"))
        ]
        if not hidden:
            raise UserError(
                f"{path.name} has no hidden dense layer to quantize: export it in float32."
            )
        name = onnx.load(path, load_external_data=False).graph.input[0].name
        tool.quantize_static(
            prepared,
            path,
            _Calibration(name, batches),
            nodes_to_quantize=hidden,
            per_channel=True,
            activation_type=tool.QuantType.QUInt8,
            weight_type=tool.QuantType.QUInt8,
        )


class _Calibration:
    """Hands regions to ONNX Runtime, in the form of its `CalibrationDataReader`."""

    def __init__(self, name: str, batches: Sequence[np.ndarray]) -> None:
        self._inputs: Iterator[dict[str, np.ndarray]] = iter(
            {name: np.asarray(batch, np.float32)} for batch in batches
        )

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next batch; None after the last."""
        return next(self._inputs, None)
