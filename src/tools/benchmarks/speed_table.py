"""What a measurement of speed comes to: rows of tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools.benchmarks.speed import Figure, ratio

PRECISIONS = ("float32", "mixed_bfloat16")
WORKS = ("training", "inference")
CONVOLUTIONS = "convolutions"  # conv1 to conv5 alone, measured beside the two networks
NETWORKS = ("hyperface", "face_model", CONVOLUTIONS)


@dataclass(frozen=True)
class Measured:
    """One network in every precision.

    Attributes:
        figures: By (what, precision); what is "large" (the large convolution), "training",
            "inference", and but for the bare convolutions "pipeline" (training on it) and, in the
            first precision only, "feed" (the pipeline with no network beside it).
        tried: Samples a second by (work, precision) and batch size.
        operations: Of a sample, by work; and of the "large" convolution.
        peak_memory: Anonymous memory in bytes; None where the system does not tell.
        backend: Keras' backend.
        fast_bfloat16: Whether the hardware computes bfloat16 itself.
    """

    figures: Mapping[tuple[str, str], Figure]
    tried: Mapping[tuple[str, str], Mapping[int, float]]
    operations: Mapping[str, int]
    peak_memory: int | None
    backend: str
    fast_bfloat16: bool

    def gflops(self, what: str, precision: str) -> float:
        """What was achieved."""
        return self.figures[what, precision].rate * self.operations[what] / 1e9

    def share(self, work: str, precision: str, large_precision: str) -> float:
        """GFLOP/s over those of the large convolution."""
        rates = ratio(self.figures[work, precision], self.figures["large", large_precision])
        return rates * self.operations[work] / self.operations["large"]


@dataclass(frozen=True)
class Speed:
    """A row of the table of speeds; the shares are of the large convolution's GFLOP/s."""

    network: str
    work: str
    precision: str
    batch_size: int
    samples_per_second: float
    gflops: float
    share_of_same: float
    share_of_bfloat16: float
    rounds: int
    tried: Mapping[int, float]


@dataclass(frozen=True)
class Feed:
    """A row of the table of the input pipeline, in samples a second."""

    network: str
    precision: str
    batch_size: int
    constant: float
    pipeline: float
    ratio: float
    alone: float


def speed_rows(name: str, measured: Measured) -> Iterator[Speed]:
    """Training and inference of one network in each precision."""
    for work in WORKS:
        for precision in PRECISIONS:
            figure = measured.figures[work, precision]
            yield Speed(
                network=name,
                work=work,
                precision=precision,
                batch_size=figure.samples,
                samples_per_second=figure.rate,
                gflops=measured.gflops(work, precision),
                share_of_same=measured.share(work, precision, precision),
                share_of_bfloat16=measured.share(work, precision, "mixed_bfloat16"),
                rounds=figure.rounds,
                tried=measured.tried[work, precision],
            )


def feed_rows(name: str, measured: Measured) -> Iterator[Feed]:
    """The training step on the real pipeline beside the one on a constant batch."""
    for precision in PRECISIONS:
        pipeline = measured.figures.get(("pipeline", precision))
        constant = measured.figures["training", precision]
        if pipeline is not None:
            yield Feed(
                network=name,
                precision=precision,
                batch_size=pipeline.samples,
                constant=constant.rate,
                pipeline=pipeline.rate,
                ratio=ratio(pipeline, constant),
                alone=measured.figures["feed", PRECISIONS[0]].rate,
            )


@dataclass(frozen=True)
class Precision:
    """A row of the table of bfloat16 and memory.

    Attributes:
        network: Its name.
        training: Samples a second in bfloat16 over those in float32.
        inference: The same.
        memory_gb: The peak of the process, None where the system does not tell.
    """

    network: str
    training: float
    inference: float
    memory_gb: float | None


def precision_row(name: str, measured: Measured) -> Precision:
    """What bfloat16 gains a network, and the memory of both precisions together."""
    gains = {
        work: ratio(*(measured.figures[work, precision] for precision in reversed(PRECISIONS)))
        for work in WORKS
    }
    peak = measured.peak_memory
    return Precision(name, **gains, memory_gb=None if peak is None else peak / 1e9)
