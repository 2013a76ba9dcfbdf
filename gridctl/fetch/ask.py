"""Ask one source: every call in its turn, every answer landed, and what it leads to asked too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import requests

from gridctl.config import Config
from gridctl.errors import DataError, UsageError
from gridctl.fetch import http
from gridctl.fetch.report import SourceReport
from gridctl.fetch.spans import missing
from gridctl.landing import Call, Landing
from gridctl.model import CATALOGUE, Request
from gridctl.sources.base import Source

Say = Callable[[str], None]
Progress = Callable[[str, int, int, str], None]  # what, done, of how many, of what kind


class Asking:
    """The calls to one source in one fetch. ``landed`` are the payloads that came of them."""

    def __init__(
        self,
        source: Source,
        config: Config,
        landing: Landing,
        outcome: SourceReport,
        now: datetime,
        *,
        say: Say,
        progress: Progress,
        stop: threading.Event,
        refetch: bool = False,
    ) -> None:
        self.source = source
        self.options = config.section(source.setting)
        self.base = base_url(source, config)
        self.host = urlsplit(self.base).netloc
        self.patience = http.Patience.from_config(config)
        self.landing = landing
        self.outcome = outcome
        self._now = now
        self.landed: list[UUID] = []
        self._say, self._progress, self._stop, self._refetch = say, progress, stop, refetch
        self._lock = threading.Lock()
        self._sessions = threading.local()
        self._nobody_there = False
        self._served: set[str] = set()
        self._unserved: set[str] = set()

    def run(self, first: Iterable[Request]) -> None:
        """Ask, follow what the answers lead to, and note which datasets are up to date.

        Ends early when ``stop`` is set. Raises :class:`gridctl.errors.DatabaseError` when the
        landing journal cannot be written.
        """
        queue = list(first)
        done_count = 0
        pool = ThreadPoolExecutor(self.source.at_once, thread_name_prefix=self.source.name)
        try:
            # The first call goes alone: that a server is down is found out once, not by all.
            waiting = {pool.submit(self._ask, request) for request in queue[:1]}
            queue = queue[1:]
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                queue += [more for finished in done for more in finished.result()]
                waiting |= {pool.submit(self._ask, request) for request in queue}
                queue = []
                done_count += len(done)
                self._progress(self.source.name, done_count, done_count + len(waiting), "calls")
        finally:  # not waiting: on Ctrl-C a thread may still be listening to a silent server
            pool.shutdown(wait=False, cancel_futures=True)
        self.landing.memory.mark_checked(self.source.name, self._served - self._unserved, self._now)

    def _ask(self, request: Request) -> list[Request]:
        """Make one call and land its answer; the calls that it leads to."""
        if self._stop.is_set() or self._nobody_there:
            with self._lock:
                self.outcome.skipped_calls += 1
                self._unserved.add(request.served)
            return []
        if self._is_known(request):
            with self._lock:
                self.outcome.known_answers += 1
                self._served.add(request.served)
            return []
        call, body = self._call(request)
        more: list[Request] = []
        if call.error is None and body is not None:
            try:
                more = self.source.follow(request, body, self.options)
            except DataError as bad:
                call = replace(call, error=str(bad))
        is_last = not more or request.dataset == CATALOGUE
        payload_id = self.landing.land(call, request if is_last else _one_of_many(request))
        if call.error is not None:
            more = self._instead(request, call)
        with self._lock:
            self._count(request, call, is_rescued=bool(more))
            if call.error is None and body is not None:
                self.landed.append(payload_id)
        return more

    def _is_known(self, request: Request) -> bool:
        """Whether its answer is here: that version of it, or that span of its part of a dataset."""
        if self._refetch:
            return False
        memory = self.landing.memory
        if request.part and request.window is not None:
            asked = memory.spans(self.source.name, request.series)
            return not missing(request.window, asked, self._now)
        return request.version is not None and memory.has_version(self.source.name, request.version)

    def _call(self, request: Request) -> tuple[Call, bytes | None]:
        url = self.base + request.path
        location = f"{url}?{urlencode(request.params)}" if request.params else url
        headers = dict(self.source.headers(request, datetime.now().astimezone(), self.options))
        is_wanted_whole = self._refetch or request.dataset == CATALOGUE  # it has to be followed
        if request.body is None and not is_wanted_whole:
            headers |= self.landing.memory.validators(location)
        outgoing = http.Outgoing(url, request.params, request.body, headers)
        answer = http.ask(
            self._session(),
            outgoing,
            self.patience,
            lambda: self._wait_turn(request.pace),
            self._stop.wait,
        )
        if answer.status is None:  # nobody there: the other calls would only wait as long
            self._nobody_there = True
        call = _as_call(request, location, answer)
        return call, answer.body if answer.status != http.NOT_MODIFIED else None

    def _wait_turn(self, pace: str) -> None:
        queue = f"{self.host}/{pace}" if pace else self.host
        self._stop.wait(self.landing.memory.reserve(queue, self.source.paces[pace]))

    def _session(self) -> requests.Session:
        """One session a thread: requests does not promise that they can be shared."""
        if not hasattr(self._sessions, "mine"):
            self._sessions.mine = http.new_session()
        session: requests.Session = self._sessions.mine
        return session

    def _instead(self, request: Request, call: Call) -> list[Request]:
        """What to ask when a call failed: as an earlier catalogue said, else the source's own.

        Nothing when the server did answer: what it said, say that a file is gone, stands.
        """
        if self._nobody_there or call.status == http.OK:
            return []
        if request.dataset == CATALOGUE:
            body = self.landing.memory.last_catalogue(call.location)
            if body is not None:
                self._say(f"{self.source.name}: {call.error}; going by its last good answer")
                with suppress(DataError):  # was good when it came, before an update of gridctl
                    return self.source.follow(request, body, self.options)
        return self.source.standby(request, self.options)

    def _count(self, request: Request, call: Call, *, is_rescued: bool) -> None:
        self.outcome.calls += 1
        if call.error is None:
            self._served.add(request.served)
            self.outcome.known_answers += call.status == http.NOT_MODIFIED
        elif not is_rescued:
            self._unserved.add(request.served)
            self.outcome.add_failure(f"{request.path} {call.error}")
        if request.window is not None:
            self.outcome.add_window(request.window.start, request.window.end)


def _one_of_many(request: Request) -> Request:
    """A page before the last: the span of history is not here with it, and it must be asked for
    whole again, or what follows would not be asked for."""
    return replace(request, window=None, leads_on=True)


def base_url(source: Source, config: Config) -> str:
    """The upstream's base URL. Raises :class:`UsageError` when it is not one."""
    base = str(config.section(source.setting).get("url") or source.url).rstrip("/")
    if not urlsplit(base).netloc or urlsplit(base).scheme not in ("http", "https"):
        raise UsageError(f"{source.setting}.url must be an http(s) URL, not {base!r}")
    return base


def _as_call(request: Request, location: str, answer: http.Answer) -> Call:
    error = answer.error
    if error is not None:
        error = f"{urlsplit(location).netloc}: {error}, after {answer.attempts} tries"
    elif answer.status not in (http.OK, http.NOT_MODIFIED):
        error = f"answered {answer.status}{_excerpt(answer.body)}"
    return Call(
        request.source,
        request.dataset,
        "http",
        location,
        answer.requested_at,
        as_of=answer.responded_at,
        body=None if answer.status == http.NOT_MODIFIED else answer.body,
        responded_at=answer.responded_at,
        issued_at=answer.responded_at if request.is_forecast else None,
        status=answer.status,
        headers=answer.headers or {},
        attempts=answer.attempts,
        error=error,
        request=request.body,
    )


def _excerpt(body: bytes | None) -> str:
    text = " ".join((body or b"")[:300].decode("utf-8", "replace").split())
    return f": {text[:160]}" if text else ""
