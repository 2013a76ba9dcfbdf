"""A clock that stands where a test puts it, and workloads planned at such a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from schedule.stored import Store, at

from gridctl.config import load_config
from gridctl.schedule import schedule_workload
from gridctl.schedule.job.workload import make_workload
from gridctl.schedule.money.asked import MoneyAsked

MIDNIGHT = "2023-11-25T00:00Z"


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], datetime]:
    """Set the present, as commands and decisions read it."""

    def put(text: str) -> datetime:
        moment = at(text)
        monkeypatch.setattr("gridctl.clock.now", lambda: moment)
        monkeypatch.setattr("gridctl.schedule.clock_now", lambda: moment)
        return moment

    return put


@pytest.fixture
def plan(store: Store, set_clock: Callable[[str], datetime]) -> Callable[..., str]:
    """Plan a workload at a moment; its id. 400 kWh over 4 h in the coming day unless said."""

    def decided(moment: str = MIDNIGHT, money: MoneyAsked | None = None, **given: Any) -> str:
        now = set_clock(moment)
        asked = {
            "name": "train", "energy_kwh": 400.0, "duration": timedelta(hours=4),
            "deadline": now + timedelta(hours=24),
        }  # fmt: skip
        workload = make_workload(asked | given)
        return str(schedule_workload(load_config(), workload, money=money).workload_id)

    return decided
