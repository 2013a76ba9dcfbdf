"""The characters of a terminal chart, and their plain stand-ins where stdout has no others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Glyphs:
    """``levels`` ascend in a heat map; ``fills`` are for stacked layers, neighbours unlike."""

    has_dots: bool  # braille, for fine lines
    fills: str
    levels: str
    parts: str  # of a cell, ascending, the last one whole
    across: str
    upright: str
    corner: str
    tick: str
    scale_tick: str
    zero: str


UNICODE = Glyphs(True, "█░▓▒#=+:·*%-o~", "▁▂▃▄▅▆▇█", "▏▎▍▌▋▊▉█", "─", "│", "└", "┴", "┤", "┄")
ASCII = Glyphs(False, "#.%=+:o*@-~xsv", ".:-=+*%#", "#", "-", "|", "+", "+", "+", ".")

MARKERS = "ox+*#@%&$svdHZ"  # one for each series of a line chart
# Colours of the 16 that every terminal has, legible on dark and light.
COLOURS = ("blue", "red", "green", "magenta", "cyan", "yellow", "bright_black")
# A perceptually uniform map (cividis) in the 256 colours, from low to high.
HEAT = (17, 60, 59, 102, 144, 143, 185, 221)


def glyphs_for(encoding: str | None) -> Glyphs:
    """Those that text of this encoding can hold."""
    drawn = (UNICODE.fills, UNICODE.levels, UNICODE.parts, UNICODE.scale_tick, UNICODE.zero, "⣿")
    try:
        "".join(drawn).encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
