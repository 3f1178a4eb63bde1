"""Shows how far a run has come: one block that is rewritten on a terminal, one line every ten seconds elsewhere.

Standard library only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

Row = Sequence[str | int]


def table(header: Row, rows: Sequence[Row]) -> list[str]:
    """Text columns to the left, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]

    def line(row: Sequence[str]) -> str:
        first, *rest = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        )
        return "  ".join((first, *rest)).rstrip()

    return [line(row) for row in cells]


class Progress:
    """Where the lines go."""

    def __init__(self) -> None:
        self.live = sys.stdout.isatty()
        self._height = 0
        self._last_line_at = 0.0

    def show(self, block: list[str], line: str) -> None:
        """`block` for a terminal, `line` for a log."""
        if self.live:
            up = f"\x1b[{self._height}F" if self._height else ""
            sys.stdout.write(up + "".join(f"\x1b[2K{text}\n" for text in block) + "\x1b[J")
            self._height = len(block)
        elif time.monotonic() - self._last_line_at >= 10:
            print(line)
            self._last_line_at = time.monotonic()
        sys.stdout.flush()

    def end(self) -> None:
        """What comes next stands below the block."""
        self._height = 0
