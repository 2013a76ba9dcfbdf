"""The time axis: ticks, dates, and what the clocks show."""

from __future__ import annotations

from datetime import timedelta

import pytest
from schedule.stored import at

pytest.importorskip("matplotlib")

from gridctl.render.timeaxis import draw_time_axis, local_clock


def labels(start, hours, right=0.9):
    from matplotlib.figure import Figure

    ax = Figure(figsize=(9, 4)).add_axes((0.1, 0.2, right - 0.1, 0.7))
    draw_time_axis(ax, at(start), at(start) + timedelta(hours=hours))
    assert ax.get_xlim() == (0, hours)
    return [label.get_text() for label in ax.get_xticklabels()], ax.get_xticks().tolist()


def test_ticks_are_round_times_with_dates_at_the_first_and_at_midnight():
    words, where = labels("2026-05-05T11:30Z", 24)
    assert words[0] == "12:00\nTue 5 May"
    assert where[0] == 0.5
    assert words[where.index(12.5)] == "00:00\nWed 6 May"
    assert words[1] == "14:00\n "  # as high as those with a date


def test_ticks_lie_on_multiples_of_their_step():
    words, where = labels("2026-05-05T12:30Z", 24)
    assert (words[0], where[0]) == ("14:00\nTue 5 May", 1.5)


def test_the_last_label_is_whole_or_left_out():
    assert labels("2026-05-05T12:00Z", 36)[0][-1] == "00:00\nThu 7 May"
    words, where = labels("2026-05-05T12:00Z", 36, right=1.0)
    assert (words[-1], where[-1]) == ("", 36)  # the tick stays
    assert words[-2] == "21:00\n "


@pytest.mark.parametrize("hours", [0.5, 1, 3, 12, 47, 100, 700, 9000, 90000])
def test_ticks_are_few_whatever_the_length(hours):
    words, where = labels("2026-10-24T13:30Z", hours)
    assert len(words) <= 14
    assert where == sorted(set(where))
    dates = [word for word in words if word and not word.endswith("\n ")]
    assert len(set(dates)) == len(dates)


def test_what_british_clocks_show():
    assert local_clock(at("2026-01-05T00:00Z"), at("2026-01-06T00:00Z")) == (
        "UTC; British clocks show the same"
    )
    assert local_clock(at("2026-03-28T00:00Z"), at("2026-03-30T00:00Z")) == (
        "UTC; British clocks show the same until 01:00 on Sun 29 Mar, then UTC + 1 h"
    )
    assert local_clock(at("2026-01-05T00:00Z"), at("2026-12-06T00:00Z")) == (
        "UTC; British clocks show UTC + 1 h in summer"
    )
    assert local_clock(at("2026-01-05T00:00Z"), at("2026-07-06T12:00Z")).endswith(
        "the same until 01:00 on Sun 29 Mar, then UTC + 1 h"
    )
    assert local_clock(at("2025-10-25T12:20Z"), at("2025-10-26T12:00Z")) == (
        "UTC; British clocks show UTC + 1 h until 01:00 on Sun 26 Oct, then the same"
    )
