"""Regions for training: labelled, cut, encoded, batched."""
