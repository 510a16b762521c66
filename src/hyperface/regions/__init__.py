"""Regions for training: labeled, cropped, encoded, batched."""
