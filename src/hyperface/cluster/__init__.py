"""Prediction on many machines: the images in parts, and a pool of detectors on Ray."""
