"""The steps of the training pipeline, in the order of `hyperface.pipeline`."""
