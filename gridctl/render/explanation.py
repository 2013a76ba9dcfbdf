"""An explanation for people: what the bounds cost, and why not the next best."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

_WIDTH = 80
_UNITS = ("kg", "GBP", "g/kWh", "GBP/MWh", "%")


Findings = Sequence[Mapping[str, Any]]


def explanation_text(findings: Findings) -> str:
    """Headed lists of at most 80 columns, without a newline at the end; empty for no findings.

    ``findings`` in the shape of the JSON, as :meth:`Finding.as_dict` makes and records keep them.
    """
    bounds = [finding for finding in findings if finding["about"] != "alternative"]
    others = [finding for finding in findings if finding["about"] == "alternative"]
    heading = "What the bounds cost:"
    if any(finding["costs"] is None for finding in bounds if finding["other"] is not None):
        heading = "What stands in the way:"
    blocks = [_listed(heading, bounds), _listed("Why not the next best:", others)]
    return "\n\n".join(block for block in blocks if block)


def _listed(heading: str, findings: Findings) -> str:
    if not findings:
        return ""
    return "\n".join([heading, *(_item(finding["text"]) for finding in findings)])


def _item(text: str) -> str:
    """One item, filled, with units kept beside their numbers."""
    for unit in _UNITS:
        text = text.replace(f" {unit}", f"\u00a0{unit}")
    filled = textwrap.fill(
        text, _WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
    )
    return filled.replace("\u00a0", " ")
