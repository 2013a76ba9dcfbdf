"""Read what decisions rest on, once, with the database open no longer than that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridctl.config import Config
from gridctl.model import Window
from gridctl.schedule.basis import Basis
from gridctl.schedule.job.workload import Workload, with_carbon_price
from gridctl.schedule.money.asked import with_money
from gridctl.schedule.money.flexibility import Terms
from gridctl.schedule.money.prices import Bill, MarketPrices, load_market
from gridctl.schedule.signals.given import signals_of_file
from gridctl.schedule.signals.outlook import Outlook
from gridctl.schedule.signals.signal import Knowledge, Place, load_signals
from gridctl.schedule.signals.signal_file import read_signal_file
from gridctl.schedule.single.decide import Signals, decide
from gridctl.store.connect import open_reader

if TYPE_CHECKING:
    from gridctl.schedule.single.decision import Decision


@dataclass(frozen=True)
class Read:
    """What was read: the signals by place, the bill, and the market that flexibility sells to.

    ``carbon_price`` (GBP/t) is the configured one, for workloads that name none.
    """

    signals: Signals
    bill: Bill | None
    terms: Terms | None
    market: MarketPrices | None
    carbon_price: float

    def decide(self, workload: Workload, now: datetime) -> Decision:
        """The best run of ``workload``, its money told. Raises as :func:`decide` does."""
        priced = with_carbon_price(workload, self.carbon_price)
        return self.tell(decide(priced, self.of(workload), now))

    def of(self, workload: Workload) -> Signals:
        """The signals of a workload's own places."""
        return {place: self.signals[place] for place in workload.places}

    def tell(self, decision: Decision) -> Decision:
        """A decision taken on these signals, its money told."""
        return with_money(decision, self.bill, self.terms, self.market)


def read(
    config: Config, places: Sequence[Place], window: Window, now: datetime, basis: Basis
) -> Read:
    """Read the signal of each place over ``window``, and prices, as ``basis`` wants them.

    With a file for signal the database is opened for market prices only. Raises
    :class:`gridctl.errors.DataError` for a file that will not do, :class:`UsageError` for settings
    that will not, and :class:`gridctl.errors.DatabaseError`.
    """
    known = Knowledge(now, config["schedule.max_forecast_age"], basis.allow_synthetic)
    bill, terms = basis.money.bill(config), basis.money.terms(config)
    sells = terms is not None and terms.market == "p415"
    file = basis.outlook.signal_file
    signals: Signals = {}
    if file is not None:
        given = read_signal_file(file)
        signals = signals_of_file(given, places, window, now, basis.outlook, bill)
    market = None
    if file is None or sells:
        with open_reader(config.database, config["store.lock_timeout"], now) as con:
            if file is None:
                signals = _stored(con, places, window, known, basis.outlook, bill)
            if sells:
                slots = next(iter(signals.values())).slots
                market = load_market(con, slots, now, allow_synthetic=basis.allow_synthetic)
    return Read(signals, bill, terms, market, config["schedule.carbon_price"])


def _stored(
    con: Any,
    places: Sequence[Place],
    window: Window,
    known: Knowledge,
    outlook: Outlook,
    bill: Bill | None,
) -> Signals:
    signals = load_signals(con, places, window, known, bill)
    if outlook.is_plain:
        return signals
    from gridctl.schedule.skill.history import load_history
    from gridctl.schedule.skill.improve import improve, wants_synthetic

    made_up = any(wants_synthetic(signal) for signal in signals.values())
    history = load_history(con, known.at, synthetic=made_up)
    return {place: improve(signal, history, outlook) for place, signal in signals.items()}
