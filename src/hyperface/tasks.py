"""The five tasks, in one table.

The names `detection`, `landmarks`, `visibility`, `pose` and `gender` are used everywhere for the
heads of the network, its targets, losses, loss weights, metrics and history columns.
"""

from dataclasses import dataclass

NUM_LANDMARKS = 21  # AFLW's points, paper section 2
VISIBLE = 0.5  # from this predicted visibility on, a landmark counts as visible
GENDERS = ("male", "female")  # the two classes of the task, in their order


@dataclass(frozen=True)
class Task:
    """One head of the network."""

    name: str  # the name of the task
    outputs: int  # width of the output layer (paper, figure 2), with 21 landmarks
    activation: str  # of the output layer; the two classifications give probabilities
    metric: str  # the metric that is computed during training

    def width(self, num_landmarks: int) -> int:
        """The width of the output layer with another number of landmarks."""
        if self.name in ("landmarks", "visibility"):
            return self.outputs // NUM_LANDMARKS * num_landmarks
        return self.outputs


TASKS = {
    task.name: task
    for task in (
        Task("detection", 2, "softmax", "accuracy"),
        Task("landmarks", 2 * NUM_LANDMARKS, "linear", "error"),
        Task("visibility", NUM_LANDMARKS, "linear", "accuracy"),
        Task("pose", 3, "linear", "degrees"),
        Task("gender", 2, "softmax", "accuracy"),
    )
}
