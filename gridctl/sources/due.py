"""When a dataset is worth asking for again: when its publisher has had time for the next issue."""

from __future__ import annotations

from datetime import datetime, timedelta

from gridctl.clock import EPOCH
from gridctl.sources.base import Dataset

# An issue of 12:00 is asked for from 12:02 on: it takes a moment to appear.
LAG = timedelta(minutes=2)


def next_due(dataset: Dataset, checked: datetime | None) -> datetime | None:
    """When to ask again after a check; ``None`` means at once."""
    if checked is None:
        return None
    issue = (checked - LAG - EPOCH) // dataset.cadence
    return EPOCH + (issue + 1) * dataset.cadence + LAG


def is_due(dataset: Dataset, checked: datetime | None, now: datetime) -> bool:
    """Whether the publisher may have something newer than what was there when last checked."""
    due = next_due(dataset, checked)
    return due is None or now >= due
