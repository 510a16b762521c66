"""Faces in a whole image: the paper's test-time algorithm (section 3)."""
