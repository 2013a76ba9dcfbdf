"""Words around a chart of characters: at their places along an axis, and legends."""

from __future__ import annotations

from collections.abc import Iterable

from gridctl.render.chart.glyphs import COLOURS

_APART = 3


def placed(words: Iterable[tuple[int, str]], columns: int) -> str:
    """Each text from its column on, left out where it would run into another or be cut off."""
    row = [" "] * columns
    for column, text in words:
        around = row[max(column - 1, 0) : column + len(text) + 1]
        if column + len(text) <= columns and all(cell == " " for cell in around):
            row[column : column + len(text)] = text
    return "".join(row)


def flowed(pieces: Iterable[tuple[str, int]], width: int) -> list[str]:
    """Pieces of text with the columns each takes, three apart, on as many lines as they need."""
    lines: list[str] = []
    room = 0
    for text, columns in pieces:
        if lines and room >= columns + _APART:
            lines[-1] += " " * _APART + text
            room -= columns + _APART
        else:
            lines.append(text)
            room = width - columns
    return lines


def named(samples: Iterable[tuple[str, int, str]], width: int) -> list[str]:
    """A legend: samples, each in the colour of its number, beside their names."""
    from plotille import color

    return flowed(
        (
            (f"{color(sample, fg=COLOURS[index % len(COLOURS)])} {name}", len(sample + name) + 1)
            for sample, index, name in samples
        ),
        width,
    )
