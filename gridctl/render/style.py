"""The look that all pictures share, and how they are written: PNG or SVG, whole or not at all.

Dark text on white. The colours are those of Okabe and Ito (Color Universal Design, 2008), which all
eyes tell apart; what differs in colour differs in lightness, line or hatching too, for grey
printers. Nothing but pictures imports matplotlib, and only when one is drawn.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridctl.errors import UsageError
from gridctl.render.tables import check_place, write_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#222222"
FAINT = "#5f5f5f"
RULE = "#d9d9d9"
BLUE = "#0072b2"
GREEN = "#009e73"
ORANGE = "#d55e00"

SIZES = {"title": 13.0, "text": 9.5, "small": 8.5}
ENDINGS = (".png", ".svg")
DPI = 160

_LOOK: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": INK,
    "axes.labelsize": SIZES["text"],
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],
    "font.size": SIZES["text"],
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "legend.fontsize": SIZES["small"],
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text: it can be searched, read out and compared
    "svg.hashsalt": "gridctl",  # the same picture is the same file
    "text.color": INK,
    "text.parse_math": False,  # a dollar in a job's name is a dollar
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "xtick.labelsize": SIZES["small"],
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
    "ytick.labelsize": SIZES["small"],
}


def check_picture(path: Path) -> None:
    """Raise :class:`UsageError` when no picture can be written there, before any work is done."""
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"{path}: a picture ends in {' or '.join(ENDINGS)}")
    if find_spec("matplotlib") is None:
        raise UsageError("a picture needs matplotlib: pip install 'gridctl[plot]'")
    check_place(path)


def write_picture(draw: Callable[[], Figure], path: Path) -> None:
    """Draw in the common look and write the file; the same figure gives the same bytes.

    Raises :class:`UsageError` naming the file when it cannot be written; nothing partial is left.
    """
    check_picture(path)
    write_file(path, picture(draw, path.suffix.lower().removeprefix(".")))


def picture(draw: Callable[[], Figure], format: str) -> bytes:
    """The bytes of what ``draw`` draws, in the common look, as ``png`` or ``svg``."""
    import matplotlib

    sink = io.BytesIO()
    undated = {"Date": None, "Creator": "gridctl"} if format == "svg" else {"Software": "gridctl"}
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A name in a script the font lacks is drawn as boxes; that is no news to the user.
        warnings.filterwarnings("ignore", message=".*Glyph", category=UserWarning)
        matplotlib.rcdefaults()  # not the look of whoever runs it
        matplotlib.rcParams.update(_LOOK)
        draw().savefig(sink, format=format, dpi=DPI, metadata=undated)
    return sink.getvalue()
