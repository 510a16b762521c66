"""Losses, feeding, checkpoints and the training loop."""
