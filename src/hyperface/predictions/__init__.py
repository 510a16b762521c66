"""Predictions as rows of files, their inputs, and tracking of faces through a video."""
