"""Regions for training: labeled, cut, encoded, batched."""
