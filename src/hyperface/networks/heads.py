"""The output layers, one a task, each named after its task."""

from keras import layers

from hyperface.tasks import NUM_LANDMARKS, TASKS


def output(x, task: str, num_landmarks: int = NUM_LANDMARKS):
    """The task's output layer, in float32 whatever the network computes in.

    Detection and gender give probabilities, the other tasks plain numbers (`TASKS`).
    """
    return layers.Dense(
        TASKS[task].width(num_landmarks),
        activation=TASKS[task].activation,
        kernel_initializer=_small_start(TASKS[task].activation),
        name=task,
        dtype="float32",
    )(x)


def _small_start(activation: str) -> str:
    """Plain numbers start near 0, the region's centre and a frontal pose, not at random."""
    return "glorot_uniform" if activation == "softmax" else "zeros"
