"""Rendered faces: heads with exact labels, from a seed to a picture and its record."""
