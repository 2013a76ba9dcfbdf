"""Users' own queries: the ``*.sql`` files of the folder that ``query.folder`` names.

They are read afresh each time, so that an edited file is asked as it stands.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from gridctl.errors import UsageError
from gridctl.query.header import Query, read_query
from gridctl.query.params import convert

_MOST_BYTES = 1_000_000
_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)  # defaults are only held to their types


def own_files(folder: Path | None) -> dict[str, Path]:
    """The files by the name they are asked by, in the order of the names.

    Raises :class:`UsageError` when the folder cannot be listed. No folder has no files.
    """
    if folder is None:
        return {}
    try:
        files = [file for file in folder.iterdir() if file.suffix.lower() == ".sql"]
    except OSError as error:
        raise UsageError(
            f"query.folder {folder} cannot be listed: {error.strerror or error}"
        ) from None
    # In reverse, so that of two files with one name the first in the alphabet counts.
    named = {as_name(file.stem): file for file in sorted(files, reverse=True)}
    return dict(sorted(named.items()))


def read_own(file: Path) -> Query:
    """The query in a file. Raises :class:`UsageError` naming the file, in one line."""
    try:
        text = _text_of(file)
        query = read_query(as_name(file.stem), text, file)
        convert(query.params, {}, _ANY_MOMENT)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} cannot be read: it is not UTF-8 text") from None
    except (ValueError, UsageError) as error:
        raise UsageError(f"{file} is no query: {error}") from None
    return query


def as_name(text: str) -> str:
    """How a query is called, however it is spelled: ``Carbon_Trend`` is ``carbon-trend``."""
    return text.strip().lower().replace("_", "-")


def _text_of(file: Path) -> str:
    if not file.is_file():
        raise ValueError("it is not a file")
    if file.stat().st_size > _MOST_BYTES:
        raise ValueError(f"it is longer than {_MOST_BYTES:,} bytes")
    return file.read_text(encoding="utf-8-sig")
