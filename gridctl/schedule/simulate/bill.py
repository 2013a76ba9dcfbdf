"""The operator's own bill as the price of a replay."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import numpy as np

from gridctl.schedule.money.prices import Bill, Price, billed
from gridctl.schedule.signals.readings import SLOT
from gridctl.schedule.simulate.ground import Ground


def with_bill(ground: Ground, bill: Bill | None) -> Ground:
    """The ground of one place with the price of ``bill``, which stands in front of its own.

    A pass-through takes the ground's own price for the wholesale one. Steps longer than half an
    hour have the mean of the half hours that begin in them.
    """
    if bill is None:
        return ground
    step = ground.step.total_seconds()
    parts = ceil(step / SLOT)
    first = ground.start.timestamp()
    begins = [int(first + i * step + k * SLOT) for i in range(ground.slots) for k in range(parts)]
    own = np.full(ground.slots, np.nan) if ground.price is None else ground.price[: ground.slots]
    wholesale = [Price(value, ground.label, False) for value in np.repeat(own, parts).tolist()]
    prices = np.array([price.value for price in billed(bill, begins, wholesale)], dtype=np.float64)
    if not np.isfinite(prices).any():
        return replace(ground, price=None)
    return replace(
        ground,
        price=np.append(prices.reshape(-1, parts).mean(axis=1), np.nan),
        notes=(*ground.notes, f"cost is by {bill.about}"),
    )
