"""Predictions as rows of files: what was processed, what was found, which faces are one person."""
