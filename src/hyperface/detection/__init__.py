"""Faces in a whole picture: the paper's test-time algorithm (section 3)."""
