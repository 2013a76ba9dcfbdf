"""Where and when a job should run: read what is known, decide, write the decision down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gridctl.clock import now as clock_now

if TYPE_CHECKING:
    from gridctl.config import Config
    from gridctl.model import Window
    from gridctl.schedule.decision import Decision
    from gridctl.schedule.outlook import Outlook
    from gridctl.schedule.signal import Knowledge, Place, Signal
    from gridctl.schedule.workload import Workload

# How far past the window to look, for the forecast's end and for what a later deadline would allow.
LOOK_AHEAD = timedelta(days=7)
_NEAR = timedelta(days=2)  # the present this near to the window is read too, for the record


def schedule_workload(
    config: Config,
    workload: Workload,
    *,
    as_of: datetime | None = None,
    allow_synthetic: bool = False,
    dry_run: bool = False,
    outlook: Outlook | None = None,
) -> Decision:
    """Decide when and where ``workload`` runs, and record it unless ``dry_run``.

    With ``as_of`` only what was known at that past moment counts. ``outlook`` says how the forecast
    is used, or names a file to use instead; without it, as published. The database is opened twice,
    to read and to write, each as short as can be; nothing is held while deciding.

    Raises :class:`gridctl.errors.SignalError` when the forecast needed is missing, stale or
    synthetic, :class:`gridctl.errors.UsageError` when the job does not fit its window, and
    :class:`gridctl.errors.DatabaseError` when the database cannot be used.
    """
    from gridctl.schedule.decide import decide
    from gridctl.schedule.outlook import Outlook
    from gridctl.schedule.signal import Knowledge
    from gridctl.schedule.workload import with_carbon_price
    from gridctl.store.connect import open_writer

    now = as_of or clock_now()
    outlook = outlook or Outlook()
    known = Knowledge(now, config["schedule.max_forecast_age"], allow_synthetic)
    priced = with_carbon_price(workload, config["schedule.carbon_price"])
    window = _reading_window(workload, now)
    signals = read_signals(config, workload.places, window, known, outlook)
    decision = decide(priced, signals, now)
    if dry_run:
        return decision
    from gridctl.schedule.record import record

    with open_writer(config.database, config["store.lock_timeout"]) as con:
        return record(
            con, decision, workload, as_of=as_of, allow_synthetic=allow_synthetic, outlook=outlook
        )


def read_signals(
    config: Config, places: Sequence[Place], window: Window, known: Knowledge, outlook: Outlook
) -> dict[Place, Signal]:
    """The signal of each place over ``window`` as ``outlook`` wants it: a file's or the store's.

    Raises :class:`gridctl.errors.DataError` for a file that will not do, :class:`UsageError` for
    one with several places, and :class:`gridctl.errors.DatabaseError`.
    """
    if outlook.signal_file is not None:
        from gridctl.schedule.given import signals_of_file
        from gridctl.schedule.signal_file import read_signal_file

        file = read_signal_file(outlook.signal_file)
        return signals_of_file(file, places, window, known.at, outlook)
    from gridctl.schedule.signal import load_signals
    from gridctl.store.connect import open_reader

    with open_reader(config.database, config["store.lock_timeout"], known.at) as con:
        signals = load_signals(con, places, window, known)
        if outlook.is_plain:
            return signals
        from gridctl.schedule.skill.history import load_history
        from gridctl.schedule.skill.improve import improve, wants_synthetic

        made_up = any(wants_synthetic(signal) for signal in signals.values())
        history = load_history(con, known.at, synthetic=made_up)
    return {place: improve(signal, history, outlook) for place, signal in signals.items()}


def _reading_window(workload: Workload, now: datetime) -> Window:
    from gridctl.model import Window
    from gridctl.schedule.decide import earliest_start

    earliest, _ = earliest_start(workload, now)
    first = min(earliest, workload.start or earliest)
    if now <= first <= now + _NEAR:
        first = now
    last = max(workload.deadline or earliest, earliest)
    return Window(first, last + workload.duration + LOOK_AHEAD)
