"""Read a query from its file: the comments it begins with say what it is and what it takes.

A line is ``-- key: value``; keys are ``theme``, ``description``, ``example``, ``note``, ``needs``
(a table that must have rows, and the command that fills it), ``empty`` (what no row means, when
there is data), ``param`` (:func:`gridctl.query.params.read_param`) and ``chart``
(:mod:`gridctl.query.chart`). Other comments may stand between them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path
from typing import Any

from gridctl.query.chart import Chart, read_chart
from gridctl.query.params import Param, read_param

_KEYS = ("theme", "description", "param", "needs", "empty", "note", "chart", "example")
_SINGLE = ("theme", "description", "empty", "chart")
_META = re.compile(r"--\s*(?P<key>[a-z]+)\s*:\s*(?P<value>.*?)\s*")
_NEEDS = re.compile(r"(?P<table>\w+) : (?P<command>.+)")


@dataclass(frozen=True)
class Query:
    """A question that has a name. ``needs`` maps a table that must have rows to what fills it."""

    name: str
    description: str
    sql: str
    theme: str | None = None
    params: tuple[Param, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    chart: Chart | None = None
    empty: str | None = None
    file: Path | None = None  # a user's own, which the guard inspects; ``None`` for gridctl's

    @property
    def defaults(self) -> str:
        """The parameters as they stand when none is given: ``hours=24 region=``."""
        return " ".join(f"{p.name}={p.default or ''}" for p in self.params)

    def as_dict(self) -> dict[str, Any]:
        """What ``gridctl query --list --format json`` says; ``file`` is null for gridctl's."""
        return {
            "name": self.name,
            "description": self.description,
            "params": [
                {"name": p.name, "type": p.type, "default": p.default, "description": p.description}
                for p in self.params
            ],
            "theme": self.theme,
            "file": str(self.file) if self.file else None,
        }


def read_query(name: str, text: str, file: Path | None = None) -> Query:
    """The query that a file's text is. Raises ``ValueError`` for a header that cannot be read."""
    lines = _header(text)
    single = {key: lines[key][-1] for key in _SINGLE if key in lines}
    params = tuple(read_param(value) for value in lines.get("param", ()))
    names = [param.name for param in params]
    if len(set(names)) < len(names):
        raise ValueError(f"a parameter is declared twice: {', '.join(names)}")
    return Query(
        name=name,
        description=single.get("description", "a query of your own"),
        sql=text,
        theme=single.get("theme"),
        params=params,
        needs=dict(_read_needs(value) for value in lines.get("needs", ())),
        notes=tuple(lines.get("note", ())),
        examples=tuple(lines.get("example", ())),
        chart=read_chart(single["chart"]) if "chart" in single else None,
        empty=single.get("empty"),
        file=file,
    )


def _header(text: str) -> dict[str, list[str]]:
    """Values by key, of the comments above the first line of SQL."""
    lines: dict[str, list[str]] = {}
    above = takewhile(lambda line: line.startswith("--") or not line.strip(), text.splitlines())
    for line in above:
        match = _META.fullmatch(line)
        if match is None:
            continue
        key, value = match.groups()
        if key in _KEYS and value:
            lines.setdefault(key, []).append(value)
        elif close := get_close_matches(key, _KEYS, n=1, cutoff=0.75):
            what = f"did you mean {close[0]}?" if key not in _KEYS else "it has no value"
            raise ValueError(f"cannot read the comment {line!r}; {what}")
    return lines


def _read_needs(text: str) -> tuple[str, str]:
    match = _NEEDS.fullmatch(text)
    if match is None:
        raise ValueError(f"cannot read the need {text!r}; write: table : the command that fills it")
    return match["table"], match["command"]
