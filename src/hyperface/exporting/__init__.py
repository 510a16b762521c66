"""Networks in the formats of other runtimes: ONNX, LiteRT and SavedModel."""
