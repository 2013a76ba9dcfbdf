"""The colours of series in a picture: fuels have their own, all others those of Okabe and Ito.

Neighbours differ in lightness or hatching too, so that grey printers and all eyes part them.
"""

from __future__ import annotations

from dataclasses import dataclass

from gridctl.render.style import BLUE, GREEN, INK, ORANGE

_SKY, _AMBER, _PURPLE, _YELLOW = "#56b4e9", "#e69f00", "#cc79a7", "#f0e442"


@dataclass(frozen=True)
class Paint:
    """How a layer or a bar is filled."""

    colour: str
    hatch: str = ""


# From the bottom of a stack: what runs steadily, what the weather gives, what is burnt last.
_FUELS = {
    "nuclear": Paint(_PURPLE, "--"),
    "biomass": Paint(GREEN, "xx"),
    "hydro": Paint(BLUE),
    "wind": Paint(_SKY),
    "solar": Paint(_YELLOW, "||"),
    "imports": Paint("#b8b8b8", "//"),
    "storage": Paint(_AMBER, "\\\\"),
    "other": Paint("#e4e4e4"),
    "gas": Paint(ORANGE),
    "oil": Paint("#7a3300", "--"),
    "coal": Paint("#222222"),
}
_SERIES = (BLUE, ORANGE, GREEN, _PURPLE, _AMBER, _SKY, INK)
_DASHES = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)), (0, (3, 1)))
# Of lines alone: dots are drawn one by one, and make an SVG half as large again.
_HATCHES = ("", "//", "||", "xx", "\\\\", "--", "++")


def place_in_stack(name: str) -> int:
    """Where a layer belongs, counted from the bottom; what is no fuel stays where it came."""
    fuel = _fuel(name)
    return list(_FUELS).index(fuel) if fuel else len(_FUELS)


def fill_of(name: str, index: int) -> Paint:
    """The fill of a series, by its name if it is a fuel."""
    if fuel := _fuel(name):
        return _FUELS[fuel]
    return Paint(_SERIES[index % len(_SERIES)], _HATCHES[index % len(_HATCHES)])


def line_of(index: int) -> tuple[str, object]:
    """Colour and dashes of a line: fourteen that differ, seven in colour and each in dashes."""
    return _SERIES[index % len(_SERIES)], _DASHES[(index + index // len(_SERIES)) % len(_DASHES)]


def _fuel(name: str) -> str:
    return next((fuel for fuel in _FUELS if name.split(" ")[0] == fuel), "")
