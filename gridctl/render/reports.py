"""What fetching, loading and the store's upkeep report, as tables or JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gridctl.clock import iso
from gridctl.render.tables import write_document, write_rows

if TYPE_CHECKING:
    from gridctl.fetch import FetchReport
    from gridctl.store.backup import BackedUp
    from gridctl.store.export.run import Exported
    from gridctl.store.load import Loaded
    from gridctl.store.rebuild import Rebuilt
    from gridctl.store.status import StoreStatus

Column = tuple[str, str]
_EXCERPT = 60  # characters of a rejected record in a table


def write_fetch_report(report: FetchReport, *, as_json: bool) -> None:
    """One row per source, or the document of ``fetch --format json``."""
    if as_json:
        document = {"sources": [s.as_dict() for s in report.sources], "store": report.store}
        write_document(document)
        return
    columns: list[Column] = [
        ("source", "VARCHAR"),
        ("status", "VARCHAR"),
        ("calls", "BIGINT"),
        ("fetched", "BIGINT"),
        ("inserted", "BIGINT"),
        ("updated", "BIGINT"),
        ("rejected", "BIGINT"),
        ("store", "VARCHAR"),
    ]
    rows = [
        (
            s.name,
            s.status,
            s.calls,
            s.records_fetched,
            s.records_inserted,
            s.records_updated,
            s.records_rejected,
            report.store,
        )
        for s in report.sources
    ]
    write_rows(columns, rows, "table")


def write_loaded(results: Iterable[Loaded], format: str) -> None:
    """One row per file or payload: what it was, what went in, and why the rest did not."""
    columns: list[Column] = [
        ("file", "VARCHAR"),
        ("dataset", "VARCHAR"),
        ("status", "VARCHAR"),
        ("inserted", "BIGINT"),
        ("updated", "BIGINT"),
        ("rejected", "BIGINT"),
        ("why", "VARCHAR"),
    ]
    rows = [
        (
            r.location.rsplit("/", 1)[-1],
            f"{r.source}.{r.dataset}" if r.source else "",
            r.status,
            r.inserted,
            r.updated,
            r.rejected,
            _why(r),
        )
        for r in results
    ]
    write_rows(columns, rows, format)


def _why(result: Loaded) -> str:
    if result.error:
        return result.error
    if result.status == "reference":
        return "reference figures: the store has no table for them"
    parts = [f"{count} rejected, {rule}" for rule, count in result.rules.items()]
    parts += [f"{count} left out, {reason}" for reason, count in result.dropped.items()]
    return "; ".join(parts)


def write_store_status(status: StoreStatus, format: str) -> None:
    """One row per table; the totals on stderr, or beside the tables in JSON."""
    columns: list[Column] = [
        ("table", "VARCHAR"),
        ("rows", "BIGINT"),
        ("synthetic_rows", "BIGINT"),
        ("oldest", "TIMESTAMPTZ"),
        ("newest", "TIMESTAMPTZ"),
        ("last_fetched", "TIMESTAMPTZ"),
    ]
    rows: list[tuple[Any, ...]] = [
        (t.table, t.rows, t.synthetic_rows, t.oldest, t.newest, t.last_fetched)
        for t in status.tables
    ]
    if format == "json":
        document = {
            "path": status.path,
            "size_bytes": status.size_bytes,
            "landing_bytes": status.landing_bytes,
            "payloads": status.payloads,
            "rejects": status.rejects,
            "read_copy": asdict(status.read_copy) if status.read_copy else None,
            "tables": [dict(zip((name for name, _ in columns), row, strict=True)) for row in rows],
        }
        write_document(document)
        return
    write_rows(columns, rows, format)
    payloads = ", ".join(f"{count} {state}" for state, count in status.payloads.items()) or "none"
    sys.stderr.write(
        f"{status.path}: {status.size_bytes / 1e6:.1f} MB, landing {status.landing_bytes / 1e6:.1f}"
        f" MB; payloads: {payloads}; rejects: {status.rejects}\n"
    )
    if status.read_copy is not None:
        state = "current" if status.read_copy.is_current else "behind the database"
        sys.stderr.write(
            f"read copy {status.read_copy.path}: {state}, written {iso(status.read_copy.as_of)}\n"
        )


def write_exported(exported: Exported) -> None:
    """The rows of each table written; where, and how large, on stderr."""
    columns: list[Column] = [("table", "VARCHAR"), ("rows", "BIGINT")]
    write_rows(columns, list(exported.rows.items()), "table")
    total = sum(exported.rows.values())
    sys.stderr.write(f"{exported.path}: {total:,} rows, {exported.bytes / 1e6:,.2f} MB\n")


def write_backed_up(done: BackedUp) -> None:
    """The files written, one to a line, with their sizes."""
    columns: list[Column] = [("file", "VARCHAR"), ("megabytes", "DOUBLE")]
    write_rows(
        columns, [(str(file), round(size / 1e6, 1)) for file, size in done.files.items()], "table"
    )
    sys.stderr.write(f"{done.rows:,} rows, the same as in the database\n")


def write_rebuilt(done: Rebuilt) -> None:
    """One row per table; what was read again, and where the old database is, on stderr."""
    columns: list[Column] = [
        ("table", "VARCHAR"), ("before", "BIGINT"), ("after", "BIGINT"),
        ("carried_over", "BIGINT"), ("no_longer_made", "BIGINT"),
    ]  # fmt: skip
    if done.changes:
        rows = [(c.table, c.before, c.after, c.carried, c.gone) for c in done.changes]
        write_rows(columns, rows, "table")
    where = f"; the database before it is {done.kept}" if done.kept else ""
    answers = "1 answer" if done.payloads == 1 else f"{done.payloads:,} answers"
    sys.stderr.write(f"{answers} read again{where}\n")


def write_rejects(rows: list[tuple[Any, ...]], format: str) -> None:
    """One row per quarantined record or field; the table shows the record's beginning only."""
    columns: list[Column] = [
        ("rejected_at", "VARCHAR"), ("source", "VARCHAR"), ("dataset", "VARCHAR"),
        ("table", "VARCHAR"), ("field", "VARCHAR"), ("rule", "VARCHAR"), ("record", "VARCHAR"),
        ("location", "VARCHAR"),
    ]  # fmt: skip
    rows = [(row[0][:19] + "Z", *row[1:]) for row in rows]
    if format == "table":
        columns = [columns[i] for i in (0, 3, 4, 5, 6)]
        rows = [(*row[:1], *row[3:6], _beginning(row[6])) for row in rows]
    write_rows(columns, rows, format)


def _beginning(record: str) -> str:
    return record if len(record) <= _EXCERPT else f"{record[:_EXCERPT]}..."
