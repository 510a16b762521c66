"""Evaluation on held-out regions and on whole images."""
