"""The optimizer and its learning-rate schedule."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a program that does not train does not wait for Keras
    import keras


@dataclass(frozen=True)
class Optimization:
    """The settings of the optimizer, which the paper does not give."""

    optimizer: str  # "sgd" (with momentum) or "adam" (AdamW)
    learning_rate: float  # the maximum
    momentum: float  # of SGD
    weight_decay: float  # decoupled
    schedule: str  # "cosine" (to 0), "step" (divided by 10 at 60 % and at 85 %) or "constant"
    warmup: float  # fraction of the steps in which the rate rises from 0 (cosine only)
    clip_norm: float  # maximum global norm of the gradient; 0 for no clipping
    ema_momentum: float = 0.0  # per step, of the average of the weights; 0 for no average

    def build(self, steps: int) -> "keras.optimizers.Optimizer":
        """The Keras optimizer for a training of `steps` batches."""
        import keras

        common = {
            "weight_decay": self.weight_decay or None,
            "global_clipnorm": self.clip_norm or None,
            "use_ema": self.ema_momentum > 0,
            "ema_momentum": self.ema_momentum,
        }
        rate = self._rate(max(steps, 1))
        if self.optimizer == "adam":
            return keras.optimizers.AdamW(rate, **{**common, "weight_decay": self.weight_decay})
        return keras.optimizers.SGD(rate, momentum=self.momentum, **common)

    def _rate(self, steps: int):
        import keras

        if self.schedule == "step":
            return keras.optimizers.schedules.PiecewiseConstantDecay(
                [round(0.6 * steps), max(round(0.85 * steps), round(0.6 * steps) + 1)],
                [self.learning_rate * factor for factor in (1, 0.1, 0.01)],
            )
        if self.schedule == "cosine":
            warmup = min(round(self.warmup * steps), steps - 1)
            return keras.optimizers.schedules.CosineDecay(
                0.0 if warmup else self.learning_rate,
                steps - warmup,
                warmup_target=self.learning_rate if warmup else None,
                warmup_steps=warmup,
            )
        return self.learning_rate
