"""The results of a speed measurement as rows of tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.benchmarks.speed import Measurement, ratio

PRECISIONS = ("float32", "mixed_bfloat16")
WORKS = ("training", "inference")
CONVOLUTIONS = "convolutions"  # conv1 to conv5 alone, measured beside the two networks
NETWORKS = ("hyperface", "face_model", CONVOLUTIONS)


@dataclass(frozen=True)
class Measured:
    """One network in every precision.

    Attributes:
        measurements: By (name, precision). Names are "large" (the large convolution), "training"
            and "inference"; except for the bare convolutions also "pipeline" (training on the
            input pipeline) and, in the first precision only, "feed" (the pipeline by itself).
        tried: Samples a second by (work, precision) and batch size.
        operations: Floating-point operations for one sample, by work, and of the "large"
            convolution.
        peak_memory: Peak resident memory of the process in bytes.
        backend: Keras' backend.
        fast_bfloat16: Whether the hardware computes bfloat16 itself.
    """

    measurements: Mapping[tuple[str, str], Measurement]
    tried: Mapping[tuple[str, str], Mapping[int, float]]
    operations: Mapping[str, int]
    peak_memory: int
    backend: str
    fast_bfloat16: bool

    def gflops(self, name: str, precision: str) -> float:
        """The GFLOP/s achieved."""
        return self.measurements[name, precision].rate * self.operations[name] / 1e9

    def share(self, work: str, precision: str, large_precision: str) -> float:
        """GFLOP/s over those of the large convolution."""
        rates = ratio(
            self.measurements[work, precision], self.measurements["large", large_precision]
        )
        return rates * self.operations[work] / self.operations["large"]


def speed_rows(name: str, measured: Measured) -> Iterator[dict[str, Any]]:
    """Training and inference of one network in each precision.

    The shares are of the GFLOP/s that the large convolution reaches, in the same precision and in
    bfloat16.
    """
    for work in WORKS:
        for precision in PRECISIONS:
            measurement = measured.measurements[work, precision]
            yield {
                "network": name,
                "work": work,
                "precision": precision,
                "batch_size": measurement.samples,
                "samples_per_second": measurement.rate,
                "gflops": measured.gflops(work, precision),
                "share_of_same": measured.share(work, precision, precision),
                "share_of_bfloat16": measured.share(work, precision, "mixed_bfloat16"),
                "rounds": measurement.rounds,
                "tried": measured.tried[work, precision],
            }


def feed_rows(name: str, measured: Measured) -> Iterator[dict[str, Any]]:
    """Samples a second of training on the real pipeline and on a constant batch."""
    for precision in PRECISIONS:
        pipeline = measured.measurements.get(("pipeline", precision))
        constant = measured.measurements["training", precision]
        if pipeline is not None:
            yield {
                "network": name,
                "precision": precision,
                "batch_size": pipeline.samples,
                "constant": constant.rate,
                "pipeline": pipeline.rate,
                "ratio": ratio(pipeline, constant),
                "alone": measured.measurements["feed", PRECISIONS[0]].rate,
            }


def precision_row(name: str, measured: Measured) -> dict[str, Any]:
    """Samples a second in bfloat16 over those in float32, and the peak memory of both together."""
    gains = {
        work: ratio(*(measured.measurements[work, precision] for precision in reversed(PRECISIONS)))
        for work in WORKS
    }
    return {"network": name, **gains, "memory_gb": measured.peak_memory / 1e9}
