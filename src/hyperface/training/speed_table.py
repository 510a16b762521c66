"""What a measurement of speed comes to: rows of tables, and targets met or not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hyperface.training.speed import Figure, ratio

PRECISIONS = ("float32", "mixed_bfloat16")
WORKS = ("training", "inference")
CONVOLUTIONS = "convolutions"  # conv1 to conv5 alone, measured beside the two networks
NETWORKS = ("hyperface", "face_model", CONVOLUTIONS)

BFLOAT16_GAIN = 2.5  # over float32, where the chip has bfloat16
PIPELINE_SHARE = 0.9  # of the training on a constant batch
CONVOLUTION_SHARE = 0.5  # of the large convolution's GFLOP/s
MEMORY_GB = 4.0


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
class Target:
    """A ratio or size beside what it should be.

    Attributes:
        name: What was measured.
        value: As measured.
        limit: To be reached; or, with `at_most`, to be kept.
        at_most: Whether less is better.
        excuse: Why it is not judged; empty where it is.
    """

    name: str
    value: float
    limit: float
    at_most: bool = False
    excuse: str = ""

    @property
    def met(self) -> bool | None:
        """None where it is not judged."""
        if self.excuse:
            return None
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def cells(self) -> list[str]:
        """Name, value, target, verdict."""
        verdict = {None: f"not judged: {self.excuse}", True: "met", False: "NOT met"}[self.met]
        word = "at most" if self.at_most else "at least"
        return [self.name, f"{self.value:.2f}", f"{word} {self.limit:g}", verdict]


def targets(measured: Mapping[str, Measured]) -> Iterator[Target]:
    """What is to be reached, beside what was.

    Args:
        measured: By name of the network, all of `NETWORKS`.
    """
    for name, each in measured.items():
        excuse = "" if each.fast_bfloat16 else "no bfloat16 hardware"
        if name == CONVOLUTIONS:
            for row in speed_rows(name, each):
                yield Target(
                    f"{name} over the large one, {row.work} {row.precision}",
                    row.share_of_same,
                    CONVOLUTION_SHARE,
                    excuse="" if row.precision == "float32" else excuse,
                )
            continue
        for work in WORKS:
            floats, bfloats = (each.figures[work, precision] for precision in PRECISIONS)
            title = f"bfloat16 over float32, {name} {work}"
            yield Target(title, ratio(bfloats, floats), BFLOAT16_GAIN, excuse=excuse)
        for row in feed_rows(name, each):
            title = f"pipeline over constant batch, {name} {row.precision}"
            yield Target(title, row.ratio, PIPELINE_SHARE)
        if each.peak_memory is not None:
            yield Target(f"memory of {name}, GB", each.peak_memory / 1e9, MEMORY_GB, at_most=True)


def markdown_table(rows: Sequence[Sequence[str]], text_columns: Sequence[int] = (0,)) -> str:
    """An aligned table: the first row is its head; columns that are not text align right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def line(row: Sequence[str]) -> str:
        cells = (
            cell.ljust(width) if number in text_columns else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return f"| {' | '.join(cells)} |"

    rule = [
        "-" * width if number in text_columns else "-" * (width - 1) + ":"
        for number, width in enumerate(widths)
    ]
    return "\n".join([line(rows[0]), line(rule), *map(line, rows[1:])])
