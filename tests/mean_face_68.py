"""A mean face through the 68 landmarks of 300-W, for tests to draw faces of.

It has the axes and the unit of the mean face of the 21 (`geometry/mean_face.py`). It is derived,
not measured: the 21 were fitted by weak perspective to each of 4,305 annotated faces (858 of
Helen's training part, 3,447 frames of YouTube Faces; a fit that missed its points by more than 0.15
eye distances was left out), and each of the 68 is the 3-D point that projects nearest to its
annotations through those views, in least squares with less weight beyond 0.1 eye distances. Both
mirror images of every face count, so that it is symmetric. Points of the jaw (0 to 7, 9 to 16) are
taken from faces that turn their side away by no more than 15 degrees: annotators put them on the
outline, which slides over the cheek.

Through the same views it projects within 0.09 (Helen) and 0.08 (YouTube Faces) eye distances of the
annotations on average: 0.06 inside the face and 0.15 along the jaw. Of the 19 points that both mean
faces have, those of the 68 lie within 0.09 eye distances of the 21's on average and 0.16 at most:
annotators put the eyes' centers wider apart (1.13), the nostrils closer together and the chin lower
than the body model has them.
"""

import numpy as np

MEAN_FACE_68 = np.array(
    [
        (-1.277, -0.093, -0.926),
        (-1.254, -0.424, -0.869),
        (-1.199, -0.732, -0.839),
        (-1.136, -1.028, -0.797),
        (-1.029, -1.343, -0.702),
        (-0.848, -1.606, -0.535),
        (-0.642, -1.786, -0.329),
        (-0.375, -1.938, -0.104),
        (0.000, -2.020, 0.015),
        (0.375, -1.938, -0.104),
        (0.642, -1.786, -0.329),
        (0.848, -1.606, -0.535),
        (1.029, -1.343, -0.702),
        (1.136, -1.028, -0.797),
        (1.199, -0.732, -0.839),
        (1.254, -0.424, -0.869),
        (1.277, -0.093, -0.926),
        (-1.027, 0.189, -0.222),
        (-0.870, 0.295, -0.071),
        (-0.667, 0.330, 0.029),
        (-0.476, 0.311, 0.090),
        (-0.308, 0.264, 0.121),
        (0.308, 0.264, 0.121),
        (0.476, 0.311, 0.090),
        (0.667, 0.330, 0.029),
        (0.870, 0.295, -0.071),
        (1.027, 0.189, -0.222),
        (0.000, -0.072, 0.173),
        (0.000, -0.288, 0.286),
        (0.000, -0.494, 0.409),
        (0.000, -0.678, 0.452),
        (-0.227, -0.812, 0.190),
        (-0.126, -0.840, 0.239),
        (0.000, -0.868, 0.262),
        (0.126, -0.840, 0.239),
        (0.227, -0.812, 0.190),
        (-0.777, -0.062, -0.124),
        (-0.648, -0.012, -0.031),
        (-0.487, -0.012, -0.024),
        (-0.341, -0.082, -0.047),
        (-0.481, -0.122, -0.026),
        (-0.648, -0.121, -0.054),
        (0.341, -0.082, -0.047),
        (0.487, -0.012, -0.024),
        (0.648, -0.012, -0.031),
        (0.777, -0.062, -0.124),
        (0.648, -0.121, -0.054),
        (0.481, -0.122, -0.026),
        (-0.461, -1.218, 0.023),
        (-0.303, -1.128, 0.173),
        (-0.108, -1.074, 0.252),
        (0.000, -1.096, 0.260),
        (0.108, -1.074, 0.252),
        (0.303, -1.128, 0.173),
        (0.461, -1.218, 0.023),
        (0.297, -1.349, 0.135),
        (0.150, -1.420, 0.195),
        (0.000, -1.434, 0.210),
        (-0.150, -1.420, 0.195),
        (-0.297, -1.349, 0.135),
        (-0.421, -1.215, 0.028),
        (-0.133, -1.184, 0.200),
        (0.000, -1.182, 0.220),
        (0.133, -1.184, 0.200),
        (0.421, -1.215, 0.028),
        (0.132, -1.269, 0.183),
        (0.000, -1.281, 0.198),
        (-0.132, -1.269, 0.183),
    ]
)
MEAN_FACE_68.setflags(write=False)
