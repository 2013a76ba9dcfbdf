"""The sheet of a picture: title, words, legend, panels one above the other, caption. In inches."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gridctl.render.style import FAINT, SIZES

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TALL, LOW = 2.9, 1.35  # heights of a panel
_WIDTH, _LEFT, _RIGHT, _MARGIN = 9.0, 0.62, 0.3, 0.12
_BETWEEN, _ABOVE, _BELOW = 0.42, 0.4, 0.66  # panels; their titles and ticks take this room
_LINE = {"title": 0.28, "text": 0.19, "small": 0.17}  # heights of a line
_FITTING = {"title": 78, "text": 122, "small": 138}  # characters that fit the width
_LEGEND_LINE, _LEGEND_FITTING, _MOST_COLUMNS = 0.21, 118, 5
_HANDLE = 7  # characters that a legend's handle and its gap take


@dataclass(frozen=True)
class Sheet:
    """What is written around the panels; ``heights`` are those of the panels, from the top."""

    title: str
    text: str
    caption: str
    heights: Sequence[float]
    legend: Sequence[Artist] = field(default=())


def lay_out(sheet: Sheet) -> tuple[Figure, list[Axes]]:
    """A figure as high as its words and panels need, with empty axes for the panels."""
    from matplotlib.figure import Figure

    title, text = filled(sheet.title, "title"), filled(sheet.text, "text")
    caption = filled(sheet.caption, "small")
    columns = _legend_columns([str(handle.get_label()) for handle in sheet.legend])
    text_at = _MARGIN + _LINE["title"] * len(title) + 0.04
    legend_at = text_at + _LINE["text"] * len(text) + 0.06
    panels_at = legend_at + _LEGEND_LINE * -(-len(sheet.legend) // columns) + _ABOVE
    caption_height = _LINE["small"] * len(caption) + _MARGIN
    height = panels_at + sum(sheet.heights) + _BETWEEN * (len(sheet.heights) - 1)
    height += _BELOW + caption_height
    drawn = Figure(figsize=(_WIDTH, height))

    def write(lines: Sequence[str], size: str, at: float, **style: Any) -> None:
        drawn.text(_MARGIN / _WIDTH, 1 - at / height, "\n".join(lines), fontsize=SIZES[size],
                   ha="left", va="top", linespacing=1.25, **style)  # fmt: skip

    write(title, "title", _MARGIN, weight="bold")
    write(text, "text", text_at)
    write(caption, "small", height - caption_height, color=FAINT)
    drawn.legend(
        handles=list(sheet.legend), loc="upper left", ncols=columns, borderaxespad=0, borderpad=0,
        bbox_to_anchor=(_MARGIN / _WIDTH, 1 - legend_at / height), columnspacing=1.6,
        handlelength=2.2, labelspacing=0.35,
    )  # fmt: skip
    return drawn, _panels(drawn, height, panels_at, sheet.heights)


def filled(text: str, size: str) -> list[str]:
    """Lines that fit the sheet, with units kept beside their numbers."""
    for unit in ("%", "g/kWh", "GBP", "kg"):
        text = text.replace(f" {unit}", f"\u00a0{unit}")
    return textwrap.wrap(text, _FITTING[size], break_on_hyphens=False)


def _panels(drawn: Figure, height: float, top: float, heights: Sequence[float]) -> list[Axes]:
    """Axes one above the other; only the last has labels under its ticks."""
    found: list[Axes] = []
    for tall in heights:
        width = 1 - (_LEFT + _RIGHT) / _WIDTH
        ax = drawn.add_axes((_LEFT / _WIDTH, 1 - (top + tall) / height, width, tall / height))
        ax.tick_params(labelbottom=len(found) == len(heights) - 1)
        found.append(ax)
        top += tall + _BETWEEN
    return found


def _legend_columns(labels: Sequence[str]) -> int:
    """As many as fit side by side; a legend is filled column by column."""
    for columns in range(min(len(labels), _MOST_COLUMNS), 1, -1):
        long, more = divmod(len(labels), columns)
        widths, rest = 0, list(labels)
        for column in range(columns):
            size = long + (column < more)
            widths += max(map(len, rest[:size])) + _HANDLE
            rest = rest[size:]
        if widths <= _LEGEND_FITTING:
            return columns
    return 1
