"""The landing journal."""

import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gridctl.errors import DatabaseError
from gridctl.landing import Call, Counts, Landing
from gridctl.model import Reject, Request, Window

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
    assert set(landing.waiting()) == {good, bad}  # the failed one still has to be logged
    reject = Reject("carbon_intensity_national", "zero_actual", "{}", "actual_gco2_kwh")
    for _ in range(2):  # loading again replaces its rejects
        landing.mark_loaded(good, Counts(1, 1, 0, 1), [reject], NOW)
    assert landing.count_rejects() == 1
    landing.mark_failed(bad, "no")
    assert landing.waiting() == []
    assert landing.counts_by_state() == {"failed": 1, "loaded": 1}
    assert landing.replay() == 2


def test_spans_count_only_while_their_payload_is_good(landing: Landing) -> None:
    span = Window(NOW, NOW + timedelta(days=1))
    payload_id = landing.land(call(), Request("s", "d", "/", window=span))
    assert landing.spans("carbon-intensity", "intensity") == [span]
    landing.mark_failed(payload_id, "truncated")
    assert landing.spans("carbon-intensity", "intensity") == []
    landing.land(call(None, error="dead"), Request("s", "d", "/", window=span))
    assert landing.spans("carbon-intensity", "intensity") == []


def test_bodies_are_forgotten_after_their_time_and_rows_kept(landing: Landing) -> None:
    payload_id = landing.land(call())
    assert landing.forget_bodies(NOW + timedelta(days=99)) == 0  # never while pending
    landing.mark_loaded(payload_id, Counts(), [], NOW)
    assert landing.forget_bodies(NOW) == 0
    assert landing.forget_bodies(NOW + timedelta(days=1)) == 1
    assert landing.counts_by_state() == {"loaded": 1}
    assert landing.replay() == 0


def test_places_in_the_queue_are_an_interval_apart(landing: Landing) -> None:
    waits: list[float] = []
    started = time.time()

    def reserve() -> None:
        waits.append(landing.reserve("host", timedelta(seconds=10)) + time.time() - started)

    threads = [threading.Thread(target=reserve) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == pytest.approx([10 * i for i in range(8)], abs=2)
    assert landing.reserve("other", timedelta(seconds=10)) == pytest.approx(0, abs=1)


def test_a_clock_set_back_does_not_block_for_ever(landing: Landing) -> None:
    landing.reserve("host", timedelta(days=2))
    assert landing.reserve("host", timedelta(seconds=1)) == 0


def test_it_is_write_ahead_logged(landing: Landing) -> None:
    landing.land(call())
    with sqlite3.connect(landing.path) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_a_damaged_journal_is_one_clear_error(landing: Landing) -> None:
    landing.path.write_bytes(b"not sqlite, but long enough to look at" * 100)
    with pytest.raises(DatabaseError, match="damaged"):
        landing.land(call())
