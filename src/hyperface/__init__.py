"""HyperFace in Keras."""
