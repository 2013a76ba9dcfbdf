"""Where and when a job should run: read what is known, decide, write the decision down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gridctl.clock import now as clock_now

if TYPE_CHECKING:
    from gridctl.config import Config
    from gridctl.model import Window
    from gridctl.schedule.job.workload import Workload
    from gridctl.schedule.money.asked import MoneyAsked
    from gridctl.schedule.signals.outlook import Outlook
    from gridctl.schedule.single.decision import Decision

# How far past the window to look, for the forecast's end and for what a later deadline would allow.
LOOK_AHEAD = timedelta(days=7)
_ALL_REGIONS = tuple(range(1, 15))
_NEAR = timedelta(days=2)  # the present this near to the window is read too, for the record


def schedule_workload(
    config: Config,
    workload: Workload,
    *,
    as_of: datetime | None = None,
    allow_synthetic: bool = False,
    dry_run: bool = False,
    outlook: Outlook | None = None,
    money: MoneyAsked | None = None,
    explain: bool = False,
) -> Decision:
    """Decide when and where ``workload`` runs, and record it unless ``dry_run``.

    With ``as_of`` only what was known at that past moment counts. ``outlook`` says how the forecast
    is used, or names a file to use instead; ``money`` is a price series or a flexibility market
    other than those of the settings. What each bound costs is always recorded; with ``explain`` the
    answer says it too, and what keeping to the regions named costs, for which all are read. The
    database is opened twice, to read and to write, each as short as can be; nothing is held while
    deciding.

    Raises :class:`gridctl.errors.SignalError` when the forecast needed is missing, stale or
    synthetic, :class:`gridctl.errors.UsageError` when the job does not fit its window, and
    :class:`gridctl.errors.DatabaseError` when the database cannot be used.
    """
    from gridctl.schedule.basis import make_basis
    from gridctl.schedule.reading import read

    basis = make_basis(as_of, outlook, money, allow_synthetic=allow_synthetic)
    now = as_of or clock_now()
    window = reading_window(workload, now)
    found = read(config, workload.places, window, now, basis)
    decision = found.decide(workload, now)
    if dry_run and not explain:
        return decision
    from gridctl.schedule.single.explain import explain as findings_of

    wider = None
    if explain and workload.regions and basis.outlook.signal_file is None:
        wider = read(config, _ALL_REGIONS, window, now, basis).signals
    explained = replace(decision, explanation=findings_of(decision, found.signals, wider))
    if dry_run:
        return explained
    from gridctl.schedule.record import record
    from gridctl.store.connect import open_writer

    with open_writer(config.database, config["store.lock_timeout"]) as con:
        recorded = record(con, explained, workload, basis)
    return recorded if explain else replace(recorded, explanation=None)


def reading_window(workload: Workload, now: datetime) -> Window:
    """The time over which signals are read to decide about ``workload`` at ``now``."""
    from gridctl.model import Window
    from gridctl.schedule.single.decide import earliest_start

    earliest, _ = earliest_start(workload, now)
    first = min(earliest, workload.start or earliest)
    if now <= first <= now + _NEAR:
        first = now
    last = max(workload.deadline or earliest, earliest)
    return Window(first, last + workload.duration + LOOK_AHEAD)
