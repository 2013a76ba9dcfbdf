from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gridctl.clock import HALF_HOUR
from gridctl.fetch.spans import REVISED, missing
from gridctl.model import Window

T0 = datetime(2026, 1, 1, tzinfo=UTC)
NOW = T0 + timedelta(days=30)


def slots(window: Window) -> set[datetime]:
    count = (window.end - window.start) // HALF_HOUR
    return {window.start + i * HALF_HOUR for i in range(count)}


windows = st.tuples(st.integers(0, 48 * 31), st.integers(1, 400)).map(
    lambda pair: Window(T0 + pair[0] * HALF_HOUR, T0 + (pair[0] + pair[1]) * HALF_HOUR)
)


@given(windows, st.lists(windows, max_size=6))
def test_exactly_the_unasked_and_the_newest_are_missing(
    wanted: Window, asked: list[Window]
) -> None:
    settled = {slot for span in asked for slot in slots(span) if slot < NOW - REVISED}
    gaps = missing(wanted, asked, NOW)
    found = [slot for gap in gaps for slot in slots(gap)]
    assert len(found) == len(set(found))
    assert set(found) == slots(wanted) - settled
    assert all(one.end < other.start for one, other in pairwise(gaps))


def test_edges_are_moved_out_to_half_hours() -> None:
    odd = Window(T0 + timedelta(minutes=7), T0 + timedelta(minutes=40))
    assert missing(odd, [], NOW) == [Window(T0, T0 + 2 * HALF_HOUR)]
