"""What every source must hold to, tried on a good payload of each dataset and on damaged ones.

A new source is covered by putting payloads into ``fixtures/<source>/<dataset>[.variant].json`` or
``.csv``.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutate

from gridctl.clock import HALF_HOUR
from gridctl.config import Config, load_config
from gridctl.errors import DataError
from gridctl.landing import Call, Landing
from gridctl.model import Parsed, Payload
from gridctl.sources import SOURCES
from gridctl.sources.base import Source, open_document
from gridctl.store.load import load_waiting
from gridctl.store.tables import TABLES

AS_OF = datetime(2026, 3, 4, 5, 10, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"
HALF_HOURLY = {
    name for name, table in TABLES.items()
    if "timestamp" in table.key and name != "beckn_transactions"
}  # fmt: skip
files = pytest.mark.parametrize(
    "file",
    sorted(path for path in FIXTURES.glob("*/*") if path.parent.name in SOURCES),
    ids=lambda path: f"{path.parent.name}-{path.name}",
)


def source_of(file: Path) -> Source:
    return SOURCES[file.parent.name]


def payload_of(file: Path, body: bytes | None = None) -> Payload:
    dataset = file.name.split(".")[0]
    content = file.read_bytes() if body is None else body
    return Payload(UUID(int=1), file.parent.name, dataset, content, AS_OF, AS_OF, file.name)


def parse(file: Path, body: bytes | None = None) -> Parsed:
    return source_of(file).parse(payload_of(file, body))


def counted(parsed: Parsed) -> int:
    whole = sum(reject.field is None for reject in parsed.rejects)
    return parsed.used + whole + sum(parsed.dropped.values())


def data_lines(body: bytes) -> int:
    """Records of a CSV, counted without the parser: lines that are not blank, but the header."""
    text = body.decode("utf-8-sig")
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    return len(rows) - 1


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
def test_facts_are_complete(source: Source) -> None:
    assert SOURCES[source.name] is source
    assert source.about
    assert source.licence
    assert set(source.tables) <= set(TABLES)
    for dataset in source.datasets:
        assert dataset.about
        assert dataset.cadence >= timedelta(minutes=1)
        assert list((FIXTURES / source.name).glob(f"{dataset.name}.*")), f"no {dataset.name}"


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
def test_calls_are_described_without_making_them(source: Source) -> None:
    options = load_config().section(source.setting)
    names = {dataset.name for dataset in source.datasets}
    requests = [] if source.not_ready(options) else source.latest(AS_OF, HALF_HOUR * 96, options)
    for request in requests:
        assert request.source == source.name
        assert request.served in names
        assert request.path.startswith("/")
        assert request.pace in source.paces


@files
def test_a_good_payload_is_recognised_by_its_content(file: Path) -> None:
    document = open_document(file.read_bytes())
    found = [(name, source.recognise(document)) for name, source in SOURCES.items()]
    claimed = [(name, answer.dataset) for name, answer in found if answer is not None]
    assert claimed == [(file.parent.name, payload_of(file).dataset)]


@files
def test_rows_match_their_tables(file: Path) -> None:
    parsed = parse(file)
    assert parsed.batches
    assert parsed.rejects == []
    for batch in parsed.batches:
        table = TABLES[batch.table]
        assert batch.table in source_of(file).tables
        assert set(batch.columns) <= set(table.columns)
        assert len({len(values) for values in batch.columns.values()}) == 1
        for name in set(table.key) - {"region_number"}:
            assert None not in batch.columns[name], name
        parts = (batch.columns.get(name, [None] * len(batch)) for name in table.key)
        keys = list(zip(*parts, strict=True))
        assert len(set(keys)) == len(keys)
        for name, values in batch.columns.items():
            for value in (v for v in values if isinstance(v, datetime)):
                assert value.utcoffset() == timedelta(0), name
                if name == "timestamp" and batch.table in HALF_HOURLY:
                    assert value.timestamp() % 1800 == 0


@files
def test_every_record_is_accounted_for(file: Path) -> None:
    body = file.read_bytes()
    if file.suffix == ".csv":
        assert counted(parse(file)) == data_lines(body)
    else:
        assert counted(parse(file)) >= 1


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return load_config(environ={}).with_database(tmp_path_factory.mktemp("contract") / "g.duckdb")


def land(config: Config, file: Path, body: bytes, as_of: datetime) -> UUID:
    payload = payload_of(file, body)
    call = Call(
        payload.source, payload.dataset, "http", file.name, as_of, as_of, body, as_of, as_of
    )
    return Landing(config.database).land(call)


@files
def test_loading_twice_changes_nothing(file: Path, config: Config) -> None:
    land(config, file, file.read_bytes(), AS_OF)
    first = load_waiting(config, AS_OF)
    assert [result.status for result in first] == ["loaded"], first
    assert first[0].rejected == 0
    Landing(config.database).replay()
    again = load_waiting(config, AS_OF)
    assert sum(result.inserted + result.updated for result in again) == 0


@files
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**64))
def test_damage_is_rejected_or_refused_never_lost(file: Path, seed: int) -> None:
    body = mutate(file.read_bytes(), Random(seed))
    try:
        parsed = parse(file, body)
    except DataError as refused:
        said = str(refused)
    else:
        said = "read"
        if file.suffix == ".csv":
            assert counted(parsed) == data_lines(body)
        for reject in parsed.rejects:
            assert reject.rule
            json.dumps(reject.record)
    assert len(said.splitlines()) == 1


@files
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**64))
def test_whatever_a_parser_lets_through_the_store_takes_or_rejects(
    file: Path, seed: int, store: Config
) -> None:
    body = mutate(file.read_bytes(), Random(seed))
    payload_id = land(store, file, body, AS_OF + timedelta(seconds=seed % 10**6))
    load_waiting(store, AS_OF)
    state, error, _ = Landing(store.database).outcome(payload_id)
    assert state == "loaded" or error
    with duckdb.connect(str(store.database), read_only=True) as con:
        con.execute("SELECT * FROM current_grid_status").fetchall()
