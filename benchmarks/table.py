"""The one table that every benchmark adds its rows to.

A row is a figure and, where it is a comparison, what it was compared with in the same run. This module only lays rows out;
it must not know what was measured, nor how.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEADINGS = ("what", "value", "unit", "against", "ratio")
RIGHT = (False, True, False, False, True)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `reference` names what it was measured against in the same run ("" where it stands alone).

    `ratio` is this value over the reference's value, in the same unit; None where there is none. Whether a high or a low
    ratio is good follows from the unit: posts/s should be high, ms low.
    """

    name: str
    value: float
    unit: str
    reference: str = ""
    ratio: float | None = None


def compared(name: str, value: float, unit: str, reference: str, reference_value: float) -> Row:
    """A row whose ratio is worked out. A reference of nought has no ratio."""
    return Row(name, value, unit, reference, value / reference_value if reference_value else None)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies: 0.5 for the median."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def number(value: float) -> str:
    """Three significant digits, thousands in groups: 0.753, 12.3, 1,240."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 1 else f"{value:.3f}"


def plain(rows: Iterable[Row]) -> str:
    """The table for a terminal: columns padded with spaces, a rule under the headings, no line end at the end."""
    cells = [_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *cells, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(_line(line, widths, RIGHT, "  ").rstrip() for line in (HEADINGS, rule, *cells))


def markdown(rows: Iterable[Row]) -> str:
    """The table for a document, with each unit beside its value; padded, so that it reads well as text too."""
    headings, right = ("what", "value", "against", "ratio"), (False, True, False, True)
    cells = [_document_cells(row) for row in rows]
    widths = [max(3, *map(len, column)) for column in zip(headings, *cells, strict=True)]
    rule = ["-" * (width - 1) + (":" if each else "-") for width, each in zip(widths, right, strict=True)]
    return "\n".join(f"| {_line(line, widths, right, ' | ')} |" for line in (headings, rule, *cells))


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{number(row.ratio)}x"
    return row.name, number(row.value), row.unit, row.reference, ratio


def _document_cells(row: Row) -> tuple[str, ...]:
    name, value, unit, reference, ratio = (cell.replace("|", "\\|") for cell in _cells(row))
    return name, f"{value} {unit}".rstrip(), reference, ratio


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool], gap: str) -> str:
    padded = (
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    )
    return gap.join(padded)
