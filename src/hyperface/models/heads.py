"""The output layers, one a task, each named after its task."""

from keras import layers

from hyperface.tasks import NUM_LANDMARKS, TASKS


def output(x, task: str, num_landmarks: int = NUM_LANDMARKS):
    """The task's output layer, in float32 whatever the network computes in.

    Detection and gender give probabilities, the other tasks plain numbers (`TASKS`). They start at
    even chances, the region's center and a frontal pose: at random, a deep network's first
    probabilities are so close to 0 and 1 that they teach nothing.
    """
    return layers.Dense(
        TASKS[task].width(num_landmarks),
        activation=TASKS[task].activation,
        kernel_initializer="zeros",
        name=task,
        dtype="float32",
    )(x)
