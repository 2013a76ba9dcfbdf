"""Land saved upstream files, recognised by their content, and load them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from gridctl.config import Config
from gridctl.errors import DataError, UsageError
from gridctl.landing import Call, Landing
from gridctl.model import Parsed, Payload, natural_id
from gridctl.sources import SOURCES, find_source
from gridctl.sources.base import Recognised, open_document
from gridctl.store.archive.parquet import PATTERN, is_parquet
from gridctl.store.archive.restore import restore
from gridctl.store.load import Loaded, load_waiting, parse_payload

# The time in a file's name, as capture tools write it: 2023-03-15T0031Z, 20240112T0601Z.
_NAME_TIME = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2})(?::?(\d{2}))?Z")


def load_files(
    config: Config,
    files: Iterable[Path],
    now: datetime,
    *,
    fetched_at: datetime | None = None,
    dataset: str | None = None,
) -> list[Loaded]:
    """Land and load saved files; one result per file, in the order given.

    ``dataset`` says what they are (``carbon-intensity.intensity``) instead of recognising it.
    A file that is not recognised, or cannot be read, is refused and the others still load. Parquet
    files are rows that were archived, which say themselves what they are; a folder stands for those
    in it. Also loads whatever else was pending. Raises as
    :func:`gridctl.store.load.load_waiting` does.
    """
    chosen = _chosen_dataset(dataset)
    given = [file for named in files for file in _within(named)]
    archived = {file: None for file in given if _is_archive(file)}
    outcomes = {
        file: _land_file(config, file, now, fetched_at, chosen)
        for file in given
        if file not in archived
    }
    loaded = {result.payload_id: result for result in load_waiting(config, now)}
    landing = Landing(config.database)
    results = {file: _settled(outcome, loaded, landing) for file, outcome in outcomes.items()}
    results |= zip(archived, restore(config, list(archived)), strict=True)
    return [results[file] for file in given]


def _within(path: Path) -> list[Path]:
    """The archive files of a folder; what is none, or holds none, itself."""
    return (sorted(path.rglob(PATTERN)) if path.is_dir() else []) or [path]


def _is_archive(file: Path) -> bool:
    try:
        return file.is_file() and is_parquet(file)
    except OSError:
        return False  # landing it says why it cannot be read


def _settled(outcome: Loaded, loaded: dict[UUID, Loaded], landing: Landing) -> Loaded:
    """What became of a file that was landed: loaded here, or meanwhile by another process."""
    if outcome.status != "landed":
        return outcome
    if outcome.payload_id in loaded:
        return replace(loaded[outcome.payload_id], location=outcome.location)
    state, error, counts = landing.outcome(outcome.payload_id)
    return replace(
        outcome,
        status=state,
        error=error,
        inserted=counts.inserted,
        updated=counts.updated,
        rejected=counts.rejected,
        fetched=counts.fetched,
    )


def _chosen_dataset(name: str | None) -> tuple[str, str] | None:
    if name is None:
        return None
    source, _, dataset = name.partition(".")
    if dataset not in {d.name for d in find_source(source).datasets}:
        known = ", ".join(f"{s.name}.{d.name}" for s in SOURCES.values() for d in s.datasets)
        raise UsageError(f"--as {name!r}: there is no such dataset; there are: {known}")
    return source, dataset


def _land_file(
    config: Config,
    file: Path,
    now: datetime,
    fetched_at: datetime | None,
    chosen: tuple[str, str] | None,
) -> Loaded:
    nobody = natural_id("payload", str(file))
    try:
        if file.exists() and not file.is_file():
            raise DataError("not a file" if file.is_dir() else "a pipe or a device, not a file")
        body = file.read_bytes()
        source, found = _recognise(body, chosen)
    except OSError as error:
        return _outcome(nobody, file, "refused", error=f"cannot be read: {error.strerror}")
    except DataError as error:
        return _outcome(nobody, file, "refused", error=str(error))
    if found.is_reference:
        return _outcome(nobody, file, "reference", source, found.dataset)
    if found.problem is not None:
        return _outcome(nobody, file, "error-body", source, found.dataset, found.problem)
    named = _time_in_name(file)
    call = Call(
        source,
        found.dataset,
        "file",
        file.name,
        now,
        fetched_at or named or now,
        body,
        issued_at=fetched_at or named,
    )
    landing = Landing(config.database)
    known = landing.has_loaded_file(source, found.dataset, call.sha256)
    if known is not None and fetched_at is None:
        return _outcome(known, file, "unchanged", source, found.dataset)
    try:
        parsed = parse_payload(_payload_of(call))
    except DataError as error:
        return _outcome(nobody, file, "refused", source, found.dataset, str(error))
    if fetched_at is None and named is None:
        call = replace(call, as_of=_newest(parsed) or now)
    if landing.state(call.payload_id) == "loaded":
        return _outcome(call.payload_id, file, "unchanged", source, found.dataset)
    landing.land(call)
    return _outcome(call.payload_id, file, "landed", source, found.dataset)


def _recognise(body: bytes, chosen: tuple[str, str] | None) -> tuple[str, Recognised]:
    document = open_document(body)
    if chosen is not None:
        return chosen[0], Recognised(chosen[1])
    for source in SOURCES.values():
        found = source.recognise(document)
        if found is not None:
            return source.name, found
    raise DataError("not a known upstream file; say what it is with --as SOURCE.DATASET")


def _time_in_name(file: Path) -> datetime | None:
    match = _NAME_TIME.search(file.name)
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _newest(parsed: Parsed) -> datetime | None:
    times = [
        value
        for batch in parsed.batches
        for name in ("timestamp", "issued_at")
        for value in batch.columns.get(name, [])
    ]
    return max(times, default=None)


def _payload_of(call: Call) -> Payload:
    return Payload(
        call.payload_id,
        call.source,
        call.dataset,
        call.body or b"",
        call.as_of,
        call.issued_at,
        call.location,
    )


def _outcome(
    payload_id: UUID,
    file: Path,
    status: str,
    source: str = "",
    dataset: str = "",
    error: str | None = None,
) -> Loaded:
    return Loaded(payload_id, source, dataset, str(file), status, error=error)
