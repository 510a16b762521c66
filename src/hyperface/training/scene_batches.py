"""Batches of scenes for the proposal detector, made in background threads."""

import keras
import numpy as np

from hyperface.proposals.locations import locations_of
from hyperface.regions.assignment import assign
from hyperface.regions.scenes import SceneMaker
from hyperface.training.feeding import QUEUE, WORKERS


class SceneBatches(keras.utils.PyDataset):
    """One epoch of random scenes and the targets of their locations.

    Args:
        maker: Makes the scenes.
        batch_size: Scenes per batch.
        count: Batches per epoch.
        seed: A batch depends only on this seed, the epoch and its number.
        epoch: The epoch, from 0.

    Attributes:
        failure: The error raised while making a batch; see `feeding.reraise_user_errors`.
    """

    def __init__(
        self, maker: SceneMaker, batch_size: int, count: int, seed: int, epoch: int
    ) -> None:
        super().__init__(workers=WORKERS, use_multiprocessing=False, max_queue_size=QUEUE)
        self.failure: Exception | None = None
        self._maker = maker
        self._batch_size = batch_size
        self._count = count
        self._seed = seed, epoch

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """(B, S, S, 3) uint8 RGB and (B, P, 5) float32 targets."""
        try:
            return self._made(number)
        except Exception as error:
            self.failure = error
            raise

    def _made(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng((*self._seed, number))
        side = self._maker.settings.side
        locations = locations_of(side, side)
        scenes = [self._maker.make(rng) for _ in range(self._batch_size)]
        targets = [
            assign(locations, scene.boxes_xyxy, scene.background_at(locations)) for scene in scenes
        ]
        return np.stack([scene.pixels for scene in scenes]), np.stack(targets)
