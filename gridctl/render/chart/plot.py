"""An answer as a chart, to print, to save, or to show in a notebook."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from gridctl.errors import UsageError
from gridctl.query.answer import Answer
from gridctl.query.chart import Chart
from gridctl.render.chart.build import body_of
from gridctl.render.chart.choose import choose_chart, name_of
from gridctl.render.chart.drawing import Drawing
from gridctl.render.chart.notes import flagged, missing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH = 80


@dataclass(frozen=True)
class Heading:
    """The words of a chart: its title, what was asked, and whose data it shows.

    Without a title, the chart is named after what it draws.
    """

    title: str
    text: str = ""
    source: str = ""


class Plot:
    """A chart of an answer. Without a value to draw it is empty, and ``notes`` say why.

    Raises :class:`UsageError` when the answer's columns do not suit the chart.
    """

    def __init__(
        self,
        answer: Answer,
        declared: Chart | None,
        heading: Heading,
        *,
        kind: str | None = None,
        columns: Sequence[str] = (),
        zone: tzinfo = UTC,
    ) -> None:
        self.notes: tuple[str, ...] = answer.notes
        self.heading = heading
        self._drawing: Drawing | None = None
        if not answer.rows:
            return
        chart = choose_chart(answer, declared, kind, columns)
        body = body_of(answer, chart, zone)
        if body is None:
            missed = f"no values: {', '.join(chart.values)} is missing in every row"
            self.notes = (missed, *self.notes)
            return
        self.notes = (*flagged(answer), *missing(body, chart), *self.notes)
        title = heading.title or _title(chart)
        self._drawing = Drawing(title, heading.text, chart.unit, self.notes, body, zone)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return self._drawing is None

    def text(self, width: int | None = None) -> str:
        """The chart in characters, as wide as the terminal unless ``width`` says otherwise.

        In colour on a terminal without ``NO_COLOR``, and in ASCII where stdout holds no more.
        """
        from gridctl.render.chart.glyphs import glyphs_for
        from gridctl.render.chart.terminal import terminal_text

        if self._drawing is None:
            return "".join(f"{note}\n" for note in self.notes)
        columns = width or shutil.get_terminal_size((_WIDTH, 24)).columns
        return terminal_text(self._drawing, glyphs_for(sys.stdout.encoding), columns)

    def figure(self) -> Figure:
        """The chart as a matplotlib figure. Raises :class:`UsageError` when there is no value."""
        from gridctl.render.chart.figure import draw

        if self._drawing is None:
            raise UsageError(f"nothing to draw: {'; '.join(self.notes)}")
        return draw(self._drawing, self.heading.source)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the chart as .png or .svg. Raises :class:`UsageError` when that cannot be."""
        from gridctl.render.style import write_picture

        write_picture(self.figure, Path(path))

    def __str__(self) -> str:
        return self.text()

    def _repr_svg_(self) -> str | None:
        """For notebooks, which fall back to the characters without matplotlib."""
        from gridctl.render.style import picture

        if self._drawing is None or find_spec("matplotlib") is None:
            return None
        return picture(self.figure, "svg").decode()


def _title(chart: Chart) -> str:
    """``Forecast and actual by timestamp``."""
    values = " and ".join(name_of(value) for value in chart.values)
    across = [name_of(column) for column in (chart.x, chart.by or chart.down) if column]
    return f"{values[:1].upper()}{values[1:]} by {' and '.join(across)}"
