"""The landing journal."""

import sqlite3
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gridctl.errors import DatabaseError
from gridctl.landing import Call, Counts, Landing
from gridctl.model import CATALOGUE, Reject, Request, Window

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)


def call(body: bytes | None = b"{}", error: str | None = None) -> Call:
    return Call(
        "carbon-intensity",
        "intensity",
        "http",
        "http://x/y",
        NOW,
        NOW,
        body,
        NOW,
        status=200,
        headers={"ETag": "1"},
        error=error,
    )


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "grid.duckdb")


def test_what_lands_comes_back_byte_for_byte(landing: Landing) -> None:
    body = bytes(range(256)) * 50
    payload_id = landing.land(call(body))
    payload, row = landing.read(payload_id)
    assert payload.body == body
    assert (payload.as_of, payload.issued_at) == (NOW, None)
    assert (row["status"], row["bytes"], row["headers"]) == (200, len(body), '{"ETag": "1"}')
    assert landing.path.name == "grid.landing.sqlite"


def test_landing_the_same_twice_keeps_one(landing: Landing) -> None:
    assert landing.land(call()) == landing.land(call())
    assert landing.counts_by_state() == {"pending": 1}


def test_states_and_rejects(landing: Landing) -> None:
    good, bad = landing.land(call()), landing.land(call(b"2", error="no"))
    assert {w.payload_id for w in landing.waiting()} == {
        good,
        bad,
    }  # the failed one still has to be logged
    reject = Reject("carbon_intensity_national", "zero_actual", "{}", "actual_gco2_kwh")
    for _ in range(2):  # loading again replaces its rejects
        landing.mark_loaded([(good, Counts(1, 1, 0, 1), [reject])], NOW)
    assert landing.count_rejects() == 1
    landing.mark_failed(bad, "no")
    assert landing.waiting() == []
    assert landing.counts_by_state() == {"failed": 1, "loaded": 1}
    assert landing.replay() == 2


def test_spans_count_only_while_their_payload_is_good(landing: Landing) -> None:
    span = Window(NOW, NOW + timedelta(days=1))
    payload_id = landing.land(call(), Request("carbon-intensity", "intensity", "/", window=span))
    assert landing.memory.spans("carbon-intensity", "intensity") == [span]
    landing.mark_failed(payload_id, "truncated")
    assert landing.memory.spans("carbon-intensity", "intensity") == []
    landing.land(
        call(None, error="dead"), Request("carbon-intensity", "intensity", "/", window=span)
    )
    assert landing.memory.spans("carbon-intensity", "intensity") == []


def test_calls_are_forgotten_after_their_time(landing: Landing) -> None:
    payload_id = landing.land(call())
    assert landing.forget(NOW + timedelta(days=99)) == 0  # never while pending
    landing.mark_loaded([(payload_id, Counts(), [])], NOW)
    assert landing.forget(NOW) == 0
    assert landing.forget(NOW + timedelta(days=1)) == 1
    assert landing.counts_by_state() == {}
    failed = landing.land(call(b"2"))
    landing.mark_failed(failed, "no")
    assert landing.forget(NOW + timedelta(days=1)) == 1


def test_files_and_rejects_outlive_their_bodies(landing: Landing) -> None:
    from_file = landing.land(replace(call(), origin="file"))
    rejected = landing.land(call(b"2"))
    landing.mark_loaded([(from_file, Counts(), [])], NOW)
    landing.mark_loaded([(rejected, Counts(), [Reject("t", "rule", "{}")])], NOW)
    assert landing.forget(NOW + timedelta(days=1)) == 2
    assert landing.counts_by_state() == {"loaded": 2}
    assert len(landing.rejects()) == 1
    assert landing.replay() == 0


def test_the_last_good_catalogue_is_kept(landing: Landing) -> None:
    catalogue = replace(call(b"[1]"), dataset=CATALOGUE)
    payload_id = landing.land(catalogue, Request("s", CATALOGUE, "/"))
    landing.mark_loaded([(payload_id, Counts(), [])], NOW)
    landing.forget(NOW + timedelta(days=99))
    assert landing.memory.last_catalogue(catalogue.location) == b"[1]"
    assert landing.memory.last_catalogue("elsewhere") is None


def test_versions_validators_and_checks_are_remembered_while_of_use(landing: Landing) -> None:
    answered = replace(call(), headers={"ETag": '"1"', "Last-Modified": "Wed, 06 May 2026"})
    payload_id = landing.land(answered, Request("s", "d", "/", version="a@1"))
    assert landing.memory.has_version("carbon-intensity", "a@1")
    assert not landing.memory.has_version("neso", "a@1")
    assert landing.memory.validators(answered.location) == {
        "If-None-Match": '"1"', "If-Modified-Since": "Wed, 06 May 2026",
    }  # fmt: skip
    landing.mark_failed(payload_id, "truncated")
    assert not landing.memory.has_version("carbon-intensity", "a@1")
    assert landing.memory.validators(answered.location) == {}
    landing.memory.mark_checked("neso", ["embedded"], NOW)
    assert landing.memory.checked("neso") == {"embedded": NOW}


def test_places_in_the_queue_are_an_interval_apart(landing: Landing) -> None:
    waits: list[float] = []
    started = time.time()

    def reserve() -> None:
        waits.append(landing.memory.reserve("host", timedelta(seconds=10)) + time.time() - started)

    threads = [threading.Thread(target=reserve) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == pytest.approx([10 * i for i in range(8)], abs=2)
    assert landing.memory.reserve("other", timedelta(seconds=10)) == pytest.approx(0, abs=1)


def test_a_clock_set_back_does_not_block_for_ever(landing: Landing) -> None:
    landing.memory.reserve("host", timedelta(days=2))
    assert landing.memory.reserve("host", timedelta(seconds=1)) == 0


def test_it_is_write_ahead_logged(landing: Landing) -> None:
    landing.land(call())
    with sqlite3.connect(landing.path) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_a_damaged_journal_is_one_clear_error(landing: Landing) -> None:
    landing.path.write_bytes(b"not sqlite, but long enough to look at" * 100)
    with pytest.raises(DatabaseError, match="damaged"):
        landing.land(call())


def test_it_can_be_read_where_nothing_can_be_written(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.land(call())
    connect = sqlite3.connect

    def on_a_read_only_disk(path: object, **options: object) -> sqlite3.Connection:
        if "immutable" not in str(path):
            raise sqlite3.OperationalError("unable to open database file")
        return connect(path, **options)  # type: ignore[call-overload]

    with sqlite3.connect(landing.path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    monkeypatch.setattr(sqlite3, "connect", on_a_read_only_disk)
    assert landing.counts_by_state() == {"pending": 1}
    with pytest.raises(DatabaseError):
        landing.land(call(b"2"))
