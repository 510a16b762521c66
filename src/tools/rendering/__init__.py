"""Rendered faces: heads with exact labels, from a seed to an image and its record."""
