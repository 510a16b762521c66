"""The mean face in 3-D: the 21 landmarks of an average adult head, and its box.

Axes: x to the image's right, y up, z to the viewer; origin between the eyes; the unit is the
distance between the eye centers. The mean of twelve adult MakeHuman heads (Creative Commons CC0),
made symmetric.
"""

import numpy as np

MEAN_FACE = np.array(
    [
        (-1.044, 0.192, -0.332),
        (-0.744, 0.272, 0.040),
        (-0.261, 0.165, 0.136),
        (0.261, 0.165, 0.136),
        (0.744, 0.272, 0.040),
        (1.044, 0.192, -0.332),
        (-0.809, -0.041, -0.136),
        (-0.500, 0.000, 0.000),
        (-0.292, -0.066, -0.020),
        (0.292, -0.066, -0.020),
        (0.500, 0.000, 0.000),
        (0.809, -0.041, -0.136),
        (-1.321, -0.875, -1.510),
        (-0.324, -0.721, 0.108),
        (0.000, -0.678, 0.479),
        (0.324, -0.721, 0.108),
        (1.321, -0.875, -1.510),
        (-0.460, -1.308, 0.062),
        (0.000, -1.244, 0.268),
        (0.460, -1.308, 0.062),
        (0.000, -1.912, 0.046),
    ]
)
MEAN_FACE.setflags(write=False)

# The face's box is the square around the projection of this point, with this side.
BOX_CENTER = np.array([0.0, -0.7, -0.5])
BOX_CENTER.setflags(write=False)
BOX_SIDE = 2.5
