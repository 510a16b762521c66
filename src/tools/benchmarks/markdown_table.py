"""The tables that the benchmarks print."""

from collections.abc import Sequence


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
