"""What the ending of a file says about the format of the rows in it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from gridctl.errors import UsageError
from gridctl.render.tables import check_place

FORMATS = {
    ".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".md": "markdown", ".parquet": "parquet",
}  # fmt: skip
PICTURES = (".png", ".svg")
DOCUMENTS = (".html", ".pdf", ".xlsx")

Choice = TypeVar("Choice", bound=StrEnum)


def format_for(
    output: Path | None, given: Choice | None, choices: type[Choice], for_picture: str = ""
) -> Choice:
    """The format to write rows in: the one given, else as the file ends, else a table.

    Endings that are not of ``FORMATS`` say nothing, but those of ``PICTURES`` and ``DOCUMENTS``
    are never rows. ``for_picture`` is what to do for a picture, where the command draws. Raises
    :class:`UsageError` when the ending says other than ``given``, is of a format that is none of
    the ``choices``, or when no file can be written there.
    """
    if output is None:
        return given or choices("table")
    ending = output.suffix.lower()
    told = FORMATS.get(ending)
    if ending in PICTURES and for_picture:
        raise UsageError(f"{output} is a picture: {for_picture}, or end it in {_endings(choices)}")
    if ending in PICTURES + DOCUMENTS or (told and told not in list(choices)):
        raise UsageError(
            f"{output}: rows are not written as {ending}; end it in {_endings(choices)}"
        )
    if told and given and told != given:
        raise UsageError(f"{output} ends in {ending}, and --format is {given}: change one of them")
    check_place(output)
    return given or choices(told or "table")


def _endings(choices: type[StrEnum]) -> str:
    return ", ".join([e for e, format in FORMATS.items() if format in list(choices)]) + " or .txt"
