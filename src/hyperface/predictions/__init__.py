"""Predictions as rows of files: what was looked at, what was found, whose face goes on."""
