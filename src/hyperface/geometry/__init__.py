"""The geometry of one face: boxes, landmarks, mean face, pose."""
