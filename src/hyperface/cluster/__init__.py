"""Prediction on many machines: images in parts, and a pool of detectors on Ray."""
