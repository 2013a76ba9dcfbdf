"""Write rows in the format asked for, to stdout or whole into a file."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

from gridctl.errors import UsageError
from gridctl.plain import compact_json, csv_value, json_value
from gridctl.render.headings import heading
from gridctl.render.layout import Column, cells_of, plain_table
from gridctl.render.values import is_numeric

Rows = list[tuple[Any, ...]]


def write_rows(
    columns: list[Column],
    rows: Rows,
    format: str,
    output: Path | None = None,
    meta: Mapping[str, Any] | None = None,
    zone: tzinfo = UTC,
) -> None:
    """Write rows as table, json, jsonl, csv, markdown, or (to a file) parquet.

    ``columns`` are names and DuckDB types. JSON is a list of objects; with ``meta`` one object
    that begins with it, then ``columns``, ``rows`` and ``row_count``. What people read, tables and
    Markdown, has its times in ``zone``; the others are UTC. A file is written whole or not at all.
    Raises :class:`UsageError` when it cannot be, naming it.
    """
    if format == "parquet":
        if output is None:
            raise UsageError("parquet is written to a file; name it with --output FILE")
        write_file(output, _parquet(columns, rows))
    elif format == "table" and output is None and columns and sys.stdout.isatty():
        from gridctl.render.terminal import terminal_table

        write_text(terminal_table(columns, rows, zone))
    else:
        write_text(as_text(columns, rows, format, meta, zone), output)


def write_document(document: Any, output: Path | None = None) -> None:
    """Write one JSON document: any nesting of values that rows may hold."""
    write_text(f"{to_json(document)}\n", output)


def to_json(document: Any) -> str:
    """A document as JSON text, without the newline that ends it."""
    return json.dumps(json_value(document), ensure_ascii=False, allow_nan=False, indent=2)


def write_text(text: str, output: Path | None = None) -> None:
    """Write text to stdout, whatever its encoding can hold, or whole into a file as UTF-8."""
    if output is not None:
        return write_file(output, text.encode())
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def as_text(
    columns: list[Column],
    rows: Rows,
    format: str,
    meta: Mapping[str, Any] | None = None,
    zone: tzinfo = UTC,
) -> str:
    """Rows in a text format, ending in a newline unless there is nothing to say."""
    match format:
        case "table":
            return plain_table(columns, rows, zone) if columns else ""
        case "json":
            return _json(columns, rows, meta)
        case "jsonl":
            return "".join(f"{line}\n" for line in _objects(columns, rows))
        case "csv":
            return _csv(columns, rows)
        case "markdown":
            return _markdown(columns, rows, zone)
    raise UsageError(f"there is no format {format!r}")


def check_place(path: Path) -> None:
    """Raise :class:`UsageError` when no file can be written there, before any work is done."""
    if _is_stream(path):
        return
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise UsageError(f"cannot write {path}: there is no folder {folder}")
    if os.path.isdir(path):
        raise UsageError(f"cannot write {path}: it is a folder")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"cannot write {path}: {folder} may not be written")


def write_file(path: Path, content: bytes) -> None:
    """Replace the file by ``content`` at one stroke. Raises :class:`UsageError` naming it.

    Devices and pipes are written to as they are; a link keeps pointing at its file.
    """
    check_place(path)
    target = Path(os.path.realpath(path))
    try:
        if _is_stream(path):
            path.write_bytes(content)
            return
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with open(handle, "wb") as file:
                file.write(content)
            os.chmod(temporary, mode)
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None


def _is_stream(path: Path) -> bool:
    """Whether it is a device or a pipe, which ``/dev/stdout`` may be too."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def _json(columns: list[Column], rows: Rows, meta: Mapping[str, Any] | None) -> str:
    """One document, laid out with a row to a line: quick to read, and to diff."""
    lines = ",\n    ".join(_objects(columns, rows))
    listed = f"[\n    {lines}\n  ]" if lines else "[]"
    if meta is None:
        return listed.replace("\n  ", "\n") + "\n"
    named = [{"name": name, "type": kind} for name, kind in columns]
    head = {**meta, "columns": named}
    parts = [
        f"  {json.dumps(key)}: {json.dumps(json_value(head[key]), ensure_ascii=False)}"
        for key in head
    ]
    parts += [f'  "rows": {listed}', f'  "row_count": {len(rows)}']
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _objects(columns: list[Column], rows: Rows) -> list[str]:
    return [
        compact_json(
            {name: json_value(v, kind) for (name, kind), v in zip(columns, row, strict=True)}
        )
        for row in rows
    ]


def _csv(columns: list[Column], rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name for name, _ in columns])
    for row in rows:
        writer.writerow([csv_value(v, kind) for (_, kind), v in zip(columns, row, strict=True)])
    return text.getvalue()


def _markdown(columns: list[Column], rows: Rows, zone: tzinfo) -> str:
    lines = [
        [heading(name) for name, _ in columns],
        ["---:" if is_numeric(k) else "---" for _, k in columns],
    ]
    lines += cells_of(columns, rows, zone)
    escaped = ([re.sub(r"([\\|<])", r"\\\1", cell) for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in escaped)


def _parquet(columns: list[Column], rows: Rows) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from gridctl.query.answer import to_arrow

    sink = pa.BufferOutputStream()
    try:
        pq.write_table(to_arrow(columns, rows), sink)
    except pa.ArrowException as error:
        raise UsageError(f"these rows cannot be written as parquet: {error}") from None
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
