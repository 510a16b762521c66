"""Renders images of heads with exact labels."""
