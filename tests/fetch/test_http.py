"""Retries, patience and faults, against a real server on this machine."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import upstream as faults
from upstream import Upstream

from gridctl.fetch import http

PATH = "/intensity/2026-05-06T12:01Z/fw24h"


@pytest.fixture
def server() -> Iterator[Upstream]:
    with Upstream(datetime(2026, 5, 6, 12, tzinfo=UTC)) as running:
        yield running


def get(
    url: str, *, attempts: int = 4, timeout: float = 5, turns: list[int] | None = None
) -> http.Answer:
    patience = http.Patience(
        timedelta(seconds=timeout), attempts, timedelta(milliseconds=10), timedelta(seconds=5)
    )
    with http.new_session() as session:
        return http.ask(
            session,
            http.Outgoing(url, {}),
            patience,
            lambda: turns.append(1) if turns is not None else None,
        )


def test_a_good_answer(server: Upstream) -> None:
    answer = get(server.url + PATH)
    assert (answer.status, answer.attempts, answer.error) == (200, 1, None)
    assert answer.headers is not None
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_passing_faults_are_tried_again_at_the_hosts_pace(server: Upstream, code: int) -> None:
    server.faults = [faults.status(code), faults.status(code)]
    turns: list[int] = []
    answer = get(server.url + PATH, turns=turns)
    assert (answer.status, answer.attempts) == (200, 3)
    assert len(turns) == 3


@pytest.mark.parametrize("code", [400, 403, 404])
def test_refusals_are_not_tried_again(server: Upstream, code: int) -> None:
    server.faults = [faults.status(code)]
    answer = get(server.url + PATH)
    assert (answer.status, answer.attempts) == (code, 1)


def test_a_lasting_fault_is_given_up_with_its_real_status(server: Upstream) -> None:
    server.faults = [faults.status(503)] * 3
    answer = get(server.url + PATH, attempts=3)
    assert (answer.status, answer.attempts) == (503, 3)


def test_retry_after_is_honoured(server: Upstream) -> None:
    server.faults = [faults.status(429, Retry_After="1")]
    started = time.monotonic()
    assert get(server.url + PATH).status == 200
    assert time.monotonic() - started >= 1


def test_a_retry_after_beyond_patience_is_not_waited_for(server: Upstream) -> None:
    server.faults = [faults.status(429, Retry_After="3600")]
    answer = get(server.url + PATH)
    assert (answer.status, answer.attempts) == (429, 1)


@pytest.mark.parametrize("value", ["soon", "", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_an_odd_retry_after_does_no_harm(server: Upstream, value: str) -> None:
    server.faults = [faults.status(503, Retry_After=value)]
    assert get(server.url + PATH).status == 200


def test_an_answer_that_breaks_off_is_asked_for_again(server: Upstream) -> None:
    server.faults = [faults.broken_off]
    answer = get(server.url + PATH)
    assert (answer.status, answer.attempts) == (200, 2)


def test_a_stalling_server_times_out_and_is_tried_again(server: Upstream) -> None:
    server.faults = [faults.stall(1)]
    answer = get(server.url + PATH, timeout=0.2)
    assert (answer.status, answer.attempts) == (200, 2)


def test_nobody_there() -> None:
    answer = get("http://127.0.0.1:9" + PATH, attempts=2)
    assert (answer.status, answer.body, answer.attempts) == (None, None, 2)
    assert answer.error == "connection refused"
